//! From the name of a method to its outcome: finds, admits, runs and counts calls.
//!
//! The dispatcher knows neither bytes nor connections. A [dialect](crate::dialect) asks the [`Server`] to make calls,
//! and writes their outcomes; calls that are not answered at once are rows of [`Calls`].

mod in_flight;
mod multicalls;
mod notes;
pub(crate) mod showing;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use slab::Slab;
use tracing::Span;

pub(crate) use self::showing::Wrong;
use super::call::{Call, Completion, Outbox, Outcome};
use super::calls::{CallInFlight, Calls};
use super::hooks::{AfterCall, Hooks};
use super::interfaces::Interfaces;
use super::methods::{Methods, Remote, Run};
use super::multicall::Multicall;
use super::output::{Output, Part};
use super::params::{self, Params, Rewritten};
use super::rate::Rates;
use super::subscription::ItemQueue;
use super::subscriptions::Subscriptions;
use crate::caller::ConnectionId;
use crate::context::{CallId, Callee, Command, Context, OnReply, OutgoingCall, ReplyTo};
use crate::credentials::{Credentials, Guesses};
use crate::fault::{Fault, code};
use crate::logs::Throttled;
use crate::settings::limits::Limits;
use crate::timers::after;
use crate::trace::{self, TraceContext, Traced};

/// The methods of a daemon, and their calls in flight.
pub(crate) struct Dispatcher<S: 'static> {
    pub(crate) methods: Methods<S>,
    pub(crate) interfaces: Interfaces,
    hooks: Hooks<S>,
    /// Outgoing calls that have ended, for the hooks.
    ended: Vec<AfterCall>,
    rates: Rates,
    /// What callers show is checked with these.
    pub(crate) credentials: Credentials,
    /// The callers that have shown what is wrong.
    pub(crate) guesses: Guesses,
    /// What the latest call has shown, if that was wrong, and the loop has not seen it yet.
    wrong: Option<Wrong>,
    /// Whether a call was refused because its caller has shown no token.
    token_needed: bool,
    /// The names that callers may have for this host, besides those of the loopback device.
    pub(crate) hosts: Vec<String>,
    /// Handlers that held the loop for long.
    pub(crate) slow: Throttled<String>,
    pub(crate) outbox: Outbox,
    pub(crate) calls: Calls,
    pub(crate) subscriptions: Subscriptions,
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
    /// The trace context of calls that bring none.
    pub(crate) trace: Option<TraceContext>,
    /// Whether the peer can receive the items of subscriptions.
    pub(crate) streams: bool,
}

/// One call, as a dialect understood it.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The JSON text of an array or object.
    pub(crate) params: Option<&'a str>,
    /// How long the caller waits for the reply, if it says.
    pub(crate) timeout: Option<Duration>,
    /// The trace context of the caller, if it has sent one.
    pub(crate) trace: Option<TraceContext>,
}

/// What comes from a handler after it has returned.
pub(crate) enum Outgoing {
    Reply(Reply),
    /// A subscription that has something to send.
    Items(Arc<ItemQueue>),
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
    pub(crate) fn new(
        methods: Methods<S>,
        hooks: Hooks<S>,
        outbox: Outbox,
        limits: Limits,
        clock: fn() -> Instant,
    ) -> Self {
        outbox.set_limits(&limits);
        Dispatcher {
            methods,
            interfaces: Interfaces::default(),
            hooks,
            ended: Vec::new(),
            rates: Rates::default(),
            credentials: Credentials::default(),
            guesses: Guesses::default(),
            wrong: None,
            token_needed: false,
            hosts: Vec::new(),
            slow: Throttled::default(),
            outbox,
            calls: Calls::default(),
            subscriptions: Subscriptions::default(),
            multicalls: Slab::new(),
            limits,
            clock,
            now: clock(),
        }
    }

    /// Sets the limits for the calls from now on.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.outbox.set_limits(&limits);
    }

    /// Sets the time at which the next call starts.
    pub(crate) fn wake(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// Returns when the last call ended, or when the turn began if that was later.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }
}

