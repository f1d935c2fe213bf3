//! The controllers with their descriptors: reading, writing, time-outs.
//!
//! What a command does is in [`commands`](crate::commands); in which order things happen is in [`proxy`](crate::proxy).

mod connection;

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use daemon_core::supervision::{Ready, Turn};

pub(crate) use self::connection::Connection;
use crate::controller::{Kind, Pushed};
use crate::descriptor::Descriptor;
use crate::log::{Level, Log};
use crate::services::Slot;
use crate::text::Line;

/// The place of a controller: the lowest free number when it came.
pub(crate) type Id = usize;

/// The most controllers at one time.
const MOST: usize = 2;
/// The places: as many controllers again may still be read out although their service has ended.
const PLACES: usize = 2 * MOST;

/// All controllers.
pub(crate) struct Controllers {
    /// As many as there are places; with their buffers, they are too large for the stack.
    places: Vec<Option<Connection>>,
    /// The time of this turn.
    pub(crate) now: Duration,
}

impl Controllers {
    pub(crate) fn new(now: Duration) -> Self {
        Controllers { places: (0..PLACES).map(|_| None).collect(), now }
    }

    /// Whether one more controller may come.
    pub(crate) fn has_room(&self) -> bool {
        let live = self.places.iter().flatten().filter(|connection| !connection.is_abandoned());
        live.count() < MOST
    }

    /// Adds a controller, which reads from one descriptor and writes to the other; `None` if there is no room.
    pub(crate) fn add(
        &mut self,
        kind: Kind,
        source: Option<Descriptor>,
        sink: Option<Descriptor>,
        turn: &Turn,
    ) -> Option<Id> {
        if !self.has_room() {
            return None;
        }
        // If another process holds the connection of a service that has ended, it is given up for a new one.
        let is_abandoned = |place: &Option<Connection>| place.as_ref().is_some_and(Connection::is_abandoned);
        let free = self.places.iter().position(Option::is_none);
        let id = free.or_else(|| self.places.iter().position(is_abandoned))?;
        drop(self.remove(id, turn));
        let mut connection = Connection::new(kind, source, sink);
        connection.watch(turn, number(id));
        self.places[id] = Some(connection);
        Some(id)
    }

    /// Adds a controller that speaks on a socket.
    pub(crate) fn add_socket(
        &mut self,
        kind: Kind,
        socket: OwnedFd,
        reads: bool,
        writes: bool,
        turn: &Turn,
    ) -> bool {
        let Ok(second) = crate::sys::duplicate(socket.as_fd()) else { return false };
        let source = reads.then_some(Descriptor::Owned(socket));
        let sink = writes.then_some(Descriptor::Owned(second));
        self.add(kind, source, sink, turn).is_some()
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Connection> {
        self.places.get_mut(id)?.as_mut()
    }

    /// Removes a controller, and returns it with its descriptors.
    pub(crate) fn remove(&mut self, id: Id, turn: &Turn) -> Option<Connection> {
        let connection = self.places.get_mut(id)?.take()?;
        connection.unwatch(turn);
        Some(connection)
    }

    /// Returns the places of all controllers.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        0..PLACES
    }

    /// Notes that a descriptor is ready; returns whether it is one of a controller.
    pub(crate) fn on_ready(&mut self, ready: Ready) -> bool {
        let id = usize::try_from(ready.id / 2).unwrap_or(usize::MAX);
        let Some(connection) = self.get_mut(id) else { return id < PLACES };
        connection.on_ready(ready.id % 2 == 1, ready);
        true
    }

    /// Notes that the process of a service has ended: its connection may still be read out.
    pub(crate) fn on_service_ended(&mut self, slot: Slot) {
        for connection in self.places.iter_mut().flatten() {
            if connection.kind == Kind::Service(slot) {
                connection.abandon();
            }
        }
    }

    /// Sends an event to one controller. One that does not fit is dropped, and the controller is overflowed.
    pub(crate) fn send(&mut self, id: Id, event: &Line, log: &mut Log) {
        let now = self.now;
        let Some(connection) = self.get_mut(id) else { return };
        let mut pushed = connection.output.push(event.as_bytes());
        if pushed == Pushed::Full {
            connection.flush(now);
            pushed = connection.output.push(event.as_bytes());
        }
        match pushed {
            Pushed::Yes => {
                log.bytes(Level::Debug, format_args!("controller[{id}] event: "), event.as_bytes())
            }
            Pushed::Full => connection.output.overflow(),
            Pushed::Unwanted => {}
        }
    }

    /// Sends an event to every controller.
    pub(crate) fn broadcast(&mut self, event: &Line, log: &mut Log) {
        for id in self.ids() {
            self.send(id, event, log);
        }
    }

    /// Writes what waits for a controller, and deals with one that does not read; returns whether it is at its end.
    pub(crate) fn flush(&mut self, id: Id, log: &mut Log) -> bool {
        let now = self.now;
        let Some(connection) = self.get_mut(id) else { return false };
        connection.flush_if_ready(now);
        connection.check_timeouts(id, now, log) || connection.is_done()
    }

    /// Tries to write everything, once.
    pub(crate) fn flush_all(&mut self) {
        let now = self.now;
        self.places.iter_mut().flatten().for_each(|connection| connection.flush(now));
    }

    /// Whether a controller has something to do in the next turn, whatever happens.
    pub(crate) fn is_busy(&self) -> bool {
        self.places.iter().flatten().any(Connection::is_busy)
    }

    /// Returns when the next timeout passes.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.places
            .iter()
            .flatten()
            .filter_map(|connection| connection.output.deadline(connection.timeouts))
            .min()
    }

    /// The first number for the poll that no controller uses.
    pub(crate) const FREE_NUMBER: u64 = number(PLACES);
}

/// Returns the number by which the poll knows the descriptor that a controller reads from. The other one has the next.
const fn number(id: Id) -> u64 {
    2 * id as u64
}
