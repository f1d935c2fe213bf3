//! From the name of a method to its outcome: finds, admits, runs and counts calls.
//!
//! The dispatcher knows neither bytes nor connections. A [dialect](crate::dialect) asks the [`Server`] to make calls,
//! and writes their outcomes; calls that are not answered at once are rows of [`Calls`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use slab::Slab;
use tracing::{debug, warn};

use super::call::{Call, Completed, Completion, Outbox, Outcome};
use super::calls::{CallInFlight, Calls};
use super::methods::{Methods, Remote, Run};
use super::multicall::{self, Multicall, write_fault_struct};
use super::output::{Output, Part};
use super::params::{self, Params, Rewritten};
use crate::caller::{Caller, ConnectionId};
use crate::context::{CallId, Callee, Command, Context, OnReply, OutgoingCall, ReplyTo};
use crate::fault::Fault;
use crate::settings::limits::Limits;

/// The methods of a daemon, and their calls in flight.
pub(crate) struct Dispatcher<S: 'static> {
    pub(crate) methods: Methods<S>,
    pub(crate) outbox: Outbox,
    pub(crate) calls: Calls,
    multicalls: Slab<Multicall>,
    pub(crate) limits: Limits,
    clock: fn() -> Instant,
    /// The end of the previous call, which is the start of the next one.
    now: Instant,
}

/// What a call needs: the methods, the state that they run on, and the context.
pub(crate) struct Server<'a, S: 'static> {
    pub(crate) dispatcher: &'a mut Dispatcher<S>,
    pub(crate) state: &'a mut S,
    pub(crate) context: &'a mut Context,
}

/// One call, as a dialect understood it.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The JSON text of an array or object.
    pub(crate) params: Option<&'a str>,
}

/// The outcome of a call in flight, and its recipient.
pub(crate) struct Reply {
    pub(crate) to: Recipient,
    pub(crate) outcome: Result<Part, Fault>,
}

/// The recipient of a reply.
pub(crate) enum Recipient {
    /// The peer on this connection, which made this call.
    Peer(ConnectionId, CallId),
    Handler(OnReply),
}

impl<S> Dispatcher<S> {
    pub(crate) fn new(methods: Methods<S>, outbox: Outbox, limits: Limits, clock: fn() -> Instant) -> Self {
        Dispatcher {
            methods,
            outbox,
            calls: Calls::default(),
            multicalls: Slab::new(),
            limits,
            clock,
            now: clock(),
        }
    }

