//! Which calls belong to which connection.

use foldhash::{HashMap, HashSet};

use crate::caller::ConnectionId;
use crate::context::CallId;

/// The calls of each connection that has any.
#[derive(Default)]
pub(super) struct PerConnection {
    of: HashMap<ConnectionId, HashSet<CallId>>,
}

impl PerConnection {
    pub(super) fn insert(&mut self, connection: ConnectionId, call: CallId) {
        self.of.entry(connection).or_default().insert(call);
    }

    pub(super) fn remove(&mut self, connection: ConnectionId, call: CallId) {
        if let Some(calls) = self.of.get_mut(&connection) {
            calls.remove(&call);
            if calls.is_empty() {
                self.of.remove(&connection);
            }
        }
    }

    /// Takes all calls of a connection.
    pub(super) fn take(&mut self, connection: ConnectionId) -> HashSet<CallId> {
        self.of.remove(&connection).unwrap_or_default()
    }

    /// Every call of a connection.
    pub(super) fn of(&self, connection: ConnectionId) -> impl Iterator<Item = CallId> {
        self.of.get(&connection).into_iter().flatten().copied()
    }

    /// How many calls a connection has.
    pub(super) fn count(&self, connection: ConnectionId) -> usize {
        self.of.get(&connection).map_or(0, HashSet::len)
    }

    /// Every call of every connection, in order.
    pub(super) fn all(&self) -> Vec<CallId> {
        let mut ids: Vec<CallId> = self.of.values().flatten().copied().collect();
        ids.sort_unstable();
        ids
    }
}
