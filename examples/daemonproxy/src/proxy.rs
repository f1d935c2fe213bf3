//! The program's state, and the order of a turn.
//!
//! Each part has a file: [`life`](crate::life) starts and reaps services, [`commands`](crate::commands) carries out what
//! controllers ask for, [`ending`](crate::ending) is every way out.

use std::fmt;
use std::time::Duration;

use daemon_core::Signal;
use daemon_core::supervision::{Launcher, Turn};

use crate::clock;
use crate::commands;
use crate::control_socket::ControlSocket;
use crate::controller::{Command, Dump, Kind};
use crate::controllers::{Controllers, Id};
use crate::dump;
use crate::ending::Fault;
use crate::handles::Handles;
use crate::life::Reaped;
use crate::log::{Level, Log};
use crate::services::Services;
use crate::signals::Counts;
use crate::sys::fatal;
use crate::text::Line;

/// The most commands of one controller that are carried out in a turn.
const COMMANDS: usize = 3;

/// The numbers by which the poll knows what is not a controller.
pub(crate) const LOG: u64 = Controllers::FREE_NUMBER;
pub(crate) const CONTROL_SOCKET: u64 = Controllers::FREE_NUMBER + 1;

/// The state of the program.
pub(crate) struct Proxy {
    pub(crate) turn: Turn,
    pub(crate) log: Log,
    pub(crate) handles: Handles,
    pub(crate) services: Services,
    pub(crate) counts: Counts,
    pub(crate) controllers: Controllers,
    pub(crate) socket: ControlSocket,
    pub(crate) launcher: Launcher,
    pub(crate) reaped: Reaped,
    /// The code that guards against an end; 0 is none.
    pub(crate) guard: i64,
    /// The time of this turn.
    pub(crate) now: Duration,
}

impl Proxy {
    /// Runs one turn. In this order, events of services come before the signal that caused them.
    pub(crate) fn turn(&mut self) {
        if let Err(error) = self.turn.wait(self.timeout()) {
            self.fatal(Fault::Internal, format_args!("{}", error.report()));
        }
        self.now = clock::now();
        self.controllers.now = self.now;
        self.note_ready();
        self.handle_signals();
        self.start_due();
        self.accept();
        for id in self.controllers.ids() {
            self.serve(id);
        }
        self.flush_log();
    }

    /// Returns how long the next turn may wait.
    fn timeout(&self) -> Option<Duration> {
        let is_busy = self.turn.is_busy()
            || self.controllers.is_busy()
            || self.socket.is_busy(&self.controllers)
            || self.log.is_busy(&self.handles);
        if is_busy {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.services.next_start(),
            self.controllers.deadline(),
            self.socket.deadline(),
            self.log.deadline(),
        ];
        let next = deadlines.into_iter().flatten().min()?;
        // The poll counts in milliseconds, and waits for one that has begun.
        Some(next.saturating_sub(clock::now()))
    }

    fn note_ready(&mut self) {
        for ready in self.turn.ready() {
            match ready.id {
                LOG => self.log.on_ready(&self.turn),
                CONTROL_SOCKET => self.socket.on_ready(),
                _ => drop(self.controllers.on_ready(ready)),
            }
        }
    }

    /// Counts signals, reaps children, and starts services that a new signal triggers.
    fn handle_signals(&mut self) {
        let (mut counted, mut reaps) = (0_u64, self.turn.is_busy());
        for signal in self.turn.signals() {
            reaps |= signal == Signal::SIGCHLD;
            if self.counts.arrived(signal, self.now) {
                counted |= 1 << signal.number();
            }
        }
        if let Some(number) = fatal::take() {
            self.fatal(Fault::Signal, format_args!("{}", text(fatal::text(number).as_bytes())));
        }
        if reaps {
            self.reap();
        }
        if counted != 0 {
            self.trigger(counted);
        }
    }

    fn accept(&mut self) {
        self.socket.accept(&mut self.controllers, &self.turn, &mut self.log);
    }

    /// Gives a controller its share of the turn.
    fn serve(&mut self, id: Id) {
        let Some(connection) = self.controllers.get_mut(id) else { return };
        for _ in 0..connection.read() {
            self.log.line(
                Level::Error,
                format_args!("No room for a descriptor that controller[{id}] has passed"),
            );
        }
        self.send_signals(id);
        self.run_commands(id);
        if self.controllers.flush(id, &mut self.log) {
            self.hang_up(id);
        }
    }

    /// Sends a controller the signals that have arrived since it was last sent any.
    fn send_signals(&mut self, id: Id) {
        let Some(mut seen) = self.controllers.get_mut(id).map(|connection| connection.seen) else { return };
        if seen == self.counts.last() {
            return;
        }
        let mut line = Line::new();
        while let Some(order) = self.counts.event(seen, &mut line) {
            self.controllers.send(id, &line, &mut self.log);
            (seen, line) = (order, Line::new());
        }
        if let Some(connection) = self.controllers.get_mut(id) {
            connection.seen = self.counts.last();
        }
    }

    fn run_commands(&mut self, id: Id) {
        for _ in 0..COMMANDS {
            dump::go_on(self, id);
            let Some(connection) = self.controllers.get_mut(id) else { return };
            if !connection.may_run() {
                return;
            }
            let mut line = Line::new();
            let is_config = connection.kind == Kind::Config;
            match connection.input.next(&mut line) {
                None => return,
                Some(Command::Line) => commands::run(self, id, line.as_bytes()),
                Some(Command::Unfinished) if is_config => {
                    let text = format_args!("Command ends with EOF... processing anyway");
                    self.log.line(Level::Warning, text);
                    commands::run(self, id, line.as_bytes());
                }
                Some(Command::Unfinished) => {
                    self.log.line(Level::Warning, format_args!("Command ends with EOF... ignored"));
                }
                Some(Command::TooLong) => {
                    let text = format_args!("controller[{id}] command exceeds buffer size");
                    self.log.line(Level::Error, text);
                    self.send(id, b"error\tline too long");
                }
            }
        }
        dump::go_on(self, id);
    }

    /// Ends the connection of a controller.
    fn hang_up(&mut self, id: Id) {
        let Some(connection) = self.controllers.remove(id, &self.turn) else { return };
        if connection.kind == Kind::Interactive {
            self.interactive_ended(&connection);
        }
    }

    /// Sends an event to one controller.
    pub(crate) fn send(&mut self, id: Id, event: &[u8]) {
        self.controllers.send(id, &Line::of(event), &mut self.log);
    }

    /// Sends an event to one controller.
    pub(crate) fn send_format(&mut self, id: Id, event: fmt::Arguments<'_>) {
        self.controllers.send(id, &Line::format(event), &mut self.log);
    }

    /// Sends an event to all controllers.
    pub(crate) fn broadcast(&mut self, write: impl FnOnce(&Self, &mut Line)) {
        let mut line = Line::new();
        write(self, &mut line);
        self.controllers.broadcast(&line, &mut self.log);
    }

    /// Asks for a dump of the state.
    pub(crate) fn dump_to(&mut self, id: Id) {
        if let Some(connection) = self.controllers.get_mut(id) {
            connection.dump = Some(Dump::START);
        }
    }

    /// Writes the log, as far as its destination takes it.
    pub(crate) fn flush_log(&mut self) {
        if self.handles.take_changed() {
            self.log.on_new_handles(&self.turn);
        }
        self.log.flush(&self.handles, &self.turn, LOG, self.now);
    }
}

/// Returns text of this program, which is ASCII.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
