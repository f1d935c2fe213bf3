//! Calls in flight: one row for each call that was not answered at once.

use std::time::Instant;

use hashbrown::{HashMap, HashSet};

use crate::caller::{Caller, ConnectionId};
use crate::context::{CallId, ReplyTo};

/// How many calls of one connection may be in flight before nothing more is read from it.
pub(crate) const CALLS_PER_CONNECTION: usize = 256;

/// One call in flight.
pub(crate) struct CallInFlight {
    pub(crate) reply_to: ReplyTo,
    /// The index of its method.
    pub(crate) method: Option<usize>,
    pub(crate) caller: Option<Caller>,
    pub(crate) started: Instant,
}

/// Every call in flight, by its id.
///
/// At most [`CALLS_PER_CONNECTION`] and a batch for each connection: above that it is not read from.
#[derive(Default)]
pub(crate) struct Calls {
    rows: HashMap<CallId, CallInFlight>,
    /// Those of each connection that has some.
    of: HashMap<ConnectionId, HashSet<CallId>>,
}

impl Calls {
    pub(crate) fn insert(&mut self, id: CallId, call: CallInFlight) {
        if let Some(connection) = call.connection() {
            self.of.entry(connection).or_default().insert(id);
        }
        self.rows.insert(id, call);
    }

    pub(crate) fn remove(&mut self, id: CallId) -> Option<CallInFlight> {
        let call = self.rows.remove(&id)?;
        if let Some(connection) = call.connection()
            && let Some(calls) = self.of.get_mut(&connection)
        {
            calls.remove(&id);
            if calls.is_empty() {
                self.of.remove(&connection);
            }
        }
        Some(call)
    }

    /// How many calls of a connection are in flight.
    pub(crate) fn count(&self, connection: ConnectionId) -> usize {
        self.of.get(&connection).map_or(0, HashSet::len)
    }

    /// Every call, in the order in which they were made.
    pub(crate) fn ids(&self) -> Vec<CallId> {
        let mut ids: Vec<CallId> = self.rows.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Removes the calls of a connection that has gone.
    pub(crate) fn forget(&mut self, connection: ConnectionId) -> impl Iterator<Item = CallInFlight> {
        let calls = self.of.remove(&connection).unwrap_or_default();
        calls.into_iter().filter_map(|id| self.rows.remove(&id))
    }
}

impl CallInFlight {
    fn connection(&self) -> Option<ConnectionId> {
        self.caller.as_ref().map(|caller| caller.connection)
    }
}
