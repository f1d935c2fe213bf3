//! The loop: one thread, one blocking call per turn.
//!
//! A turn waits for something to happen, then gives each part its bounded share of work: signals, new connections,
//! requests, watched descriptors, timers, deadlines, late replies, workers, and commands from handlers. Nothing re-enters the loop: a
//! handler leaves commands in its [`Context`], which are applied at the end of the turn.
//!
//! Each part owns its state: [`UserCode`] the user's code, [`RpcServer`] the sockets and methods, [`Workers`] the
//! workers, [`Programs`] other programs, [`Turn`] the poll and the children. The loop itself only decides the order of
//! their shares.

mod accept;
mod children;
mod cycle;
#[cfg(feature = "metrics")]
mod measure;
mod plugins;
mod react;
mod rpc_server;
mod serve;
mod showing;
mod stopping;
mod user_code;
mod workers;

use std::rc::Rc;
use std::time::{Duration, Instant};

use self::cycle::Cycle;
use self::rpc_server::RpcServer;
use self::stopping::Stopping;
use self::user_code::UserCode;
use crate::context::{Command, Context};
use crate::credentials::Credentials;
use crate::declare::plugin::PluginType;
use crate::declare::{Daemon, Listener, Timer};
use crate::dialect::Dialects;
use crate::error::{Error, OrError, Result};
use crate::event::{Event, EventKind};
use crate::logs::Throttled;
use crate::net::{Endpoint, ListeningSocket};
use crate::poller::Source;
use crate::programs::Programs;
use crate::reactions::Panic;
use crate::rpc::call::Outbox;
use crate::rpc::dispatch::Dispatcher;
#[cfg(feature = "metrics")]
use crate::rpc::histogram::Histogram;
use crate::rpc::hooks::Hooks;
use crate::rpc::interfaces::Interfaces;
use crate::rpc::methods::Methods;
use crate::services::{Services, ServicesConfig};
use crate::settings::Shared;
use crate::signal::Signal;
use crate::signals::Signals;
use crate::sys::process;
use crate::timers::earliest;
use crate::trace::OnLoop;
use crate::turn::Turn;
use crate::workers::{Workers, WorkersConfig};

/// A running daemon.
pub(crate) struct EventLoop<D: Daemon> {
    turn: Turn,
    /// Signals that do not stop the daemon, for the log.
    signalled: Throttled<Signal>,
    user: UserCode<D>,
    rpc: RpcServer<D>,
    workers: Workers,
    programs: Programs,
    services: Services,
    plugins: Vec<&'static PluginType<D>>,
    stopping: Option<Stopping>,
    /// The single cycle that this process runs, if it does not serve.
    cycle: Option<Cycle>,
    /// Why the user's own code ended the daemon.
    failure: Option<Error>,
    /// The exit code of the daemon, if that of its main service is known.
    exit: Option<u8>,
    /// How long turns took.
    #[cfg(feature = "metrics")]
    turns: Histogram,
}

/// The functions that the loop calls by itself, of all blocks of a daemon, in order.
pub(crate) struct Functions<S: 'static> {
    pub(crate) listeners: Vec<&'static Listener<S>>,
    pub(crate) timers: Vec<&'static Timer<S>>,
    pub(crate) call_hooks: Hooks<S>,
    /// Their setups are called after that of the daemon, and their teardowns before it, in reverse order.
    pub(crate) plugins: Vec<&'static PluginType<S>>,
}

/// What callers are known by, besides what the kernel says.
pub(crate) struct Shown {
    /// What they show is checked with these.
    pub(crate) credentials: Credentials,
    /// The names that they may have for this host over HTTP, besides those of the loopback device.
    pub(crate) hosts: Vec<String>,
}

/// The parts that a loop is built from.
pub(crate) struct Components<D: Daemon> {
    pub(crate) context: Context,
    pub(crate) methods: Methods<D>,
    pub(crate) functions: Functions<D>,
    pub(crate) signals: Signals,
    pub(crate) listeners: Vec<ListeningSocket>,
    pub(crate) dialects: Option<Dialects>,
    pub(crate) workers: WorkersConfig,
    pub(crate) services: ServicesConfig,
    pub(crate) settings: Shared,
    /// Run a single cycle of these timers, or of all if none is named, instead of serving.
    pub(crate) cycle: Option<Vec<String>>,
    pub(crate) shown: Shown,
}

