//! From the name of a method to its outcome: look up, admit, run, count.
//!
//! The dispatcher knows neither bytes nor connections. A dialect ([`json`](super::json)) parses requests, asks the
//! dispatcher, and writes what it gets back; replies that come later are kept track of in [`PendingReplies`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tracing::debug;

use super::call::{Call, Completed, Completion, Outbox, Outcome};
use super::methods::{Methods, Remote, Run};
use super::multicall;
use super::output::Output;
use super::params::{self, Params, Rewritten};
use super::pending::{GroupId, LateReply, OnComplete, PendingReplies, PendingReply, ReplyForm, Target};
use super::reply::write_fault_struct;
use crate::context::{Callee, Command, Context, OutgoingCall};
use crate::fault::Fault;
use crate::limits::Limits;

/// Runs the methods of a daemon.
pub(crate) struct Dispatcher<S: 'static> {
    pub(crate) methods: Methods<S>,
    pub(crate) outbox: Outbox,
    pub(crate) pending: PendingReplies,
    pub(crate) limits: Limits,
    clock: fn() -> Instant,
    /// The end of the call before, which is the start of the next one.
    now: Instant,
}

/// One call, as a dialect understood it.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The JSON text of an array or object.
    pub(crate) params: Option<&'a str>,
}

/// A call that has run, until its reply is written.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    method: Option<usize>,
    started: Instant,
}

impl<S> Dispatcher<S> {
    pub(crate) fn new(methods: Methods<S>, outbox: Outbox, limits: Limits, clock: fn() -> Instant) -> Self {
        Dispatcher {
            methods,
            outbox,
            pending: PendingReplies::new(limits.output_hard),
            limits,
            clock,
            now: clock(),
        }
    }