    /// Sets the limits for the calls from now on.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        if limits != self.limits {
            self.limits = limits;
            self.outbox.set_limit(limits.output_hard);
        }
    }

    /// Sets the time at which the next call starts.
    pub(crate) fn wake(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// Returns when the last call ended, or when the turn began if that was later.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Fails every call that a peer waits for, in the order they were made.
    pub(crate) fn fail_all(&mut self, fault: impl Fn() -> Fault) {
        for call_id in self.calls.of_peers() {
            self.outbox.complete(Completed { call_id, outcome: Err(fault()) });
        }
    }

    /// Forgets the calls of a closed connection.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        for multicall in self.calls.forget(connection) {
            self.multicalls.try_remove(multicall);
        }
    }

    /// Adds a call made by a handler.
    pub(crate) fn start(&mut self, reply_to: ReplyTo, caller: Option<Caller>) -> CallId {
        let id = self.outbox.issue();
        self.calls.insert(id, CallInFlight { reply_to, method: None, caller, started: self.now, task: None });
        id
    }

    /// Takes the next late reply; skips those without a recipient.
    pub(crate) fn next_reply(&mut self) -> Option<Reply> {
        while let Some(Completed { call_id, outcome }) = self.outbox.collect() {
            if let Some(reply) = self.complete(call_id, outcome) {
                return Some(reply);
            }
        }
        None
    }

    /// Ends a call in flight. `None` if the reply has no recipient: the call has ended already, its peer is gone, or it
    /// is part of a multicall that is not complete.
    pub(crate) fn complete(&mut self, mut call: CallId, outcome: Result<Vec<u8>, Fault>) -> Option<Reply> {
        let mut outcome = outcome.map(Part::result);
        loop {
            let row = self.calls.remove(call)?;
            if row.method.is_some() {
                self.now = (self.clock)();
                let took = self.now.saturating_duration_since(row.started);
                self.observe(row.method, "", row.caller.as_ref(), took, outcome.as_ref().err());
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

    /// Counts a finished call, and logs it. `name` is for methods that are not in the table.
    fn observe(
        &mut self,
        method: Option<usize>,
        name: &str,
        caller: Option<&Caller>,
        took: Duration,
        fault: Option<&Fault>,
    ) {
        match method {
            Some(index) => self.methods.stats(index).record(took, fault.is_none()),
            None => self.methods.count_unknown(),
        }
        let name = method.map_or(name, |index| &self.methods.entry(index).name);
        match fault {
            None => debug!(method = name, caller = caller.map(tracing::field::display), ?took, "ok"),
            Some(fault) => {
                debug!(method = name, caller = caller.map(tracing::field::display), ?took, %fault, "fault");
            }
        }
    }
}

impl<S> Server<'_, S> {
    /// Makes one call of the peer. If its result is ready at once, it is appended to `output`; a late reply goes to the
    /// peer's connection.
    pub(crate) fn call(&mut self, request: Request<'_>, output: &mut Output) -> Outcome {
        let connection = self.context.caller().map(|caller| caller.connection);
        self.run(request, output, connection.map(ReplyTo::Connection))
    }

    /// Makes one call. If it is not answered at once, it becomes a row of the calls in flight.
    fn run(&mut self, request: Request<'_>, output: &mut Output, reply_to: Option<ReplyTo>) -> Outcome {
        let started = self.dispatcher.now;
        let start = output.mark();
        let method = self.dispatcher.methods.find(request.method);
        let outcome = match method {
            Some(index) => self.admitted(index, request, output),
            None => Err(Fault::method_not_found(request.method)),
        };
        if outcome.is_err() {
            output.rewind(start);
        }
        let caller = self.context.caller();
        match (&outcome, reply_to) {
            (Ok(Completion::Deferred(call)), Some(reply_to)) => {
                let caller = caller.cloned();
                let call_in_flight = CallInFlight { reply_to, method, caller, started, task: None };
                self.dispatcher.calls.insert(*call, call_in_flight);
            }
            (outcome, _) => {
                self.dispatcher.now = (self.dispatcher.clock)();
                let took = self.dispatcher.now.saturating_duration_since(started);
                self.dispatcher.observe(method, request.method, caller, took, outcome.as_ref().err());
            }
        }
        outcome
    }

    fn admitted(&mut self, index: usize, request: Request<'_>, output: &mut Output) -> Outcome {
        let entry = self.dispatcher.methods.entry(index);
        entry.access.admit(&entry.name, self.context.caller())?;
        let rewritten = Rewritten::new();
        let params = Params::new(request.params, entry.spec.params, &rewritten);
        if entry.takes_any() {
            params.check_exact()?;
        }
        match entry.run {
            Run::Handler(invoke) => self.invoke(params, output, |_, state, call| invoke(state, call)),
            Run::System(invoke) => self.invoke(params, output, |methods, _, call| invoke(methods, call)),
            Run::Loop(invoke) => self.invoke(params, output, |_, _, call| invoke(call)),
            Run::Remote(remote) => self.delegate(remote, &params),
            Run::Multicall => self.multicall(request, output),
        }
    }

    /// Runs a function of this process. A panic becomes a fault.
    fn invoke(
        &mut self,
        params: Params<'_>,
        output: &mut Output,
        run: impl FnOnce(&Methods<S>, &mut S, Call<'_>) -> Outcome,
    ) -> Outcome {
        let mut deferred = None;
        let Dispatcher { methods, outbox, .. } = &mut *self.dispatcher;
        let call = Call { params, output, context: self.context, outbox, deferred: &mut deferred };
        let outcome = catch_unwind(AssertUnwindSafe(|| run(methods, self.state, call)));
        match (outcome, deferred) {
            // The handler has taken the reply. A panic has dropped it, which sends a fault, unless the handler had
            // stored it elsewhere.
            (_, Some(call_id)) => Ok(Completion::Deferred(call_id)),
            (Ok(outcome), None) => outcome,
            (Err(_), None) => Err(Fault::internal("the handler panicked")),
        }
    }

    /// Sends a call to the worker that runs the method, unless its parameters are wrong.
    fn delegate(&mut self, remote: Remote, params: &Params<'_>) -> Outcome {
        params::check(remote.check, params)?;
        let call_id = self.dispatcher.outbox.issue();
        let call = OutgoingCall {
            callee: Callee::Known { worker: remote.worker, method: remote.method },
            params: Ok(params.text().unwrap_or_default().as_bytes().to_vec()),
            caller: self.context.caller().cloned(),
        };
        self.context.command(Command::Delegate(call, call_id));
        Ok(Completion::Deferred(call_id))
    }

    /// Makes the calls of a `system.multicall` in order, and appends the array of their outcomes.
    fn multicall(&mut self, request: Request<'_>, output: &mut Output) -> Outcome {
        let calls = multicall::calls(request.params, self.dispatcher.limits.batch)?;
        let start = output.mark();
        let key = self.dispatcher.multicalls.insert(Multicall::default());
        let mut holes = Vec::new();
        output.push("[");
        for (index, call) in calls.iter().enumerate() {
            if index > 0 {
                output.push(",");
            }
            let from = output.len();
            match multicall::understand(call) {
                Ok(entry) => {
                    let reply_to = ReplyTo::Element { multicall: key, hole: holes.len() };
                    let deferred = self.element(&entry, output, reply_to);
                    holes.extend(deferred.then_some(from - start.at));
                }
                Err(fault) => write_fault_struct(output, &fault),
            }
        }
        output.push("]");
        if holes.is_empty() {
            self.dispatcher.multicalls.remove(key);
            return Ok(Completion::Written);
        }
        let call_id = self.dispatcher.outbox.issue();
        self.dispatcher.multicalls[key] = Multicall::new(call_id, output.split_off(start), holes);
        Ok(Completion::Deferred(call_id))
    }

    /// Makes one of the calls and appends its outcome; returns whether the outcome comes later.
    fn element(&mut self, entry: &multicall::Entry<'_>, output: &mut Output, reply_to: ReplyTo) -> bool {
        let start = output.mark();
        output.push("[");
        let request = Request { method: &entry.method, params: entry.params() };
        match self.run(request, output, Some(reply_to)) {
            Ok(Completion::Written) => output.push("]"),
            Ok(Completion::Deferred(_)) => {
                output.rewind(start);
                return true;
            }
            Err(fault) => {
                output.rewind(start);
                write_fault_struct(output, &fault);
            }
        }
        false
    }
}
