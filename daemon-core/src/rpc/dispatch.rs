//! From the name of a method to its outcome: look up, admit, run, count.
//!
//! The dispatcher knows neither bytes nor connections. A dialect ([`json`](super::json)) parses requests, asks the
//! dispatcher, and writes what it gets back; answers that come later are kept track of in [`Owed`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tracing::debug;

use super::call::{Answer, Call, Outbox, Outcome, Settled};
use super::methods::{Away, Methods, Run};
use super::multicall;
use super::output::Output;
use super::owed::{Debt, Form, GroupId, Late, Owed, Target, Then};
use super::params::{self, Params, Rewritten};
use super::reply::write_fault_struct;
use crate::context::{Callee, Command, Context, Errand};
use crate::fault::Fault;
use crate::limits::Limits;

/// Runs the methods of a daemon.
pub(crate) struct Dispatcher<S: 'static> {
    pub(crate) methods: Methods<S>,
    pub(crate) outbox: Outbox,
    pub(crate) owed: Owed,
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

/// A call that has run, until its answer is written.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    method: Option<usize>,
    started: Instant,
}

impl<S> Dispatcher<S> {
    pub(crate) fn new(methods: Methods<S>, outbox: Outbox, limits: Limits, clock: fn() -> Instant) -> Self {
        Dispatcher { methods, outbox, owed: Owed::new(limits.output_hard), limits, clock, now: clock() }
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
        if !matches!(outcome, Ok(Answer::Deferred(_))) {
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
        entry.guard.admit(&entry.name, context.caller())?;
        let run = entry.run;
        if matches!(run, Run::Multicall) {
            return self.multicall(state, context, request, output);
        }
        let rewritten = Rewritten::new();
        let params = Params::new(request.params, entry.about.params, &rewritten);
        if entry.takes_any() {
            params.check_exact()?;
        }
        if let Run::Away(away) = run {
            return self.away(away, context, &params);
        }
        let mut deferred = None;
        let call = Call { params, output, context, outbox: &mut self.outbox, deferred: &mut deferred };
        let outcome = match run {
            Run::Handler(invoke) => catch_unwind(AssertUnwindSafe(|| invoke(state, call))),
            Run::System(answer) => Ok(answer(&self.methods, call)),
            Run::Loop(answer) => Ok(answer(call)),
            Run::Multicall | Run::Away(_) => Ok(Err(Fault::internal("this method has its own way"))),
        };
        match (outcome, deferred) {
            // Whoever took a reply answers with it: a panic drops it, unless it was put away before.
            (_, Some(ticket)) => Ok(Answer::Deferred(ticket)),
            (Ok(outcome), None) => outcome,
            (Err(_), None) => Err(Fault::internal("the handler panicked")),
        }
    }

    /// Sends a call to the worker that runs the method, unless its parameters are wrong.
    fn away(&mut self, away: Away, context: &mut Context, params: &Params<'_>) -> Outcome {
        params::check(away.check, params)?;
        let ticket = self.outbox.issue(context);
        context.command(Command::Call(Errand {
            callee: Callee::Known { role: away.role, method: away.method },
            params: Ok(params.text().unwrap_or_default().as_bytes().to_vec()),
            caller: context.caller().cloned(),
            settle: Some(self.outbox.settler(ticket)),
        }));
        Ok(Answer::Deferred(ticket))
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
        let group = self.owed.open(context.caller().map(|caller| caller.connection));
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
        let ticket = self.outbox.issue(context);
        let owed = self.owed.close(group, Then::Settle(ticket), || output.split_off(start));
        Ok(if owed { Answer::Deferred(ticket) } else { Answer::Written })
    }

    /// Makes one of the calls; an answer that comes late leaves a hole at this place of its group.
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
            Ok(Answer::Written) => output.push("]"),
            Err(fault) => {
                output.rewind(start);
                write_fault_struct(output, fault);
            }
            Ok(Answer::Deferred(_)) => {
                output.rewind(start);
                let target = self.owed.leave_hole(group, at);
                self.owe(&ran, context, Form::Element, target);
            }
        }
    }

    /// Remembers where a late answer goes.
    pub(crate) fn owe(&mut self, ran: &Ran, context: &Context, form: Form, target: Target) {
        if let Ok(Answer::Deferred(ticket)) = ran.outcome {
            let debt = Debt {
                form,
                target,
                method: ran.method,
                started: ran.started,
                caller: context.caller().cloned(),
            };
            self.owed.owe(ticket, debt);
        }
    }

    /// Answers every call that is still owed an answer with a fault, in the order in which they came.
    pub(crate) fn fail_all(&mut self, fault: impl Fn() -> Fault) {
        let mut tickets = self.owed.tickets();
        tickets.sort_unstable();
        for ticket in tickets {
            self.outbox.settle(Settled { ticket, outcome: Err(fault()) });
        }
    }

    /// Takes in the next answer that came late.
    pub(crate) fn settle(&mut self) -> Option<Late> {
        while let Some(Settled { ticket, outcome }) = self.outbox.collect() {
            // An answer to a connection that has gone has no debt any more.
            let Some(debt) = self.owed.debt(ticket) else { continue };
            let Some(connection) = ticket.connection() else { continue };
            let (method, started, caller) = (debt.method, debt.started, debt.caller.clone());
            let name = method.map_or("", |index| &self.methods.entry(index).name).to_owned();
            self.now = (self.clock)();
            self.tally(method, &name, caller.as_ref(), self.now - started, outcome.as_ref().err());
            return Some(Late { connection, frame: self.owed.settle(ticket, outcome) });
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
