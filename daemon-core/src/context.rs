//! What a handler, listener or timer can request from the daemon while it runs.
//!
//! A handler never touches the loop: its [`Context`] records a [`Command`] for each request, and the loop applies the
//! commands once the handler has returned. So nothing re-enters the loop.

mod call_id;
mod command;
mod facts;
mod handle;
mod inbox;
mod plugins;
mod program;
mod recent;
#[cfg(feature = "tokio")]
mod runtime;
#[cfg(feature = "services")]
mod services;
#[cfg(feature = "supervisorctl")]
mod supervisor;
mod task;
mod timers;
mod watch;
mod worker_call;

use std::any::{TypeId, type_name};
use std::error::Error as StdError;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::Registry;
use serde::Serialize;

pub(crate) use self::call_id::{CallId, OnReply, ReplyTo};
pub(crate) use self::command::{Command, DynListener, DynTask};
pub(crate) use self::facts::{Facts, Uplink};
pub use self::handle::{Handle, Pending};
pub(crate) use self::inbox::Inbox;
use self::plugins::Plugins;
pub(crate) use self::plugins::on_state;
pub use self::program::ProgramId;
pub(crate) use self::program::{OnExit, Orphan, StartedProgram};
use self::recent::Recent;
#[cfg(feature = "services")]
pub(crate) use self::services::{SendLine, ServiceRequest, TailRequest};
#[cfg(feature = "services")]
pub use self::services::{ServiceCall, Services};
#[cfg(feature = "supervisorctl")]
pub(crate) use self::supervisor::{LogOutput, SendText, SupervisorRequest, Which};
pub(crate) use self::task::{Permits, Task};
pub use self::timers::TimerId;
pub(crate) use self::watch::Watch;
pub(crate) use self::worker_call::{Callee, OutgoingCall, WorkerRequest};
pub use self::worker_call::{WorkerCall, WorkerRef};
use crate::caller::{Caller, ConnectionId};
use crate::credentials::Shown;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::trace::{self, TraceContext};

/// A handler's access to its call and to the daemon.
///
/// A handler takes it as `&mut Context`, at any place among its parameters.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "gate")]
/// #[derive(Default)]
/// struct Gate {}
///
/// #[daemon]
/// impl Gate {
///     /// Who am I?
///     #[rpc_method]
///     fn whoami(&self, context: &mut Context) -> Option<u32> {
///         context.caller().and_then(|caller| caller.uid())
///     }
/// }
/// ```
pub struct Context {
    facts: Rc<Facts>,
    state: (TypeId, &'static str),
    plugins: Plugins,
    caller: Option<Caller>,
    /// When the caller stops waiting.
    deadline: Option<Instant>,
    connections: usize,
    recent: Recent,
    uplink: Option<Rc<dyn Uplink>>,
    inbox: Arc<Inbox>,
    permits: Permits,
    /// How many timers were requested: the id of the next one.
    timers: u64,
    /// How many descriptors were watched: the id of the next watch.
    watches: u64,
    /// How many programs were started: the serial number of the latest one.
    programs: u64,
    /// Whether the daemon ends, and starts no programs any more.
    ends: bool,
    /// Where descriptors are registered; `None` without a loop.
    registry: Option<Rc<Registry>>,
    #[cfg(feature = "tokio")]
    runtime: Option<runtime::Runtime>,
    commands: Vec<Command>,
}

impl Context {
    pub(crate) fn new<S: 'static>(facts: Facts) -> Self {
        Context {
            facts: Rc::new(facts),
            state: (TypeId::of::<S>(), type_name::<S>()),
            plugins: Plugins::default(),
            caller: None,
            deadline: None,
            connections: 0,
            recent: Recent::new(),
            uplink: None,
            inbox: Arc::new(Inbox::new()),
            permits: Permits::default(),
            timers: 0,
            watches: 0,
            programs: 0,
            ends: false,
            registry: None,
            #[cfg(feature = "tokio")]
            runtime: None,
            commands: Vec::new(),
        }
    }

    /// Makes this the context of a worker.
    pub(crate) fn link(&mut self, uplink: Rc<dyn Uplink>) {
        self.uplink = Some(uplink);
    }

    /// Sets the caller of the next call, of which nothing says how long it waits.
    pub(crate) fn enter(&mut self, caller: Option<Caller>) {
        self.caller = caller;
        self.deadline = None;
    }

    /// Records what the caller has shown.
    pub(crate) fn set_shown(&mut self, shown: Shown) {
        if let Some(caller) = &mut self.caller {
            caller.shown = shown;
        }
    }

    /// Sets when the caller of the next call stops waiting.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns the latest events.
    pub(crate) fn recent(&mut self) -> &mut Recent {
        &mut self.recent
    }

    /// Sets the number of connections.
    pub(crate) fn set_connections(&mut self, connections: usize) {
        self.connections = connections;
    }