impl<S> Server<'_, S> {
    /// Makes one call of the peer. If its result is ready at once, it is appended to `output`; a late reply goes to the
    /// peer's connection.
    pub(crate) fn call(&mut self, request: Request<'_>, output: &mut Output) -> Outcome {
        let connection = self.context.caller().map(|caller| caller.connection);
        self.context.set_deadline(request.timeout.map(|timeout| after(self.dispatcher.now, timeout)));
        let _entered = trace::begin(request.trace.or(self.trace));
        self.run(request, output, connection.map(ReplyTo::Connection))
    }

    /// Returns how many subscriptions the peer has on this connection.
    pub(crate) fn subscriptions(&mut self) -> usize {
        let connection = self.context.caller().map(|caller| caller.connection);
        connection.map_or(0, |connection| self.dispatcher.subscriptions.count(connection))
    }

    /// Ends a subscription of the peer, and drops what waits.
    pub(crate) fn end_subscription(&mut self, id: CallId) {
        if let Some(connection) = self.context.caller().map(|caller| caller.connection) {
            self.dispatcher.subscriptions.unsubscribe(connection, id);
        }
    }

    /// Cancels a call in flight, after the current one.
    pub(crate) fn cancel(&mut self, call: CallId) {
        self.context.command(Command::CancelCall(call));
    }

    /// Makes one call. If it is not answered at once, it becomes a row of the calls in flight.
    fn run(&mut self, request: Request<'_>, output: &mut Output, reply_to: Option<ReplyTo>) -> Outcome {
        let started = self.dispatcher.now;
        let start = output.mark();
        let method = self.dispatcher.methods.find(request.method);
        let commands = self.context.command_count();
        let is_part = matches!(reply_to, Some(ReplyTo::Element { .. }));
        // A part of a multicall is a span below that of the multicall.
        let _entered = is_part.then(|| trace::begin(trace::current()));
        let span = trace::call_span(is_part, request.method);
        let outcome = match method {
            Some(index) => self.admitted(index, request, &span, output),
            None => self.check_shown().and_then(|()| Err(Fault::method_not_found(request.method))),
        };
        if outcome.is_err() {
            output.rewind(start);
        }
        let caller = self.context.caller();
        self.dispatcher.now = (self.dispatcher.clock)();
        let took = self.dispatcher.now.saturating_duration_since(started);
        self.dispatcher.note_slow(method, took, caller);
        match (&outcome, reply_to) {
            (Ok(Completion::Deferred(call)), Some(reply_to)) => {
                self.keep(*call, (method, request.timeout), reply_to, started, span);
            }
            (outcome, _) => {
                let fault = outcome.as_ref().err();
                if let Some(fault) = fault {
                    self.dispatcher.token_needed |= fault.code() == code::TOKEN_NEEDED;
                }
                let call = (method, request.method);
                if let Some(ended) = self.dispatcher.observe(call, caller, took, &span, fault) {
                    self.dispatcher.after(&ended, self.state, self.context);
                }
                self.context.forget_deadline(commands);
            }
        }
        outcome
    }

    /// Makes a call a row of those in flight. `timeout` is how long its caller waits.
    #[cold]
    fn keep(
        &mut self,
        call: CallId,
        (method, timeout): (Option<usize>, Option<Duration>),
        reply_to: ReplyTo,
        started: Instant,
        span: Span,
    ) {
        let caller = self.context.caller().cloned();
        let waiting = self.dispatcher.outbox.waiting(call);
        let longest = method.and_then(|index| self.dispatcher.methods.entry(index).spec.timeout);
        let patience = timeout.into_iter().chain(longest).min();
        let (task, trace) = (None, Traced { context: trace::current(), span });
        let row = CallInFlight { reply_to, method, caller, started, task, waiting, patience, trace };
        self.dispatcher.calls.insert(call, row);
    }

    fn admitted(&mut self, index: usize, request: Request<'_>, span: &Span, output: &mut Output) -> Outcome {
        if !matches!(self.dispatcher.methods.entry(index).run, Run::Auth) {
            self.check_shown()?;
        }
        let entry = self.dispatcher.methods.entry(index);
        entry.access.admit(&entry.name, self.context.caller())?;
        if let Some(rate) = entry.spec.rate {
            let counted =
                self.dispatcher.rates.count(index, rate, self.context.caller(), self.dispatcher.now);
            counted.map_err(|wait| Fault::too_often(&entry.name, wait))?;
        }
        if entry.spec.items.is_some() {
            self.admit_subscription()?;
        }
        if !self.dispatcher.hooks.before.is_empty() {
            self.before(index)?;
        }
        let _entered = span.enter();
        let entry = self.dispatcher.methods.entry(index);
        let rewritten = Rewritten::new();
        let params = Params::new(request.params, entry.spec.params, &rewritten);
        if entry.takes_any() {
            params.check_exact()?;
        }
        match entry.run {
            Run::Handler(invoke) => self.invoke(index, params, output, |_, state, call| invoke(state, call)),
            Run::System(invoke) => {
                self.invoke(index, params, output, |methods, _, call| invoke(methods, call))
            }
            Run::Loop(invoke) => self.invoke(index, params, output, |_, _, call| invoke(call)),
            Run::Remote(remote) => self.delegate(remote, &params),
            Run::Multicall => self.multicall(request, output),
            Run::Cancel => {
                params.read::<(Value,)>()?;
                Ok(Completion::Cancels)
            }
            Run::Unsubscribe => self.unsubscribe(&params, output),
            Run::Auth => self.authenticate(&params, output),
            Run::DropRights => self.drop_rights(&params, output),
        }
    }

    /// Refuses a subscription of a peer that could not receive its items, or has as many as it may have.
    fn admit_subscription(&mut self) -> Result<(), Fault> {
        if !self.streams {
            return Err(Fault::transport(
                "the method sends items, which cannot be received this way; over HTTP, send `Accept: text/event-stream`",
            ));
        }
        let most = self.dispatcher.limits.subscriptions;
        let connection = self.context.caller().map(|caller| caller.connection);
        match connection.map(|connection| self.dispatcher.subscriptions.count(connection)) {
            Some(count) if count >= most => Err(Fault::transport(format!(
                "this connection has {count} subscriptions, which is the limit `subscriptions`; end one first"
            ))),
            Some(_) | None => Ok(()),
        }
    }

    /// Runs a function of this process. A panic becomes a fault.
    fn invoke(
        &mut self,
        index: usize,
        params: Params<'_>,
        output: &mut Output,
        run: impl FnOnce(&Methods<S>, &mut S, Call<'_>) -> Outcome,
    ) -> Outcome {
        let (mut deferred, mut subscribed) = (None, None);
        let Dispatcher { methods, outbox, subscriptions, .. } = &mut *self.dispatcher;
        let call = Call {
            params,
            output,
            context: self.context,
            outbox,
            deferred: &mut deferred,
            method: &methods.entry(index).name,
            subscribed: &mut subscribed,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| run(methods, self.state, call)));
        if let Some(queue) = subscribed {
            match outcome {
                Ok(Ok(_)) => subscriptions.insert(queue),
                // The caller gets a fault, and no items.
                Ok(Err(_)) | Err(_) => queue.close(),
            }
        }
        match (outcome, deferred) {
            // The handler has taken the reply. A panic has dropped it, which sends a fault, unless the handler had
            // stored it elsewhere.
            (_, Some(call_id)) => Ok(Completion::Deferred(call_id)),
            (Ok(outcome), None) => outcome,
            (Err(_), None) => Err(Fault::internal("the handler panicked")),
        }
    }

    /// Ends a subscription of the caller at once: no item comes after the reply.
    fn unsubscribe(&mut self, params: &Params<'_>, output: &mut Output) -> Outcome {
        let (id,) = params.read::<(u64,)>()?;
        let connection = self.context.caller().map(|caller| caller.connection);
        let end = |connection| self.dispatcher.subscriptions.unsubscribe(connection, CallId(id));
        output.json(&connection.is_some_and(end))?;
        Ok(Completion::Written)
    }

    /// Sends a call to the worker that runs the method, unless its parameters are wrong.
    fn delegate(&mut self, remote: Remote, params: &Params<'_>) -> Outcome {
        params::check(remote.check, params)?;
        let call_id = self.dispatcher.outbox.issue();
        let call = OutgoingCall {
            callee: Callee::Known { worker: remote.worker, method: remote.method },
            params: Ok(params.text().unwrap_or_default().as_bytes().to_vec()),
            caller: self.context.caller().cloned(),
            deadline: self.context.deadline(),
            trace: trace::current(),
        };
        self.context.command(Command::Delegate(call, call_id));
        Ok(Completion::Deferred(call_id))
    }
}
