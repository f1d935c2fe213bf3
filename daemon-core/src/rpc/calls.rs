//! Calls in flight: one row for each call that was not answered at once.

use std::time::{Duration, Instant};

use foldhash::HashMap;

use super::closed::Waiting;
use super::param::Param;
use super::per_connection::PerConnection;
use crate::caller::{Caller, ConnectionId};
use crate::context::{CallId, ReplyTo, Task};
use crate::deadlines::Deadlines;
use crate::timers::{after, earliest};
use crate::trace::Traced;

/// How many calls of one connection may be in flight before it is no longer read.
pub(crate) const CALLS_PER_CONNECTION: usize = 256;

/// What `daemon.cancel` takes.
pub(crate) const PARAMS: &[Param] =
    &[Param { doc: "The `id` of the request", ..Param::of::<serde_json::Value>("id") }];

/// One call in flight.
pub(crate) struct CallInFlight {
    pub(crate) reply_to: ReplyTo,
    /// The index of its method; `None` if a handler calls a worker.
    pub(crate) method: Option<usize>,
    /// The peer on whose behalf it is made.
    pub(crate) caller: Option<Caller>,
    pub(crate) started: Instant,
    /// What runs for it in this process beside the loop, if anything does. It stops when the row goes.
    pub(crate) task: Option<Task>,
    /// What its `Reply` asks, if a handler has taken one.
    pub(crate) waiting: Option<Waiting>,
    /// How long its caller waits for the reply; `None` if it does not say.
    pub(crate) patience: Option<Duration>,
    pub(crate) trace: Traced,
}

/// Every call in flight, by its id.
///
/// For each connection, at most [`CALLS_PER_CONNECTION`] and a batch: above that, the connection is not read. Handlers'
/// calls are bounded by the queues of the workers.
#[derive(Default)]
pub(crate) struct Calls {
    rows: HashMap<CallId, CallInFlight>,
    /// Those that a peer waits for.
    of: PerConnection,
    /// The deadlines of what runs for them, for those that have one.
    deadlines: Deadlines<CallId>,
    /// When the callers stop waiting.
    patience: Deadlines<CallId>,
}

impl Calls {
    pub(crate) fn insert(&mut self, id: CallId, call: CallInFlight) {
        if let Some(connection) = call.connection() {
            self.of.insert(connection, id);
        }
        if let Some(patience) = call.patience {
            self.patience.arm(id, after(call.started, patience));
        }
        self.rows.insert(id, call);
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns how many there are.
    #[cfg(feature = "metrics")]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn remove(&mut self, id: CallId) -> Option<CallInFlight> {
        let call = self.rows.remove(&id)?;
        if let Some(connection) = call.connection() {
            self.of.remove(connection, id);
        }
        self.deadlines.disarm(id);
        self.patience.disarm(id);
        Some(call)
    }

    /// Takes a call whose caller waits no longer. What runs for it beside the loop stops. What runs in a worker, and has a
    /// deadline, stays in flight, so that a worker that hangs in it is detected.
    pub(crate) fn detach(&mut self, id: CallId) -> Option<CallInFlight> {
        let deadline = self.deadlines.of(id);
        let call = self.remove(id)?;
        if let (None, Some(deadline)) = (&call.task, deadline) {
            self.rows.insert(id, CallInFlight::of_nobody(call.started));
            self.deadlines.arm(id, deadline);
        }
        Some(call)
    }

    /// Ties a task to a call; if the call has ended, the task stops.
    pub(crate) fn attach(&mut self, id: CallId, task: Task, now: Instant) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        if let Some(timeout) = task.timeout {
            self.deadlines.arm(id, after(now, timeout));
        }
        row.task = Some(task);
    }

    /// Returns what runs for a call in this process beside the loop, if anything does.
    pub(crate) fn task(&self, id: CallId) -> Option<&Task> {
        self.rows.get(&id)?.task.as_ref()
    }

    /// Sets the deadline of a call.
    pub(crate) fn set_deadline(&mut self, id: CallId, deadline: Instant) {
        if self.rows.contains_key(&id) {
            self.deadlines.arm(id, deadline);
        }
    }

    /// Returns the next deadline.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        earliest([self.deadlines.next(), self.patience.next()])
    }

    /// Takes a call whose caller has waited as long as it said. The call stays in flight until it is completed.
    pub(crate) fn pop_unwaited(&mut self, now: Instant) -> Option<CallId> {
        self.patience.pop(now).map(|(_, id)| id)
    }

    /// Returns how long the caller of a call waits, if it says.
    pub(crate) fn patience(&self, id: CallId) -> Option<Duration> {
        self.rows.get(&id)?.patience
    }

    /// Takes a call whose deadline has passed. The call stays in flight until it is completed.
    pub(crate) fn pop_overdue(&mut self, now: Instant) -> Option<CallId> {
        self.deadlines.pop(now).map(|(_, id)| id)
    }

    /// Returns how many calls of a connection are in flight.
    pub(crate) fn count(&self, connection: ConnectionId) -> usize {
        self.of.count(connection)
    }

    /// Every call made by a peer, in order.
    pub(crate) fn of_peers(&self) -> Vec<CallId> {
        self.of.all()
    }

    /// Drops the recipients of the replies to a closed connection's calls. Calls with a deadline stay in flight, so
    /// that a worker that hangs in one is detected. Returns the keys of the multicalls that the calls belong to.
    pub(crate) fn forget(&mut self, connection: ConnectionId) -> Vec<usize> {
        let calls = self.of.take(connection);
        let forget_one = |id| {
            let row = self.rows.get_mut(&id)?;
            let reply_to = std::mem::replace(&mut row.reply_to, ReplyTo::Nobody);
            row.waiting = None;
            self.patience.disarm(id);
            if row.task.is_some() || !self.deadlines.is_armed(id) {
                self.rows.remove(&id);
                self.deadlines.disarm(id);
            }
            match reply_to {
                ReplyTo::Element { multicall, .. } => Some(multicall),
                _ => None,
            }
        };
        calls.into_iter().filter_map(forget_one).collect()
    }
}