    /// Takes the commands recorded since the last call.
    pub(crate) fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    pub(crate) fn has_commands(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Returns the commands that wait, without the first `seen`; counts them as seen.
    fn commands_after(&self, seen: &mut usize) -> &[Command] {
        let new = self.commands.get(*seen..).unwrap_or_default();
        *seen = self.commands.len();
        new
    }

    pub(crate) fn command_count(&self) -> usize {
        self.commands.len()
    }

    /// Takes the deadline from the calls that were requested after this many commands: their caller has its reply, and waits
    /// for nothing.
    pub(crate) fn forget_deadline(&mut self, before: usize) {
        for command in self.commands.iter_mut().skip(before) {
            if let Command::Call(call, _) = command {
                call.deadline = None;
            }
        }
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// The closures that wait to run on the state.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// How many calls may run beside the loop.
    pub(crate) fn permits(&self) -> &Permits {
        &self.permits
    }

    /// Sets how many calls may run in threads, and how many as futures.
    pub(crate) fn set_permits(&mut self, threads: usize, futures: usize) {
        (self.permits.threads, self.permits.futures) = (threads, futures);
    }

    /// The runtime for futures, which starts when it is first needed.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread or descriptors.
    #[cfg(feature = "tokio")]
    pub(crate) fn runtime(&mut self) -> crate::Result<tokio::runtime::Handle> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            None => runtime::Runtime::start()?,
        };
        Ok(self.runtime.insert(runtime).handle())
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The name of the daemon.
    pub fn name(&self) -> &str {
        &self.facts.name
    }

    /// How long the daemon has been up; in a worker, how long this process has.
    pub fn uptime(&self) -> Duration {
        self.facts.started.elapsed()
    }

    /// How many clients are connected; always 0 in a worker, as clients connect to the daemon.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// Whether this is a single cycle (`-c`): the daemon has no sockets, runs each timer once, and exits.
    pub fn is_cycle(&self) -> bool {
        self.facts.is_cycle
    }

    /// The caller, or the client that the event is about; `None` in timers, in hooks and on signals.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// How much longer the caller waits for the reply; `None` if it does not say. A call that a handler makes to a worker
    /// ends when its own caller stops waiting, if that caller gets its reply later.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The trace context of the call that runs, made if its caller has sent none; `None` outside of calls. Pass its text on
    /// as `traceparent` to what the call uses; a [`Client`](crate::Client) does so by itself.
    pub fn trace(&self) -> Option<TraceContext> {
        trace::current()
    }

    /// Stops the daemon gracefully, as SIGTERM does; in a worker, stops the worker.
    pub fn stop(&mut self) {
        self.commands.push(Command::Stop);
    }

    /// Stops gracefully, as [`stop`](Self::stop) does, but as a failure: the exit status is 1, and the error is in the
    /// log and in the `status` of a detached daemon. In a worker, ends the worker with this error.
    ///
    /// ```
    /// use daemon_core::prelude::*;
    ///
    /// #[daemon(name = "keeper")]
    /// #[derive(Default)]
    /// struct Keeper {}
    ///
    /// #[daemon]
    /// impl Keeper {
    ///     #[every("10s")]
    ///     fn check(&mut self, daemon: &mut Context) {
    ///         if let Err(error) = std::fs::metadata("/") {
    ///             daemon.fail(error);
    ///         }
    ///     }
    /// }
    /// ```
    pub fn fail(&mut self, error: impl Into<Box<dyn StdError + Send + Sync>>) {
        self.commands.push(Command::Fail(Error::of_user(error)));
    }

    /// Sends every listener an [`Event::Reload`].
    pub fn reload(&mut self) {
        self.commands.push(Command::Reload(None));
    }

    /// Closes a connection after the replies that are ready have been sent.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        self.commands.push(Command::HangUp(connection));
    }

    /// Returns the worker with this name, to call its methods. A worker has no workers of its own.
    pub fn worker(&mut self, name: &str) -> WorkerRef<'_> {
        WorkerRef::new(self, name)
    }

    /// Sends the daemon's listeners an [`Event::Message`]. From a worker it is sent at once; from the daemon it arrives
    /// at the end of the turn. A payload that JSON cannot represent becomes null.
    pub fn emit(&mut self, topic: &str, payload: &(impl Serialize + ?Sized)) {
        let payload = serde_json::to_value(payload).unwrap_or_default();
        match &self.uplink {
            Some(uplink) => uplink.emit(topic, &payload),
            None => self.commands.push(Command::Emit { topic: topic.to_owned(), payload }),
        }
    }

    /// Reports a worker's progress: the daemon's `worker.info` shows it, and its listeners get an [`Event::Progress`].
    /// It counts as a sign of life as well. On the daemon's own loop it does nothing.
    pub fn progress(&mut self, done: u64, total: u64) {
        if let Some(uplink) = &self.uplink {
            uplink.progress(done, total);
        }
    }

    /// Reports that a worker is alive while it works for longer than its `heartbeat` allows. On the daemon's own loop
    /// it does nothing.
    pub fn alive(&mut self) {
        if let Some(uplink) = &self.uplink {
            uplink.beat();
        }
    }

    /// Returns a handle with which other threads and futures run closures on the state; see [`Handle`].
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn handle<S: 'static>(&self) -> Handle<S> {
        self.check_state::<S>();
        Handle::new(self.inbox.clone())
    }

    /// Calls `listener` with every event of this kind from now on, after the listeners declared by attribute.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn on<S: 'static>(
        &mut self,
        kind: EventKind,
        mut listener: impl FnMut(&mut S, &Event, &mut Context) + 'static,
    ) {
        self.check_state::<S>();
        let listener: DynListener = Box::new(move |state, event, context| {
            on_state(state, context, |state, context| listener(state, event, context));
        });
        self.commands.push(Command::Listen(kind, listener));
    }

    #[allow(clippy::panic)] // A programmer's mistake, which shows the first time the line runs.
    #[track_caller]
    pub(crate) fn check_state<S: 'static>(&self) {
        if TypeId::of::<S>() != self.state.0 && !self.has_plugin::<S>() {
            panic!("the state of this daemon is `{}`, not `{}`", self.state.1, type_name::<S>());
        }
    }
}

impl Drop for Context {
    /// The loop has ended: nothing runs a closure any more, and threads that wait for one must hear of it.
    fn drop(&mut self) {
        self.inbox.close();
        while self.inbox.pop().is_some() {}
    }
}
