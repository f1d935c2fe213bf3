//! The call that a thread runs.
//!
//! What runs for a call finds its context here: a log line, a client, a closure that is sent to the loop. A call whose caller
//! has sent none gets one when it is first asked for.

use std::cell::Cell;
use std::sync::OnceLock;

use tracing::{Span, info_span, span};

use super::TraceContext;

/// The target of the spans of calls.
pub(crate) const TARGET: &str = "daemon_core::call";

/// What a thread runs.
#[derive(Clone, Copy)]
enum Work {
    /// No call.
    None,
    /// A call whose context nobody has asked for.
    Unnamed { parent: Option<TraceContext> },
    /// A call with its context.
    Named { trace: TraceContext, parent: Option<TraceContext> },
}

thread_local! {
    static WORK: Cell<Work> = const { Cell::new(Work::None) };
}

/// Returns the context of the call that this thread runs.
pub(crate) fn current() -> Option<TraceContext> {
    let (trace, parent) = match WORK.get() {
        Work::None => return None,
        Work::Named { trace, .. } => return Some(trace),
        Work::Unnamed { parent } => (parent.map_or_else(TraceContext::root, TraceContext::child), parent),
    };
    WORK.set(Work::Named { trace, parent });
    Some(trace)
}

/// Returns what the caller of the call that this thread runs has sent.
pub(crate) fn parent() -> Option<TraceContext> {
    match WORK.get() {
        Work::None => None,
        Work::Named { parent, .. } | Work::Unnamed { parent } => parent,
    }
}

/// Replaces the context of the call that this thread runs.
pub(crate) fn replace(trace: TraceContext) {
    match WORK.get() {
        Work::None => {}
        Work::Named { parent, .. } | Work::Unnamed { parent } => WORK.set(Work::Named { trace, parent }),
    }
}

/// This thread runs a call, until this is dropped.
#[must_use = "it ends when it is dropped"]
pub(crate) struct Entered(Work);

impl Drop for Entered {
    fn drop(&mut self) {
        WORK.set(self.0);
    }
}

/// Begins a call with what its caller has sent.
pub(crate) fn begin(parent: Option<TraceContext>) -> Entered {
    Entered(WORK.replace(Work::Unnamed { parent }))
}

/// Goes on with a call, if that is what the context is of.
pub(crate) fn resume(trace: Option<TraceContext>) -> Entered {
    let work = trace.map_or(Work::None, |trace| Work::Named { trace, parent: None });
    Entered(WORK.replace(work))
}

/// What is traced of a call in flight.
pub(crate) struct Traced {
    pub(crate) context: Option<TraceContext>,
    /// It ends with the call.
    pub(crate) span: Span,
}

impl Traced {
    /// Of a call that belongs to another one.
    pub(crate) const fn none() -> Self {
        Traced { context: None, span: Span::none() }
    }
}

/// A function that links the span of a call to the system that records spans; see [`link_spans`].
pub type Link = fn(&Span, Option<TraceContext>) -> Option<TraceContext>;

static LINK: OnceLock<Link> = OnceLock::new();

/// Sets what links the spans of calls to a system that records them, such as OpenTelemetry; call it once, before the daemon
/// starts.
///
/// Every call is a [`tracing`] span with the target `daemon_core::call`, in the daemon and in its workers. If a subscriber of
/// your program is interested in it, `link` is called with the span before the call runs, and with the context that the caller has
/// sent, which is the parent of the span. It may return the context that the system has given to the span: what the call
/// logs, and the calls that it makes, then belong to it.
///
/// The guide has an example with OpenTelemetry, in its chapter on logs.
pub fn link_spans(link: Link) {
    let _ = LINK.set(link);
}

/// Creates the span of the call that this thread runs. `outer` is that of the call which it is a part of.
pub(crate) fn call_span(outer: Option<span::Id>, method: &str) -> Span {
    let span = info_span!(
        target: TARGET, parent: outer, "call",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        rpc.system = "jsonrpc",
        rpc.method = method,
        rpc.jsonrpc.error_code = tracing::field::Empty,
        trace_id = current().map(|trace| format!("{:032x}", trace.trace_id())),
    );
    if !span.is_disabled()
        && let Some(link) = LINK.get()
        && let Some(trace) = link(&span, parent())
    {
        replace(trace);
    }
    span
}

/// Records in the span of a call that it has failed.
pub(crate) fn record_fault(span: &Span, code: i32) {
    span.record("otel.status_code", "ERROR");
    span.record("rpc.jsonrpc.error_code", code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_one_context_from_the_first_time_it_is_asked_for() {
        assert_eq!(current(), None);
        let sent: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        {
            let _entered = begin(Some(sent));
            let own = current().unwrap();
            assert_eq!((own.trace_id(), parent()), (sent.trace_id(), Some(sent)));
            assert_ne!(own.span_id(), sent.span_id());
            assert_eq!(current(), Some(own));
            {
                let _inner = begin(None);
                assert_ne!(current().unwrap().trace_id(), own.trace_id());
            }
            assert_eq!(current(), Some(own));
            {
                let _no_call = resume(None);
                assert_eq!(current(), None);
            }
        }
        assert_eq!((current(), parent()), (None, None));
    }
}
