//! The loop of a worker: messages from its daemon, ticks and timers, until it is asked to exit.

mod apply;
mod calls;

use std::collections::HashMap;
use std::env;
use std::time::{Duration, Instant};

use tracing::{Span, debug, warn};

use super::port::{Port, Woken};
use crate::channel::header::Header;
use crate::channel::message::{self, Hello, ToWorker, state};
use crate::context::{CallId, Context, Facts};
use crate::declare::worker::{Startup, WorkerSpec};
use crate::declare::{Flags, Hook, Initial, Listener, Setup, Timer};
use crate::error::{Error, OrError, Result};
use crate::event::{Event, EventKind};
use crate::logs;
use crate::reactions::{Panic, Reactions, Tasks, Watches, run_jobs};
use crate::rpc::call::Outbox;
use crate::rpc::method::{Invoke, InvokePooled};
use crate::rpc::output::Output;
use crate::rpc::param::Param;
use crate::signal::Signal;
use crate::signals::is_stop;
use crate::sys::{code, process};
use crate::timers::{after, next_period};
use crate::trace;

/// The most messages handled before the clock, the signals and the ticks get their turn.
const MESSAGES_PER_TURN: usize = 128;
/// How long messages are handled before the others get their turn: a call that has begun is finished anyway.
const READING: Duration = Duration::from_millis(5);

/// The code of a worker, and its settings; `S` is its state.
pub(crate) struct Tables<S: 'static> {
    pub(crate) spec: WorkerSpec,
    pub(crate) methods: Vec<Callable<S>>,
    pub(crate) listeners: &'static [Listener<S>],
    pub(crate) timers: &'static [Timer<S>],
    pub(crate) tick: Option<Hook<S>>,
    pub(crate) spindown: Option<Hook<S>>,
    /// Whether it gets its grace period when its daemon is gone, to finish what it has begun.
    pub(crate) winds_up: bool,
}

/// A method of a worker, by its number on the channel.
pub(crate) struct Callable<S: 'static> {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) run: Run<S>,
}

/// How a method takes the state.
pub(crate) enum Run<S: 'static> {
    Exclusive(Invoke<S>),
    Shared(InvokePooled<S>),
}

/// Runs a worker until it exits.
///
/// # Errors
///
/// The error of its `spinup`, `tick` or `spindown`. A panic passes through: it ends the process.
pub(crate) fn run<F: Flags + Initial, S: 'static>(
    tables: Tables<S>,
    spinup: Setup<F, S>,
    startup: Startup,
) -> Result<()> {
    let paused = startup.hello.paused;
    let mut run = MainLoop::new(tables, spinup, startup)?;
    run.apply();
    if let Some(failure) = run.failure.take() {
        return Err(failure);
    }
    // Giving up privileges clears the parent-death signal (prctl(2)).
    process::follow_parent(run.tables.winds_up).or_error(|| "cannot follow the daemon".to_owned())?;
    run.port.header(|header| header.set_state(state::LOOPING));
    run.port.send(&message::ready());
    code::forget();
    if paused {
        run.set_paused(true);
    }
    run.emit(&Event::Start);
    while !run.leaving {
        run.turn()?;
    }
    run.leave()
}

struct MainLoop<S: 'static> {
    tables: Tables<S>,
    state: S,
    context: Context,
    reactions: Reactions<S>,
    tasks: Tasks<S>,
    watches: Watches,
    port: Port,
    outbox: Outbox,
    output: Output,
    /// The most bytes of a reply.
    max_reply: usize,
    /// Calls whose replies will come later, by their ids: at most as many as the daemon sends before it has replies.
    pending: HashMap<CallId, (u64, Span)>,
    message: Vec<u8>,
    /// When the next tick is due; `None` if it ticks by message, or not at all.
    tick_due: Option<Instant>,
    paused: bool,
    leaving: bool,
    /// Why the user's own code ended the worker.
    failure: Option<Error>,
}

