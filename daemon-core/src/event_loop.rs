//! The loop: one thread, one blocking call a turn.
//!
//! A turn waits for something to happen, then gives every part its bounded share of work: signals, new connections,
//! requests, timers, deadlines, late replies, workers, and what handlers have asked for. Nothing re-enters the loop: a
//! handler leaves commands in its [`Context`], which are applied at the end of the turn.
//!
//! Each part owns its state: [`UserCode`] what the user has written, [`RpcServer`] the sockets and methods, [`Workers`] the
//! workers, [`Supervisor`] the processes. The loop owns the poll and the order of their shares.

mod accept;
mod react;
mod rpc_server;
mod serve;
mod stopping;
mod user_code;
mod workers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::rpc_server::RpcServer;
use self::stopping::Stopping;
use self::user_code::UserCode;
use crate::context::{Command, Context};
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind, Signal};
use crate::logs::Throttled;
use crate::net::{Endpoint, ListeningSocket};
use crate::poller::{Poller, Source};
use crate::rpc::call::Outbox;
use crate::rpc::dispatch::Dispatcher;
use crate::rpc::methods::Methods;
use crate::settings::Shared;
use crate::signals::Signals;
use crate::supervisor::Supervisor;
use crate::workers::{Workers, WorkersConfig};

/// A daemon that runs.
pub(crate) struct EventLoop<D: Daemon> {
    poller: Poller,
    signals: Signals,
    /// Signals that do not stop the daemon, for the log.
    signalled: Throttled<Signal>,
    user: UserCode<D>,
    rpc: RpcServer<D>,
    supervisor: Supervisor,
    /// More children may have ended than were reaped.
    unreaped: bool,
    workers: Workers,
    stopping: Option<Stopping>,
    /// Why the user's own code has ended the daemon.
    failure: Option<Error>,
}

/// What a loop is put together from.
pub(crate) struct Components<D: Daemon> {
    pub(crate) state: D,
    pub(crate) context: Context,
    pub(crate) methods: Methods<D>,
    pub(crate) signals: Signals,
    pub(crate) listeners: Vec<ListeningSocket>,
    pub(crate) workers: WorkersConfig,
    pub(crate) settings: Shared,
}

impl<D: Daemon> EventLoop<D> {
    /// Puts the parts together. From here on readiness is reported.
    pub(crate) fn new(components: Components<D>) -> Result<Self> {
        let Components { state, context, methods, mut signals, listeners, workers, settings } = components;
        let poller = Poller::new()?;
        signals.register(poller.registry(), Source::Signals.into())?;
        for listener in D::LISTENERS {
            if let EventKind::Signal(signal) = listener.kind {
                signals.add(signal)?;
            }
        }
        let waker = Arc::new(poller.waker()?);
        // A wake-up that fails finds the loop awake or gone.
        let limits = settings.get().limits;
        let outbox = Outbox::new(limits.output_hard, move || drop(waker.wake()));
        let dispatcher = Dispatcher::new(methods, outbox, limits, Instant::now);
        let user = UserCode::new(state, context);
        let mut supervisor = Supervisor::new();
        let workers = Workers::new(workers, &mut supervisor, poller.registry(), user.now())?;
        if !workers.is_empty() {
            signals.add(Signal::SIGCHLD)?;
        }
        Ok(EventLoop {
            rpc: RpcServer::new(dispatcher, listeners, settings, poller.registry())?,
            poller,
            signals,
            signalled: Throttled::default(),
            user,
            supervisor,
            unreaped: false,
            workers,
            stopping: None,
            failure: None,
        })
    }

