//! Calls in flight, from their row to their reply.

use std::time::{Duration, Instant};

use tracing::warn;

use super::{Dispatcher, Outgoing, Recipient, Reply};
use crate::caller::{Caller, ConnectionId};
use crate::context::{CallId, ReplyTo, Task};
use crate::fault::Fault;
use crate::rpc::call::{Completed, Mail};
use crate::rpc::calls::CallInFlight;
use crate::rpc::output::Part;
use crate::trace::{self, Traced};

impl<S> Dispatcher<S> {
    /// Fails every call that a peer waits for, in the order they were made.
    pub(crate) fn fail_all(&mut self, fault: impl Fn() -> Fault) {
        for call_id in self.calls.of_peers() {
            self.outbox.complete(Completed { call_id, outcome: Err(fault()) });
        }
    }

    /// Forgets the calls and subscriptions of a closed connection.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.subscriptions.forget(connection);
        for multicall in self.calls.forget(connection) {
            self.multicalls.try_remove(multicall);
        }
    }

    /// Adds a call made by a handler.
    pub(crate) fn start(
        &mut self,
        reply_to: ReplyTo,
        caller: Option<Caller>,
        patience: Option<Duration>,
    ) -> CallId {
        let id = self.outbox.issue();
        self.calls.insert(
            id,
            CallInFlight {
                reply_to,
                method: None,
                caller,
                started: self.now,
                task: None,
                waiting: None,
                patience,
                trace: Traced::none(),
            },
        );
        id
    }

    /// How many replies and items a connection may still get without another request.
    pub(crate) fn owed(&mut self, connection: ConnectionId) -> usize {
        self.calls.count(connection) + self.subscriptions.count(connection)
    }

    /// Ties what runs beside the loop to its call or to its subscription; if that has ended, the task stops.
    pub(crate) fn attach(&mut self, id: CallId, task: Task, now: Instant) {
        if let Some(task) = self.subscriptions.attach(id, task) {
            self.calls.attach(id, task, now);
        }
    }

    /// Takes what comes next from handlers that have returned; skips replies without a recipient.
    pub(crate) fn next_outgoing(&mut self) -> Option<Outgoing> {
        while let Some(mail) = self.outbox.collect() {
            match mail {
                Mail::Items(queue) => {
                    if queue.has_ended() {
                        self.subscriptions.remove(queue.id);
                    }
                    return Some(Outgoing::Items(queue));
                }
                Mail::Reply(Completed { call_id, outcome }) => {
                    if let Some(reply) = self.complete(call_id, outcome) {
                        return Some(Outgoing::Reply(reply));
                    }
                }
            }
        }
        None
    }

    /// Ends a call in flight. `None` if the reply has no recipient: the call has ended already, its peer is gone, or it
    /// is part of a multicall that is not complete.
    pub(crate) fn complete(&mut self, call: CallId, outcome: Result<Vec<u8>, Fault>) -> Option<Reply> {
        let row = self.calls.remove(call)?;
        self.finish(call, row, outcome.map(Part::result))
    }

    /// Replies to a call with a fault although what runs for it may go on: its caller waits no longer.
    pub(crate) fn abandon(&mut self, call: CallId, fault: Fault) -> Option<Reply> {
        let row = self.calls.detach(call)?;
        self.finish(call, row, Err(fault))
    }

    /// Passes the outcome of a call on to whom it concerns, until it reaches a recipient.
    fn finish(
        &mut self,
        mut call: CallId,
        mut row: CallInFlight,
        mut outcome: Result<Part, Fault>,
    ) -> Option<Reply> {
        loop {
            if row.method.is_some() {
                self.now = (self.clock)();
                let took = self.now.saturating_duration_since(row.started);
                let _entered = trace::resume(row.trace.context);
                let (caller, fault) = (row.caller.as_ref(), outcome.as_ref().err());
                let ended = self.observe((row.method, ""), caller, took, &row.trace.span, fault);
                self.ended.extend(ended);
            }
            match row.reply_to {
                ReplyTo::Connection(connection) => {
                    return Some(Reply { to: Recipient::Peer(connection, call), outcome });
                }
                ReplyTo::Handler(on_reply) => {
                    return Some(Reply { to: Recipient::Handler(on_reply), outcome });
                }
                ReplyTo::Call(other) => call = other,
                ReplyTo::Element { multicall, hole } => {
                    (call, outcome) = self.fill(multicall, hole, outcome)?;
                }
                ReplyTo::Nobody => {
                    if let (None, Err(fault)) = (row.method, outcome) {
                        warn!("a call without a waiting caller has failed: {fault}");
                    }
                    return None;
                }
            }
            row = self.calls.remove(call)?;
        }
    }

    /// Records the outcome of a call in a multicall; returns the multicall's own reply if that was the last one.
    fn fill(
        &mut self,
        key: usize,
        hole: usize,
        outcome: Result<Part, Fault>,
    ) -> Option<(CallId, Result<Part, Fault>)> {
        let multicall = self.multicalls.get_mut(key)?;
        multicall.fill(hole, self.limits.output_hard, outcome);
        if !multicall.is_whole() {
            return None;
        }
        let (call, result) = self.multicalls.remove(key).join();
        Some((call, Ok(result)))
    }
}