impl<S: 'static> MainLoop<S> {
    fn new<F: Flags + Initial>(tables: Tables<S>, spinup: Setup<F, S>, startup: Startup) -> Result<Self> {
        let Startup { mut channel, hello } = startup;
        process::leave_within(hello.grace)
            .and_then(|()| process::follow_parent(tables.winds_up))
            .or_error(|| "cannot listen to signals".to_owned())?;
        // From here on the kernel reports when the daemon ends; this detects that it ended earlier.
        if channel.drain_doorbell().ended {
            return Err(Error::new("the daemon is gone"));
        }
        let mut port = Port::new(channel)?;
        if let Some(nice) = tables.spec.nice {
            process::set_niceness(nice).or_error(|| format!("cannot set the niceness to {nice}"))?;
        }
        let mut context = Context::new::<S>(Facts::new(&hello.name, &hello.version));
        context.link(port.uplink(hello.max_reply));
        context.watch_with(port.registry()?);
        for listener in tables.listeners {
            if let EventKind::Signal(signal) = listener.kind {
                port.signals().add(signal)?;
            }
        }
        // It was started with all signals blocked: those that have arrived by now are delivered.
        process::unblock_signals().or_error(|| "cannot listen to signals".to_owned())?;
        let wake = port.waker()?;
        context.inbox().wake_with(wake.clone());
        let now = Instant::now();
        port.header(Header::beat);
        let state = spinup(configured(&hello)?, &mut context).map_err(|error| failed("spinup", error))?;
        Ok(MainLoop {
            reactions: Reactions::new(Panic::Ends, tables.listeners.iter().collect()),
            tasks: Tasks::new(Panic::Ends, tables.timers.iter().collect(), &state, &context, now),
            watches: Watches::new(Panic::Ends),
            state,
            context,
            outbox: Outbox::new(hello.max_reply, wake),
            output: Output::new(hello.max_reply),
            max_reply: hello.max_reply,
            pending: HashMap::new(),
            message: Vec::new(),
            tick_due: tables.tick.and(tables.spec.every).map(|_| now),
            paused: false,
            leaving: false,
            failure: None,
            port,
            tables,
        })
    }
}

/// Creates the settings with the flags set. The daemon has checked them in its start directory, so they are set there,
/// too.
fn configured<F: Flags + Initial>(hello: &Hello) -> Result<F> {
    let mut settings = F::initial();
    if hello.flags.iter().all(Option::is_none) {
        return Ok(settings);
    }
    let here = env::current_dir().or_error(|| "cannot find the current directory".to_owned())?;
    if let Err(error) = env::set_current_dir(&hello.directory) {
        // The directory may be gone: absolute paths still work.
        warn!("cannot change to `{}`: {error}", hello.directory);
    }
    for (flag, given) in F::FLAGS.iter().zip(&hello.flags) {
        if let Some(given) = given {
            (flag.set)(&mut settings, given)
                .map_err(|reason| Error::usage(format!("--{}: {reason}", flag.spec.name)))?;
        }
    }
    env::set_current_dir(&here).or_error(|| format!("cannot change to `{}`", here.display()))?;
    Ok(settings)
}

fn failed(hook: &str, error: Error) -> Error {
    Error::new(format!("`{hook}` failed")).because(error)
}