    /// Where the daemon listens.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = &Endpoint> {
        self.rpc.endpoints()
    }

    /// Calls the daemon's `setup`.
    pub(crate) fn setup(&mut self) -> Result<()> {
        self.user.hook(D::SETUP, "setup")
    }

    /// Calls the daemon's `teardown`.
    pub(crate) fn teardown(&mut self) -> Result<()> {
        let torn_down = self.user.hook(D::TEARDOWN, "teardown");
        // No turn follows that would look at what was asked for.
        let commands = self.user.context.take_commands();
        let failure = commands.into_iter().find_map(|command| match command {
            Command::Fail(error) => Some(error),
            _ => None,
        });
        torn_down.and(failure.map_or(Ok(()), Err))
    }

    /// Serves until the daemon is told to stop and has answered what it accepted.
    ///
    /// `on_up` is called as soon as every worker has finished its spinup, or has failed to.
    pub(crate) fn run(&mut self, on_up: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut on_up = Some(on_up);
        self.workers.start(&mut self.supervisor, self.user.now());
        self.user.emit(&Event::Start);
        // What `setup` and the start have asked for may be to stop.
        self.apply();
        let served = self.serve_until_done(&mut on_up);
        // What has failed ends in order, too.
        self.stop();
        self.give_up();
        while !self.workers.are_down(&self.supervisor) {
            self.turn()?;
        }
        served?;
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.fatal_worker_error(on_up.is_none()),
        }
    }

    fn serve_until_done(&mut self, on_up: &mut Option<impl FnOnce(&mut Self) -> Result<()>>) -> Result<()> {
        while !self.is_done() {
            if on_up.is_some()
                && self.workers.are_up(&self.supervisor)
                && self.stopping.is_none()
                && let Some(on_up) = on_up.take()
            {
                on_up(self)?;
                // It may have found that the daemon is to stop, with nothing to wait for.
                continue;
            }
            self.turn()?;
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        self.poller.wait(self.timeout())?;
        self.read_clock();
        self.rpc.read_settings();
        self.sort_events();
        self.rpc.accept(&mut self.user);
        self.rpc.serve_connections(&mut self.user);
        self.receive_from_workers();
        self.user.run_timers();
        self.rpc.close_expired(&mut self.user);
        self.log_throttled();
        self.user.emit(&Event::Turn);
        // What ran may have taken its time, and what is asked for now has its whole time.
        self.read_clock();
        self.apply();
        self.send_to_workers();
        self.rpc.send_late_replies(&mut self.user);
        self.supervise();
        Ok(())
    }

    fn read_clock(&mut self) {
        self.user.read_clock();
        self.rpc.dispatcher.wake(self.user.now());
    }

    /// How long the next turn may wait: not at all while there is work, for ever if nothing has a deadline.
    fn timeout(&self) -> Option<Duration> {
        let busy =
            self.rpc.is_busy() || self.user.context.has_commands() || self.unreaped || self.workers.is_busy();
        if busy {
            return Some(Duration::ZERO);
        }
        let now = self.user.now();
        // Without connections nothing is drained any more, and the workers have deadlines of their own.
        let draining = self.stopping.as_ref().filter(|_| !self.rpc.connections.is_empty());
        let next = draining
            .map(|stopping| stopping.deadline)
            .into_iter()
            .chain(self.rpc.next_deadline(now))
            .chain(self.user.tasks.next())
            .chain(self.workers.next())
            .chain(self.supervisor.next_deadline())
            .chain(self.signalled.due())
            .min()?;
        Some(next.saturating_duration_since(now.max(self.rpc.dispatcher.now())))
    }

    /// Sorts what the poll has reported. Signals come last: they may end processes and close sockets.
    fn sort_events(&mut self) {
        let mut signalled = false;
        for (source, readiness) in self.poller.ready() {
            match source {
                Source::Waker => {}
                Source::Signals => signalled = true,
                Source::Listener(index) => self.rpc.on_acceptable(index),
                Source::Doorbell(id) => {
                    let (supervisor, now) = (&mut self.supervisor, self.user.now());
                    self.workers.on_readable(supervisor, id, readiness.is_read_closed(), now);
                }
                Source::Connection(id) => self.rpc.on_ready(id, readiness),
            }
        }
        if signalled {
            self.handle_signals();
        }
    }

    /// Logs what a peer or another process can bring about as often as it likes, at most once a second.
    fn log_throttled(&mut self) {
        let now = self.user.now();
        self.rpc.log_refused(now);
        self.log_signals(now);
    }
}