    /// Says what time it is: what comes next starts now.
    pub(crate) fn wake(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// When the last call ended, or the last turn began.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Runs one call; its result, if it is there at once, is appended to `output`.
    pub(crate) fn call(
        &mut self,
        state: &mut S,
        context: &mut Context,
        request: Request<'_>,
        output: &mut Output,
    ) -> Ran {
        let started = self.now;
        let start = output.mark();
        let method = self.methods.find(request.method);
        let outcome = match method {
            Some(index) => self.admitted(index, state, context, request, output),
            None => Err(Fault::method_not_found(request.method)),
        };
        if outcome.is_err() {
            output.rewind(start);
        }
        if !matches!(outcome, Ok(Completion::Deferred(_))) {
            self.count(method, request.method, context, started, outcome.as_ref().err());
        }
        Ran { outcome, method, started }
    }

    fn admitted(
        &mut self,
        index: usize,
        state: &mut S,
        context: &mut Context,
        request: Request<'_>,
        output: &mut Output,
    ) -> Outcome {
        let entry = self.methods.entry(index);
        entry.access.admit(&entry.name, context.caller())?;
        let run = entry.run;
        if matches!(run, Run::Multicall) {
            return self.multicall(state, context, request, output);
        }
        let rewritten = Rewritten::new();
        let params = Params::new(request.params, entry.spec.params, &rewritten);
        if entry.takes_any() {
            params.check_exact()?;
        }
        if let Run::Remote(remote) = run {
            return self.remote(remote, context, &params);
        }
        let mut deferred = None;
        let call = Call { params, output, context, outbox: &mut self.outbox, deferred: &mut deferred };
        let outcome = match run {
            Run::Handler(invoke) => catch_unwind(AssertUnwindSafe(|| invoke(state, call))),
            Run::System(reply) => Ok(reply(&self.methods, call)),
            Run::Loop(reply) => Ok(reply(call)),
            Run::Multicall | Run::Remote(_) => Ok(Err(Fault::internal("this method has its own way"))),
        };
        match (outcome, deferred) {
            // Whoever took a reply answers with it: a panic drops it, unless it was put away before.
            (_, Some(call_id)) => Ok(Completion::Deferred(call_id)),
            (Ok(outcome), None) => outcome,
            (Err(_), None) => Err(Fault::internal("the handler panicked")),
        }
    }

    /// Sends a call to the worker that runs the method, unless its parameters are wrong.
    fn remote(&mut self, remote: Remote, context: &mut Context, params: &Params<'_>) -> Outcome {
        params::check(remote.check, params)?;
        let call_id = self.outbox.issue(context);
        context.command(Command::Call(OutgoingCall {
            callee: Callee::Known { worker: remote.worker, method: remote.method },
            params: Ok(params.text().unwrap_or_default().as_bytes().to_vec()),
            caller: context.caller().cloned(),
            on_reply: Some(self.outbox.on_reply(call_id)),
        }));
        Ok(Completion::Deferred(call_id))
    }

    /// Makes the calls of a `system.multicall` in order, and appends the array of what became of them.
    fn multicall(
        &mut self,
        state: &mut S,
        context: &mut Context,
        request: Request<'_>,
        output: &mut Output,
    ) -> Outcome {
        let calls = multicall::calls(request.params, self.limits.batch)?;
        let start = output.mark();
        let group = self.pending.open(context.caller().map(|caller| caller.connection));
        output.push("[");
        for (index, call) in calls.iter().enumerate() {
            if index > 0 {
                output.push(",");
            }
            let from = output.len();
            match multicall::understand(call) {
                Ok(entry) => self.element(state, context, &entry, output, (group, from - start.at)),
                Err(fault) => write_fault_struct(output, &fault),
            }
        }
        output.push("]");
        let call_id = self.outbox.issue(context);
        let pending = self.pending.close(group, OnComplete::OnReply(call_id), || output.split_off(start));
        Ok(if pending { Completion::Deferred(call_id) } else { Completion::Written })
    }

    /// Makes one of the calls; a reply that comes late leaves a hole at this place of its group.
    fn element(
        &mut self,
        state: &mut S,
        context: &mut Context,
        entry: &multicall::Entry<'_>,
        output: &mut Output,
        (group, at): (GroupId, usize),
    ) {
        let start = output.mark();
        output.push("[");
        let request = Request { method: &entry.method, params: entry.params() };
        let ran = self.call(state, context, request, output);
        match &ran.outcome {
            Ok(Completion::Written) => output.push("]"),
            Err(fault) => {
                output.rewind(start);
                write_fault_struct(output, fault);
            }
            Ok(Completion::Deferred(_)) => {
                output.rewind(start);
                let target = self.pending.leave_hole(group, at);
                self.defer_reply(&ran, context, ReplyForm::Element, target);
            }
        }
    }

    /// Remembers where a late reply goes.
    pub(crate) fn defer_reply(&mut self, ran: &Ran, context: &Context, form: ReplyForm, target: Target) {
        if let Ok(Completion::Deferred(call_id)) = ran.outcome {
            let pending_reply = PendingReply {
                form,
                target,
                method: ran.method,
                started: ran.started,
                caller: context.caller().cloned(),
            };
            self.pending.defer_reply(call_id, pending_reply);
        }
    }

    /// Fails every call without a reply, in the order in which they came.
    pub(crate) fn fail_all(&mut self, fault: impl Fn() -> Fault) {
        let mut call_ids = self.pending.call_ids();
        call_ids.sort_unstable();
        for call_id in call_ids {
            self.outbox.complete(Completed { call_id, outcome: Err(fault()) });
        }
    }

    /// Takes in the next answer that came late.
    pub(crate) fn complete(&mut self) -> Option<LateReply> {
        while let Some(Completed { call_id, outcome }) = self.outbox.collect() {
            // The connection has gone.
            let Some(pending_reply) = self.pending.pending_reply(call_id) else { continue };
            let Some(connection) = call_id.connection() else { continue };
            let (method, started, caller) =
                (pending_reply.method, pending_reply.started, pending_reply.caller.clone());
            let name = method.map_or("", |index| &self.methods.entry(index).name).to_owned();
            self.now = (self.clock)();
            self.tally(method, &name, caller.as_ref(), self.now - started, outcome.as_ref().err());
            return Some(LateReply { connection, frame: self.pending.complete(call_id, outcome) });
        }
        None
    }

    fn count(
        &mut self,
        method: Option<usize>,
        name: &str,
        context: &Context,
        started: Instant,
        fault: Option<&Fault>,
    ) {
        self.now = (self.clock)();
        let took = self.now.saturating_duration_since(started);
        self.tally(method, name, context.caller(), took, fault);
    }

    fn tally(
        &mut self,
        method: Option<usize>,
        name: &str,
        caller: Option<&crate::caller::Caller>,
        took: std::time::Duration,
        fault: Option<&Fault>,
    ) {
        match method {
            Some(index) => self.methods.stats(index).record(took, fault.is_none()),
            None => self.methods.count_unknown(),
        }
        match fault {
            None => debug!(method = name, caller = caller.map(tracing::field::display), ?took, "ok"),
            Some(fault) => {
                debug!(method = name, caller = caller.map(tracing::field::display), ?took, %fault, "fault");
            }
        }
    }
}
