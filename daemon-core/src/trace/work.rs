//! The call that a thread runs.
//!
//! What runs for a call finds its context here: a log line, a client, a closure that is sent to the loop. A call whose caller
//! has sent none gets one when it is first asked for.

use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

use tracing::{Level, Span, info_span, level_enabled};

use super::TraceContext;

/// The target of the spans of calls.
pub(crate) const TARGET: &str = "daemon_core::call";

thread_local! {
    /// The call that this thread runs.
    static RUNNING: Cell<Running> = const { Cell::new(Running { call: 0, is_known: false }) };
    /// The number of the latest call.
    static LATEST: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread runs the loop of a daemon.
    static IS_LOOP: Cell<bool> = const { Cell::new(false) };
    /// The calls within each other that this thread runs, as far as something is known about them.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// The call that a thread runs.
#[derive(Clone, Copy)]
struct Running {
    /// Its number; 0 is none.
    call: u64,
    /// Whether the latest row of [`KNOWN`] is about it.
    is_known: bool,
}

/// What is known about a call. Most calls need none of it, and cost two numbers.
struct Known {
    /// What its caller has sent.
    parent: Option<TraceContext>,
    own: Option<TraceContext>,
}

impl Known {
    fn name(&mut self) -> TraceContext {
        *self.own.get_or_insert_with(|| self.parent.map_or_else(TraceContext::root, TraceContext::child))
    }
}

/// Calls a function with what is known about the call that this thread runs.
fn known<T>(run: impl FnOnce(&mut Known) -> T) -> Option<T> {
    let running = RUNNING.get();
    if running.call == 0 {
        return None;
    }
    KNOWN.with_borrow_mut(|all| {
        if !running.is_known {
            RUNNING.set(Running { is_known: true, ..running });
            all.push(Known { parent: None, own: None });
        }
        all.last_mut().map(run)
    })
}

/// Returns the context of the call that this thread runs.
pub(crate) fn current() -> Option<TraceContext> {
    known(Known::name)
}

/// Returns what the caller of the call that this thread runs has sent.
fn parent() -> Option<TraceContext> {
    known(|known| known.parent)?
}

/// Replaces the context of the call that this thread runs.
fn replace(trace: TraceContext) {
    known(|known| known.own = Some(trace));
}

/// Whether this thread runs the loop of a daemon, which must not wait for anything but its poll.
pub(crate) fn is_loop() -> bool {
    IS_LOOP.get()
}

/// This thread runs the loop of a daemon, until this is dropped.
#[must_use = "it ends when it is dropped"]
pub(crate) struct OnLoop(());

impl OnLoop {
    pub(crate) fn enter() -> Self {
        IS_LOOP.set(true);
        OnLoop(())
    }
}

impl Drop for OnLoop {
    fn drop(&mut self) {
        IS_LOOP.set(false);
    }
}

/// This thread runs a call, until this is dropped.
#[must_use = "it ends when it is dropped"]
pub(crate) struct Entered {
    /// The call that it ran before.
    outer: Running,
}

impl Entered {
    #[inline]
    fn new(call: u64) -> Self {
        Entered { outer: RUNNING.replace(Running { call, is_known: false }) }
    }
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        if RUNNING.replace(self.outer).is_known {
            KNOWN.with_borrow_mut(Vec::pop);
        }
    }
}

/// Begins a call with what its caller has sent.
#[inline(always)]
pub(crate) fn begin(parent: Option<TraceContext>) -> Entered {
    LATEST.set(LATEST.get() + 1);
    let entered = Entered::new(LATEST.get());
    if parent.is_some() {
        known(|known| known.parent = parent);
    }
    entered
}

/// Goes on with a call, if that is what the context is of.
pub(crate) fn resume(trace: Option<TraceContext>) -> Entered {
    let Some(trace) = trace else { return Entered::new(0) };
    let entered = begin(None);
    replace(trace);
    entered
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
/// The chapter of the guide on running a daemon has an example with OpenTelemetry.
pub fn link_spans(link: Link) {
    let _ = LINK.set(link);
}

/// Creates the span of the call that this thread runs; `is_part` says whether it is a part of another one.
#[inline]
pub(crate) fn call_span(is_part: bool, method: &str) -> Span {
    // So that a call costs nothing if no subscriber wants spans of this level.
    match level_enabled!(Level::INFO) {
        true => enabled_span(is_part, method),
        false => Span::none(),
    }
}

fn enabled_span(is_part: bool, method: &str) -> Span {
    let span = info_span!(
        target: TARGET, parent: is_part.then(Span::current).and_then(|outer| outer.id()), "call",
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
