//! The connections there are, by number.

use slab::Slab;

use super::connection::{Connection, Stream};
use crate::caller::{Caller, ConnectionId, Peer};

/// The lower bits of a number are the place in the table, the upper ones count connections: an event or an answer for a
/// connection that has gone never reaches the one that took its place.
const PLACE_BITS: u32 = 24;

/// Every number of a connection is at least this, so that smaller tokens are free for other sources.
pub(crate) const FIRST_ID: u64 = 1 << PLACE_BITS;

/// The connections of a daemon.
pub(crate) struct Connections {
    places: Slab<Connection>,
    serial: u64,
}

impl Connections {
    pub(crate) fn new() -> Self {
        Connections { places: Slab::new(), serial: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes a connection in and gives it its number.
    pub(crate) fn insert(
        &mut self,
        stream: Stream,
        peer: Peer,
        make: impl FnOnce(Stream, Caller) -> Connection,
    ) -> &mut Connection {
        self.serial += 1;
        let place = self.places.vacant_entry();
        let connection = ConnectionId(self.serial << PLACE_BITS | place.key() as u64);
        place.insert(make(stream, Caller { connection, peer }))
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.places.get_mut(place(id)).filter(|connection| connection.caller.connection == id)
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.get_mut(id)?;
        Some(self.places.remove(place(id)))
    }

    pub(crate) fn ids(&self) -> Vec<ConnectionId> {
        self.places.iter().map(|(_, connection)| connection.caller.connection).collect()
    }
}

#[allow(clippy::cast_possible_truncation)] // Masked to 24 bits.
fn place(id: ConnectionId) -> usize {
    (id.0 & (FIRST_ID - 1)) as usize
}