impl CallInFlight {
    /// A call that nobody waits for.
    fn of_nobody(started: Instant) -> Self {
        let reply_to = ReplyTo::Nobody;
        CallInFlight {
            reply_to,
            method: None,
            caller: None,
            started,
            task: None,
            waiting: None,
            patience: None,
            trace: Traced::none(),
        }
    }

    /// The connection whose peer waits for it.
    fn connection(&self) -> Option<ConnectionId> {
        match &self.reply_to {
            ReplyTo::Connection(connection) => Some(*connection),
            ReplyTo::Element { .. } => self.caller.as_ref().map(|caller| caller.connection),
            ReplyTo::Call(_) | ReplyTo::Handler(_) | ReplyTo::Nobody => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Peer;
    use crate::rpc::closed::Closed;

    const PEER: ConnectionId = ConnectionId(7);

    fn call(reply_to: ReplyTo) -> CallInFlight {
        let peer = Peer::Inet(([127, 0, 0, 1], 1).into());
        let caller = Some(Caller::new(PEER, peer));
        CallInFlight {
            reply_to,
            method: Some(0),
            caller,
            started: Instant::now(),
            task: None,
            waiting: None,
            patience: None,
            trace: Traced::none(),
        }
    }

    fn calls() -> Calls {
        let mut calls = Calls::default();
        calls.insert(CallId(3), call(ReplyTo::Connection(PEER)));
        calls.insert(CallId(1), call(ReplyTo::Element { multicall: 5, hole: 0 }));
        calls.insert(CallId(2), call(ReplyTo::Nobody));
        calls
    }

    #[test]
    fn calls_that_a_peer_waits_for_are_counted_for_its_connection() {
        let mut calls = calls();
        assert_eq!(calls.count(PEER), 2, "a call of a handler is not waited for");
        assert_eq!(calls.of_peers(), [CallId(1), CallId(3)]);
        assert!(calls.remove(CallId(3)).is_some() && calls.remove(CallId(3)).is_none());
        assert_eq!(calls.count(PEER), 1);
    }

    #[test]
    fn the_calls_of_a_connection_that_has_gone_are_forgotten_except_for_their_deadlines() {
        let (mut calls, now) = (calls(), Instant::now());
        calls.set_deadline(CallId(3), now + Duration::from_secs(1));
        calls.set_deadline(CallId(4), now);
        assert_eq!(calls.forget(PEER), [5]);
        assert_eq!(calls.count(PEER), 0);
        assert!(calls.remove(CallId(1)).is_none());
        assert_eq!(calls.pop_overdue(now), None, "an unknown call has no deadline");
        assert_eq!(calls.pop_overdue(now + Duration::from_secs(1)), Some(CallId(3)));
        let row = calls.remove(CallId(3)).map(|call| call.reply_to);
        assert!(matches!(row, Some(ReplyTo::Nobody)));
    }

    #[test]
    fn a_reply_knows_that_nobody_waits_for_it() {
        let (mut calls, now) = (Calls::default(), Instant::now());
        let closed: [Closed; 3] = Default::default();
        for (id, closed) in (1..).map(CallId).zip(&closed) {
            let waiting = Some(closed.clone().into());
            calls.insert(id, CallInFlight { waiting, ..call(ReplyTo::Connection(PEER)) });
        }
        calls.remove(CallId(1));
        assert_eq!(closed.each_ref().map(Closed::is_set), [true, false, false]);
        calls.set_deadline(CallId(3), now);
        calls.forget(PEER);
        assert_eq!(closed.each_ref().map(Closed::is_set), [true; 3]);
        assert!(calls.remove(CallId(3)).is_some(), "it is still in flight");
    }

    #[test]
    fn a_call_that_has_ended_has_no_deadline() {
        let (mut calls, now) = (calls(), Instant::now());
        calls.set_deadline(CallId(3), now);
        calls.remove(CallId(3));
        assert_eq!((calls.next_deadline(), calls.pop_overdue(now)), (None, None));
    }
}