impl<S: 'static> MainLoop<S> {
    fn turn(&mut self) -> Result<()> {
        self.beat();
        let now = Instant::now();
        let woken = self.port.wait(now, self.deadline(now))?;
        self.port.header(Header::forget_last_words);
        self.handle_signals(woken);
        let messages = self.read()?;
        self.tick(messages)?;
        if self.tasks.next().is_some() {
            self.beat();
            self.tasks.run(&mut self.state, &mut self.context, Instant::now());
        }
        self.run_watches();
        self.run_jobs();
        self.emit(&Event::Turn);
        self.apply();
        self.send_late_replies();
        self.port.notify();
        Ok(())
    }

    /// Records a sign of life: before each piece of user code, so that each has its full time.
    fn beat(&self) {
        self.port.header(Header::beat);
    }

    /// Returns when there is something to do without a message.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        if self.context.has_commands() || self.outbox.has_mail() || self.context.inbox().has_jobs() {
            return Some(now);
        }
        let tick = self.tick_due.filter(|_| !self.paused);
        // Three signs of life for each one that the daemon expects.
        let beat = self.tables.spec.heartbeat.map(|longest| now + longest / 3);
        tick.into_iter().chain(beat).chain(self.tasks.next()).min()
    }

    fn handle_signals(&mut self, woken: Woken) {
        self.leaving |= woken.ended;
        if !woken.signalled {
            return;
        }
        for signal in self.port.signals().take() {
            debug!(%signal, "signal");
            self.emit(&Event::Signal(signal));
            match signal {
                signal if is_stop(signal) => self.leaving = true,
                Signal::SIGHUP => self.reload(),
                _ => {}
            }
        }
    }

    /// Handles messages from the daemon, for a limited time; returns whether there were any.
    fn read(&mut self) -> Result<bool> {
        let mut message = std::mem::take(&mut self.message);
        let mut count = 0;
        let hello = Instant::now();
        while count < MESSAGES_PER_TURN
            && !self.leaving
            && (count == 0 || hello.elapsed() < READING)
            && self.port.receive(&mut message)?
        {
            count += 1;
            match message::to_worker(&message) {
                Some(ToWorker::Call { seq, method, timeout, caller, trace, params }) => {
                    let _entered = trace::begin(trace);
                    self.context.enter(caller);
                    self.context.set_deadline(timeout.map(|timeout| after(Instant::now(), timeout)));
                    self.call(seq, method, params);
                }
                Some(ToWorker::Pause) => self.set_paused(true),
                Some(ToWorker::Resume) => self.set_paused(false),
                Some(ToWorker::Reload) => self.reload(),
                Some(ToWorker::Hello(_)) | None => return Err(Error::new("the daemon sent nonsense")),
            }
        }
        self.message = message;
        Ok(count > 0)
    }

    /// Pauses or resumes: only the ticks stop.
    fn set_paused(&mut self, paused: bool) {
        if std::mem::replace(&mut self.paused, paused) != paused {
            let state = if paused { state::PAUSED } else { state::LOOPING };
            self.port.header(|header| header.set_state(state));
            self.emit(if paused { &Event::Pause } else { &Event::Resume });
        }
    }

    /// Runs its tick if it is due, or after messages if it has no period.
    fn tick(&mut self, messages: bool) -> Result<()> {
        if self.paused || self.leaving || self.tables.tick.is_none() {
            return Ok(());
        }
        let now = Instant::now();
        match (self.tick_due, self.tables.spec.every) {
            (Some(tick_due), Some(period)) if tick_due <= now => {
                self.tick_due = Some(next_period(tick_due, period.max(Duration::from_millis(1)), now));
            }
            (None, None) if messages => {}
            _ => return Ok(()),
        }
        self.port.header(Header::count_loop);
        self.hook(self.tables.tick, "tick")
    }

    fn reload(&mut self) {
        logs::reopen();
        self.emit(&Event::Reload);
        self.tasks.reload(&self.state, &self.context, Instant::now());
    }

    /// Calls the handlers of descriptors that are ready.
    fn run_watches(&mut self) {
        self.port.take_watched().into_iter().for_each(|id| self.watches.on_ready(id));
        if self.watches.has_ready() {
            self.beat();
            self.context.enter(None);
            self.watches.run(&mut self.state, &mut self.context);
        }
    }

    /// Runs closures that other threads have sent, up to a bounded number.
    fn run_jobs(&mut self) {
        if self.context.inbox().has_jobs() {
            self.beat();
            self.context.enter(None);
            run_jobs(Panic::Ends, &mut self.state, &mut self.context);
        }
    }

    fn emit(&mut self, event: &Event) {
        if self.reactions.await_event(event.kind()) {
            self.beat();
            self.context.enter(None);
            self.reactions.emit(&mut self.state, event, &mut self.context);
        }
    }

    fn hook(&mut self, hook: Option<Hook<S>>, name: &str) -> Result<()> {
        self.beat();
        self.context.enter(None);
        match hook {
            Some(hook) => hook(&mut self.state, &mut self.context).map_err(|error| failed(name, error)),
            None => Ok(()),
        }
    }

    /// Ends in order: calls that are still waiting are left for the next process.
    fn leave(mut self) -> Result<()> {
        self.port.header(|header| header.set_state(state::SPINDOWN));
        self.port.ring();
        self.context.inbox().close();
        while self.context.inbox().has_jobs() {
            self.run_jobs();
        }
        self.emit(&Event::Stop);
        let ended = self.hook(self.tables.spindown, "spindown");
        self.apply();
        self.send_late_replies();
        self.port.flush();
        self.failure.map_or(ended, Err)
    }
}
