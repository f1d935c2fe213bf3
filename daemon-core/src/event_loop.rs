//! The loop: one thread, one blocking call a turn.
//!
//! A turn waits for something to happen, then gives every source its bounded share of work: signals, new connections,
//! frames, timers, deadlines, late replies, and what handlers have asked for. Nothing re-enters the loop: a handler
//! leaves commands in its [`Context`], which are applied at the end of the turn.

mod accept;
mod workers;
mod throttled_log;
mod react;
mod serve;
mod stopping;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};
use nix::unistd::geteuid;

use self::accept::Acceptor;
use self::serve::Buffers;
use self::stopping::Stopping;
use self::throttled_log::ThrottledLog;
use crate::caller::ConnectionId;
use crate::context::{Command, Context};
use crate::declare::{Daemon, Hook};
use crate::error::{Error, OrError, Result};
use crate::event::{Event, EventKind, Signal};
use crate::limits::Limits;
use crate::net::{Connections, Endpoint, FIRST_ID, ListeningSocket};
use crate::reactions::{Panic, Reactions, Tasks};
use crate::rpc::call::Outbox;
use crate::rpc::dispatch::Dispatcher;
use crate::rpc::methods::Methods;
use crate::signals::Signals;
use crate::supervisor::Supervisor;
use crate::timers::Deadlines;
use crate::workers::{Workers, WorkersConfig};

const SIGNALS: Token = Token(0);
const WAKER: Token = Token(1);
/// The token of the first listening socket; the others follow, below the numbers of connections.
const LISTENERS: usize = 2;

/// Readiness that one poll reports; more is reported by the next.
const EVENTS: usize = 256;
/// How long connections are served before the others get their turn.
const SERVING: Duration = Duration::from_millis(10);

/// A daemon that runs: its state, and everything that can happen to it.
pub(crate) struct EventLoop<D: Daemon> {
    state: D,
    context: Context,
    dispatcher: Dispatcher<D>,
    reactions: Reactions<D>,
    tasks: Tasks<D>,
    poll: Poll,
    signals: Signals,
    acceptors: Vec<Acceptor>,
    connections: Connections,
    /// Connections that have more work than their last share allowed; at most all of them.
    ready: VecDeque<ConnectionId>,
    deadlines: Deadlines<ConnectionId>,
    supervisor: Supervisor,
    /// More children may have ended than were reaped.
    unreaped: bool,
    workers: Workers,
    buffers: Buffers,
    throttled_log: ThrottledLog,
    limits: Limits,
    stopping: Option<Stopping>,
    /// Why the user's own code has ended the daemon.
    failure: Option<Error>,
    now: Instant,
}

/// What a loop is put together from.
pub(crate) struct Components<D: Daemon> {
    pub(crate) state: D,
    pub(crate) context: Context,
    pub(crate) methods: Methods<D>,
    pub(crate) signals: Signals,
    pub(crate) listeners: Vec<ListeningSocket>,
    pub(crate) workers: WorkersConfig,
    pub(crate) limits: Limits,
}

impl<D: Daemon> EventLoop<D> {
    /// Puts the parts together. From here on readiness is reported.
    pub(crate) fn new(parts: Components<D>) -> Result<Self> {
        let Components { state, context, methods, mut signals, listeners, workers, limits } = parts;
        let poll = Poll::new().or_error(|| "cannot make a poll".to_owned())?;
        let waker =
            Arc::new(Waker::new(poll.registry(), WAKER).or_error(|| "cannot make a waker".to_owned())?);
        signals.register(poll.registry(), SIGNALS)?;
        for listener in D::LISTENERS {
            if let EventKind::Signal(signal) = listener.kind {
                signals.add(signal)?;
            }
        }
        let open = |(index, listener)| Acceptor::open(listener, poll.registry(), Token(LISTENERS + index));
        let acceptors = listeners.into_iter().enumerate().map(open).collect::<Result<_>>()?;
        // A wake-up that fails finds the loop awake or gone.
        let outbox = Outbox::new(limits.output_hard, move || drop(waker.wake()));
        let dispatcher = Dispatcher::new(methods, outbox, limits, Instant::now);
        let now = Instant::now();
        let mut supervisor = Supervisor::new();
        let workers = Workers::new(workers, &mut supervisor, poll.registry(), now)?;
        if !workers.is_empty() {
            signals.add(Signal::SIGCHLD)?;
        }
        Ok(EventLoop {
            state,
            context,
            dispatcher,
            reactions: Reactions::new(Panic::Fails, D::LISTENERS),
            tasks: Tasks::new(Panic::Fails, D::TIMERS, now),
            poll,
            signals,
            acceptors,
            connections: Connections::new(geteuid().as_raw()),
            ready: VecDeque::new(),
            deadlines: Deadlines::new(),
            supervisor,
            unreaped: false,
            workers,
            buffers: Buffers::new(),
            throttled_log: ThrottledLog::default(),
            limits,
            stopping: None,
            failure: None,
            now,
        })
    }