impl<D: Daemon> EventLoop<D> {
    /// Assembles the parts, with the state that `setup` makes. From here on readiness is reported.
    ///
    /// # Errors
    ///
    /// Those of the system, and that of `setup`.
    pub(crate) fn new(
        components: Components<D>,
        setup: impl FnOnce(&mut Context) -> Result<D>,
    ) -> Result<Self> {
        let Components {
            mut context,
            methods,
            functions,
            signals,
            listeners,
            dialects,
            workers,
            services,
            settings,
            cycle,
            shown,
        } = components;
        let mut turn = Turn::with_signals(signals)?;
        for listener in &functions.listeners {
            if let EventKind::Signal(signal) = listener.kind {
                turn.add_signal(signal)?;
            }
        }
        let wake = turn.waker()?;
        let limits = settings.get().limits;
        let outbox = Outbox::new(limits.output_hard, wake.clone());
        context.inbox().wake_with(wake);
        let (interfaces, left_out) = Interfaces::of(&methods, D::SPEC.name, D::SPEC.varlink);
        if listeners.iter().any(|socket| {
            Dialects::of_socket(dialects, !matches!(socket.endpoint(), Endpoint::Unix(_))).varlink
        }) {
            left_out.iter().for_each(|why| tracing::warn!("{why}"));
        }
        let mut dispatcher = Dispatcher::new(methods, functions.call_hooks, outbox, limits, Instant::now);
        dispatcher.interfaces = interfaces;
        dispatcher.credentials = shown.credentials;
        dispatcher.hosts = shown.hosts;
        let now = Instant::now();
        let registry = Rc::new(turn.registry().try_clone().or_error(|| "cannot make a poll".to_owned())?);
        context.watch_with(registry.clone());
        let workers = Workers::new(workers, &mut turn.supervisor, &registry, now)?;
        let services = Services::new(services, &mut turn.supervisor, registry.clone(), now)?;
        if services.is_enabled() && process::inherits_orphans() {
            turn.supervisor.reap_orphans();
        }
        if !workers.is_empty() || services.is_enabled() {
            turn.add_signal(Signal::SIGCHLD)?;
        }
        let rpc = RpcServer::new(dispatcher, listeners, dialects, settings, registry)?;
        let mut state = Panic::Fails.guard("setup", || setup(&mut context))?;
        plugins::set_up(&functions.plugins, &mut state, &mut context)?;
        let cycle = cycle.map(|names| Cycle::of(&names, &functions.timers));
        let mut user = UserCode::new(state, context, functions.listeners, functions.timers);
        if cycle.is_some() {
            user.tasks.hold();
        }
        Ok(EventLoop {
            rpc,
            turn,
            signalled: Throttled::default(),
            user,
            workers,
            programs: Programs::default(),
            services,
            plugins: functions.plugins,
            stopping: None,
            cycle,
            failure: None,
            exit: None,
            #[cfg(feature = "metrics")]
            turns: Histogram::new(),
        })
    }

