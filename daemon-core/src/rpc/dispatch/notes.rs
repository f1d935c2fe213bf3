//! What is noted about a call: statistics, the log, and the daemon's own hooks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tracing::{Level, Span, debug, error, level_enabled};

use super::{Dispatcher, Server};
use crate::caller::Caller;
use crate::context::Context;
use crate::fault::Fault;
use crate::rpc::hooks::{AfterCall, BeforeCall};
use crate::trace;

impl<S> Dispatcher<S> {
    /// Whether late calls have ended that the hooks have not seen.
    pub(crate) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Takes the late calls that have ended, for the hooks.
    pub(crate) fn take_ended(&mut self) -> Vec<AfterCall> {
        std::mem::take(&mut self.ended)
    }

    /// Calls the daemon's hooks after a call.
    pub(crate) fn after(&self, call: &AfterCall, state: &mut S, context: &mut Context) {
        let _entered = trace::resume(call.trace);
        for hook in &self.hooks.after {
            let done = catch_unwind(AssertUnwindSafe(|| hook(state, call, context)));
            let failure = match done {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => format!("failed: {}", error.report()),
                Err(_) => "panicked".to_owned(),
            };
            error!("a hook after a call of `{}` {failure}", call.method);
        }
    }

    /// Remembers a handler that has held the loop for long, for the log.
    pub(super) fn note_slow(&mut self, method: Option<usize>, held: Duration, caller: Option<&Caller>) {
        if held > self.limits.slow {
            self.count_slow(method, held, caller);
        }
    }

    #[cold]
    fn count_slow(&mut self, method: Option<usize>, held: Duration, caller: Option<&Caller>) {
        if let Some(index) = method {
            let caller = caller.map_or_else(String::new, |caller| format!(", called by {caller}"));
            self.slow.count(format!("`{}`{caller}, took {held:?}", self.methods.entry(index).name));
        }
    }

    /// Counts a finished call, logs it, and returns it if a hook wants to see it. The name is for methods that are not in
    /// the table.
    #[inline(always)]
    pub(super) fn observe(
        &mut self,
        (method, name): (Option<usize>, &str),
        caller: Option<&Caller>,
        took: Duration,
        span: &Span,
        fault: Option<&Fault>,
    ) -> Option<AfterCall> {
        match method {
            Some(index) => self.methods.stats(index).record(took, fault.map(Fault::code)),
            None => self.methods.count_unknown(),
        }
        // The usual case.
        match fault.is_none() && self.hooks.after.is_empty() && !level_enabled!(Level::DEBUG) {
            true => None,
            false => self.report((method, name), caller, took, span, fault),
        }
    }

    #[cold]
    fn report(
        &self,
        (method, name): (Option<usize>, &str),
        caller: Option<&Caller>,
        took: Duration,
        span: &Span,
        fault: Option<&Fault>,
    ) -> Option<AfterCall> {
        let method = method.map_or(name, |index| &self.methods.entry(index).name);
        note(method, caller, took, span, fault);
        let ended = || AfterCall {
            method: method.into(),
            caller: caller.cloned(),
            duration: took,
            fault: fault.cloned(),
            trace: trace::current(),
        };
        (!self.hooks.after.is_empty()).then(ended)
    }
}

/// Logs a finished call, and records its fault.
fn note(method: &str, caller: Option<&Caller>, took: Duration, span: &Span, fault: Option<&Fault>) {
    match fault {
        None => debug!(method, caller = caller.map(tracing::field::display), ?took, "ok"),
        Some(fault) => {
            trace::record_fault(span, fault.code());
            debug!(method, caller = caller.map(tracing::field::display), ?took, %fault, "fault");
        }
    }
}

impl<S> Server<'_, S> {
    /// Calls the daemon's hooks before a call; the first fault is its reply.
    pub(super) fn before(&mut self, index: usize) -> Result<(), Fault> {
        let caller = self.context.caller().cloned();
        let call = BeforeCall { method: &self.dispatcher.methods.entry(index).name, caller };
        for hook in &self.dispatcher.hooks.before {
            let run = || hook(self.state, &call, self.context);
            catch_unwind(AssertUnwindSafe(run))
                .unwrap_or_else(|_| Err(Fault::internal("a hook panicked")))?;
        }
        Ok(())
    }
}