    /// Where the daemon listens.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = &Endpoint> {
        self.acceptors.iter().map(Acceptor::endpoint)
    }

    /// Calls the daemon's `setup`.
    pub(crate) fn setup(&mut self) -> Result<()> {
        self.hook(D::SETUP, "setup")
    }

    /// Calls the daemon's `teardown`.
    pub(crate) fn teardown(&mut self) -> Result<()> {
        let torn_down = self.hook(D::TEARDOWN, "teardown");
        // No turn follows that would look at what was asked for.
        let commands = self.context.take_commands();
        let failure = commands.into_iter().find_map(|command| match command {
            Command::Fail(error) => Some(error),
            _ => None,
        });
        torn_down.and(failure.map_or(Ok(()), Err))
    }

    fn hook(&mut self, hook: Option<Hook<D>>, name: &str) -> Result<()> {
        self.context.enter(None, self.connections.len());
        match hook {
            Some(hook) => Panic::Fails.guard(name, || hook(&mut self.state, &mut self.context)),
            None => Ok(()),
        }
    }

    /// Serves until the daemon is told to stop and has answered what it accepted.
    ///
    /// `on_up` is called as soon as every worker has finished its spinup, or has failed to.
    pub(crate) fn run(&mut self, on_up: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        let mut on_up = Some(on_up);
        self.workers.start(&mut self.supervisor, self.now);
        self.emit(&Event::Start);
        // What `setup` and the start have asked for may be to stop.
        self.apply();
        let served = self.serve_until_done(&mut events, &mut on_up);
        // What has failed ends in order, too.
        self.stop();
        self.give_up();
        while !self.workers.are_down(&self.supervisor) {
            self.turn(&mut events)?;
        }
        served?;
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.fatal_worker_error(on_up.is_none()),
        }
    }

    fn serve_until_done(
        &mut self,
        events: &mut Events,
        on_up: &mut Option<impl FnOnce(&mut Self) -> Result<()>>,
    ) -> Result<()> {
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
            self.turn(events)?;
        }
        Ok(())
    }

    fn turn(&mut self, events: &mut Events) -> Result<()> {
        self.wait(events)?;
        self.sort_events(events);
        self.accept();
        self.serve_connections();
        self.receive_from_workers();
        self.run_timers();
        self.close_expired();
        self.throttled_log.write_due(self.now);
        self.emit(&Event::Turn);
        // What ran may have taken its time, and what is asked for now has its whole time.
        self.read_clock();
        self.apply();
        self.send_to_workers();
        self.send_late_replies();
        self.supervise();
        Ok(())
    }

    /// The one blocking call of a turn.
    fn wait(&mut self, events: &mut Events) -> Result<()> {
        let timeout = self.timeout();
        match self.poll.poll(events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => events.clear(),
            Err(error) => return Err(error).or_error(|| "cannot wait for events".to_owned()),
        }
        self.read_clock();
        Ok(())
    }

    /// Reads the clock: once a turn, and after code of the user's that may have taken its time.
    fn read_clock(&mut self) {
        self.now = Instant::now();
        self.dispatcher.wake(self.now);
    }

    /// How long the next turn may wait: not at all while there is work, for ever if nothing has a deadline.
    fn timeout(&self) -> Option<Duration> {
        let busy = !self.ready.is_empty()
            || self.context.has_commands()
            || self.dispatcher.outbox.has_mail()
            || self.unreaped
            || self.workers.is_busy();
        if busy {
            return Some(Duration::ZERO);
        }
        let acceptors = self.acceptors.iter().filter_map(|acceptor| acceptor.next_accept(self.now));
        // Without connections nothing is drained any more, and the workers have deadlines of their own.
        let drains = self.stopping.as_ref().filter(|_| !self.connections.is_empty());
        let stop = drains.map(|stopping| stopping.deadline);
        let next = acceptors
            .chain(stop)
            .chain(self.deadlines.next())
            .chain(self.tasks.next())
            .chain(self.workers.next())
            .chain(self.supervisor.next_deadline())
            .chain(self.throttled_log.due())
            .min()?;
        Some(next.saturating_duration_since(self.now.max(self.dispatcher.now())))
    }

    /// Sorts what the poll has reported.
    fn sort_events(&mut self, events: &Events) {
        let mut signalled = false;
        for event in events {
            match event.token() {
                SIGNALS => signalled = true,
                WAKER => {}
                token if let Some(process) = Workers::process_of(token) => {
                    let closed = event.is_read_closed();
                    self.workers.on_readable(&mut self.supervisor, process, closed, self.now);
                }
                Token(token) if (token as u64) < FIRST_ID => {
                    if let Some(acceptor) = self.acceptors.get_mut(token - LISTENERS) {
                        acceptor.on_readable();
                    }
                }
                Token(token) => self.on_readable(ConnectionId(token as u64), event),
            }
        }
        if signalled {
            self.handle_signals();
        }
    }

    fn on_readable(&mut self, id: ConnectionId, event: &mio::event::Event) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        connection.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        connection.ended |= event.is_read_closed() || event.is_error();
        connection.gone |= event.is_write_closed();
        self.enqueue(id);
    }

    /// Gives every connection that has work its share. If that takes long, signals and timers come in between.
    fn serve_connections(&mut self) {
        let start = self.dispatcher.now();
        for _ in 0..self.ready.len() {
            let Some(id) = self.ready.pop_front() else { return };
            self.serve_connection(id);
            if self.dispatcher.now().saturating_duration_since(start) > SERVING {
                return;
            }
        }
    }

    /// Sends the replies that came late.
    fn send_late_replies(&mut self) {
        let mut some = false;
        while let Some(late) = self.dispatcher.complete() {
            let Some(connection) = self.connections.get_mut(late.connection) else { continue };
            if let Some(frame) = late.frame {
                connection.push_late(frame);
            }
            // Also without a frame: it may have waited for nothing else to be read from, to be idle, or to end.
            self.arm_deadline(late.connection);
            self.enqueue(late.connection);
            some = true;
        }
        // They have waited long enough: not for another turn.
        if some {
            self.serve_connections();
        }
    }
}

fn token(id: ConnectionId) -> Token {
    #[allow(clippy::cast_possible_truncation)] // Linux on 64 bits; on 32 bits the serial part is shorter.
    Token(id.0 as usize)
}