    /// Where the daemon listens.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = &Endpoint> {
        self.rpc.endpoints()
    }

    /// Calls the `teardown` of each plugin, and the daemon's.
    pub(crate) fn teardown(&mut self) -> Result<()> {
        let torn_down = plugins::tear_down(&self.plugins, &mut self.user);
        let torn_down = torn_down.and(self.user.hook(D::TEARDOWN, "teardown"));
        // No turn follows that would apply its commands.
        let commands = self.user.context.take_commands();
        let failure = commands.into_iter().find_map(|command| match command {
            Command::Fail(error) => Some(error),
            _ => None,
        });
        torn_down.and(failure.map_or(Ok(()), Err))
    }

    /// Serves until the daemon is asked to stop and has answered the requests that it accepted.
    ///
    /// `on_up` is called as soon as every worker has finished its spinup, or has failed to.
    pub(crate) fn run(&mut self, on_up: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut on_up = Some(on_up);
        self.workers.start(&mut self.turn.supervisor, self.user.now());
        self.services.start(&mut self.turn.supervisor, self.user.now());
        self.user.emit(&Event::Start);
        // `setup` and the start may have requested a stop.
        self.apply();
        let served = self.serve_until_done(&mut on_up);
        self.user.close_inbox();
        // After a failure, the daemon also stops in order.
        self.stop();
        self.give_up();
        while !self.workers.are_down(&self.turn.supervisor)
            || !self.programs.is_empty()
            || !self.services.are_down()
        {
            self.turn()?;
        }
        // What the last handlers have requested.
        self.apply();
        served?;
        match self.failure.take() {
            Some(failure) => Err(failure),
            None if let Some(unfinished) = self.cycle.as_ref().and_then(Cycle::unfinished) => Err(unfinished),
            None => self.fatal_worker_error(on_up.is_none()),
        }
    }

    /// Returns the exit code of the daemon: that of its main service, if it has ended by itself.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit.unwrap_or(0)
    }

    fn serve_until_done(&mut self, on_up: &mut Option<impl FnOnce(&mut Self) -> Result<()>>) -> Result<()> {
        let _on_loop = OnLoop::enter();
        while !self.is_done() {
            if on_up.is_some()
                && self.workers.are_up(&self.turn.supervisor)
                && self.stopping.is_none()
                && let Some(on_up) = on_up.take()
            {
                on_up(self)?;
                // `on_up` may have stopped the daemon, and then there is nothing to wait for.
                continue;
            }
            if on_up.is_none() && self.stopping.is_none() {
                self.advance_cycle();
                if self.stopping.is_some() {
                    continue;
                }
            }
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        self.turn.wait(self.timeout())?;
        self.read_clock();
        #[cfg(feature = "metrics")]
        let started = self.user.now();
        self.rpc.read_settings();
        self.user.read_limits(self.rpc.limits());
        self.sort_events();
        self.rpc.accept(&mut self.user);
        self.rpc.serve_connections(&mut self.user);
        self.receive_from_workers();
        self.user.run_watches();
        self.user.run_timers();
        self.user.run_jobs();
        self.rpc.unmute_all(&self.user);
        self.rpc.close_expired(&mut self.user);
        self.log_throttled();
        self.user.emit(&Event::Turn);
        // User code may have taken long, and deadlines set from here on must get their full length.
        self.read_clock();
        self.apply();
        self.send_to_workers();
        self.rpc.send_late_replies(&mut self.user);
        self.expire_calls();
        self.supervise();
        #[cfg(feature = "metrics")]
        self.turns.record(started.elapsed());
        Ok(())
    }

    fn read_clock(&mut self) {
        self.user.read_clock();
        self.rpc.dispatcher.wake(self.user.now());
    }

    /// Returns how long the next turn may wait: zero while there is work, `None` if nothing has a deadline.
    fn timeout(&self) -> Option<Duration> {
        let busy = self.rpc.is_busy()
            || self.user.context.has_commands()
            || self.user.context.inbox().has_jobs()
            || self.turn.is_busy()
            || self.programs.has_ended()
            || self.services.is_busy()
            || self.workers.is_busy()
            || self.cycle.as_ref().is_some_and(Cycle::has_next);
        if busy {
            return Some(Duration::ZERO);
        }
        let now = self.user.now();
        // Without connections there is nothing left to drain, and the workers have deadlines of their own.
        let draining = self.stopping.as_ref().filter(|_| !self.rpc.connections.is_empty());
        let next = earliest([
            draining.map(|stopping| stopping.deadline),
            self.rpc.next_deadline(now),
            self.user.tasks.next(),
            self.workers.next(),
            self.services.next(),
            self.turn.next_deadline(),
            self.signalled.due(),
        ])?;
        Some(next.saturating_duration_since(now.max(self.rpc.dispatcher.now())))
    }

    /// Sorts the events from the poll. Signals come last: they may end processes and close sockets.
    fn sort_events(&mut self) {
        let mut signalled = self.turn.was_interrupted();
        let (ready, supervisor) = self.turn.sources();
        for (source, readiness) in ready {
            match source {
                Source::Waker => {}
                Source::Signals => signalled = true,
                Source::Listener(index) => self.rpc.on_acceptable(index),
                Source::Doorbell(id) => {
                    self.workers.on_readable(supervisor, id, readiness.is_read_closed(), self.user.now());
                }
                Source::Connection(id) => self.rpc.on_ready(id, readiness),
                Source::Watch(id) => self.user.watches.on_ready(id),
                Source::Service(source) => self.services.on_ready(supervisor, source, self.user.now()),
            }
        }
        if signalled {
            self.handle_signals();
        }
    }

    /// Logs, at most once a second, what a peer or another process can cause as often as it likes.
    fn log_throttled(&mut self) {
        let now = self.user.now();
        self.rpc.log_throttled(now);
        self.log_signals(now);
    }
}
