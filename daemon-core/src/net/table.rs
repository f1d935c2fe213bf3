//! The open connections, by number.

use std::collections::HashMap;
use std::fmt;

use slab::Slab;

use super::connection::{Connection, Traffic};
use super::stream::Stream;
use crate::caller::{Caller, ConnectionId, Peer};

/// The lower bits of a number are the position in the table, the upper ones count connections: an event or a reply for
/// a closed connection never reaches the one that took its place.
const PLACE_BITS: u32 = 24;

/// The connections of a daemon.
pub(crate) struct Connections {
    places: Slab<Connection>,
    serial: u64,
    /// How many connections each stranger has; at most as many entries as connections.
    strangers: HashMap<Stranger, usize>,
    /// The user whose connections are not a stranger's.
    owner: u32,
    /// The bytes of connections that were closed.
    closed: Traffic,
}

/// A user other than the daemon's own and root, as far as users can be distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stranger {
    Uid(u32),
    /// On an inet socket the user is unknown.
    Inet,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stranger::Uid(uid) => write!(f, "uid {uid}"),
            Stranger::Inet => f.write_str("inet sockets"),
        }
    }
}

impl Connections {
    /// Creates an empty table; `owner` is the user that the daemon runs as.
    pub(crate) fn new(owner: u32) -> Self {
        Connections {
            places: Slab::new(),
            serial: 0,
            strangers: HashMap::new(),
            owner,
            closed: Traffic::default(),
        }
    }

    /// Returns why there is no room for another connection of this peer; `None` if there is room. Of `limit`
    /// connections, one stranger has at most half, and all strangers together leave a sixteenth to the daemon's user
    /// and to root.
    pub(crate) fn objection(&self, peer: &Peer, limit: usize) -> Option<String> {
        if self.len() >= limit {
            return Some(format!("{limit} connections are open, which is the limit"));
        }
        let stranger = self.stranger(peer)?;
        let share = limit.div_ceil(2);
        if self.strangers.get(&stranger).is_some_and(|open| *open >= share) {
            return Some(format!(
                "{share} connections are open from {stranger}, which is their share of {limit}"
            ));
        }
        let kept = limit / 16;
        let open: usize = self.strangers.values().sum();
        (open >= limit - kept)
            .then(|| format!("{kept} of {limit} connections are kept for the daemon's user and for root"))
    }

    fn stranger(&self, peer: &Peer) -> Option<Stranger> {
        match peer {
            Peer::Unix { uid, .. } if *uid == self.owner || *uid == 0 => None,
            Peer::Unix { uid, .. } => Some(Stranger::Uid(*uid)),
            Peer::Inet(_) | Peer::Tls(_) => Some(Stranger::Inet),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns how many connections there have been.
    #[cfg(feature = "metrics")]
    pub(crate) fn count(&self) -> u64 {
        self.serial
    }

    /// Returns the bytes of all connections, open and closed.
    #[cfg(feature = "metrics")]
    pub(crate) fn traffic(&self) -> Traffic {
        let mut traffic = self.closed;
        self.places.iter().for_each(|(_, connection)| traffic += connection.traffic);
        traffic
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a connection and gives it a number.
    pub(crate) fn insert(
        &mut self,
        stream: Stream,
        peer: Peer,
        make: impl FnOnce(Stream, Caller) -> Connection,
    ) -> &mut Connection {
        if let Some(stranger) = self.stranger(&peer) {
            *self.strangers.entry(stranger).or_default() += 1;
        }
        self.serial += 1;
        let place = self.places.vacant_entry();
        let connection = ConnectionId(self.serial << PLACE_BITS | place.key() as u64);
        place.insert(make(stream, Caller::new(connection, peer)))
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.places.get_mut(place(id)).filter(|connection| connection.caller.connection == id)
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let peer = self.get_mut(id)?.caller.peer.clone();
        if let Some(stranger) = self.stranger(&peer)
            && let Some(open) = self.strangers.get_mut(&stranger)
        {
            *open -= 1;
            if *open == 0 {
                self.strangers.remove(&stranger);
            }
        }
        let connection = self.places.remove(place(id));
        self.closed += connection.traffic;
        Some(connection)
    }

    pub(crate) fn ids(&self) -> Vec<ConnectionId> {
        self.places.iter().map(|(_, connection)| connection.caller.connection).collect()
    }
}

#[allow(clippy::cast_possible_truncation)] // Masked to 24 bits.
fn place(id: ConnectionId) -> usize {
    (id.0 & ((1 << PLACE_BITS) - 1)) as usize
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::*;
    use crate::dialect::{Dialect, Dialects};
    use crate::settings::limits::Limits;

    const OWNER: u32 = 7;

    fn user(uid: u32) -> Peer {
        Peer::Unix { pid: 1, uid, gid: uid, groups: [].into() }
    }

    fn insert(connections: &mut Connections, peer: Peer) -> ConnectionId {
        let (stream, _) = UnixStream::pair().unwrap();
        let stream = Stream::Unix(mio::net::UnixStream::from_std(stream));
        let dialect = Dialect::new(false, Dialects::NONE);
        let make =
            |stream, caller| Connection::new(stream, caller, dialect, &Limits::default(), Instant::now());
        connections.insert(stream, peer, make).caller.connection
    }

    #[test]
    fn strangers_have_a_share_and_leave_room_for_the_owner() {
        let mut connections = Connections::new(OWNER);
        let inet = Peer::Inet(([127, 0, 0, 1], 1).into());
        let first = insert(&mut connections, inet.clone());
        for _ in 0..15 {
            insert(&mut connections, inet.clone());
        }
        let objection = connections.objection(&inet, 32).unwrap();
        assert!(objection.contains("16 connections are open from inet sockets"), "{objection}");
        for _ in 0..14 {
            insert(&mut connections, user(1));
        }
        let objection = connections.objection(&user(2), 32).unwrap();
        assert!(objection.contains("2 of 32 connections are kept"), "{objection}");
        connections.remove(first);
        assert_eq!((connections.objection(&inet, 32), connections.objection(&user(2), 32)), (None, None));
        insert(&mut connections, inet);
        assert_eq!(
            (connections.objection(&user(OWNER), 32), connections.objection(&user(0), 32)),
            (None, None)
        );
        for _ in 0..2 {
            insert(&mut connections, user(OWNER));
        }
        assert!(connections.objection(&user(0), 32).unwrap().contains("32 connections are open"));
    }
}
