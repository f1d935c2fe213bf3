//! The trace context of calls, after the W3C recommendation "Trace Context" (level 1).

#[cfg(daemon)]
mod work;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

#[cfg(daemon)]
pub use self::work::{Link, link_spans};
#[cfg(daemon)]
pub(crate) use self::work::{
    OnLoop, TARGET, Traced, begin, call_span, current, is_loop, record_fault, resume,
};

/// Which trace a call belongs to, and which span of it the call is.
///
/// Its text is that of the header `traceparent` (section 3.2): `00-<trace id>-<span id>-<flags>`, in hexadecimal digits.
///
/// ```
/// use daemon_core::TraceContext;
///
/// let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace: TraceContext = sent.parse().unwrap();
/// assert_eq!(trace.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
/// assert!(trace.is_sampled());
/// assert_eq!(trace.to_string(), sent);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

impl TraceContext {
    /// Returns a context of these ids; `None` if one of them is zero, which the recommendation forbids.
    pub fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        (trace_id != 0 && span_id != 0).then_some(TraceContext { trace_id, span_id, sampled })
    }

    /// Returns the first span of a new trace. Nobody records it, so it is not sampled.
    pub fn root() -> Self {
        TraceContext { trace_id: fastrand::u128(1..), span_id: fastrand::u64(1..), sampled: false }
    }

    /// Returns a new span of the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        TraceContext { span_id: fastrand::u64(1..), ..self }
    }

    /// The number of the trace, which all of its spans have in common.
    pub fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The number of the span.
    pub fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Whether the caller may have recorded the trace.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceContext { trace_id, span_id, sampled } = self;
        write!(f, "00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(*sampled))
    }
}

/// A text that is not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATrace;

impl fmt::Display for NotATrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a trace context, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`")
    }
}

impl std::error::Error for NotATrace {}

impl FromStr for TraceContext {
    type Err = NotATrace;

    /// Reads a `traceparent`. Of a later version, only the part that this one knows is read (section 4.3).
    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let mut fields = text.split('-');
        let mut field = |digits| fields.next().and_then(|field| hexadecimal(field, digits)).ok_or(NotATrace);
        let (version, trace_id, span_id, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        if version == 0xff || (version == 0 && fields.next().is_some()) {
            return Err(NotATrace);
        }
        let span_id = u64::try_from(span_id).map_err(|_| NotATrace)?;
        TraceContext::new(trace_id, span_id, flags & 1 == 1).ok_or(NotATrace)
    }
}

/// Reads a number of exactly so many lower-case digits.
fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_number = text.len() == digits && text.bytes().all(is_digit);
    is_number.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A program that is only a client runs no calls.
#[cfg(not(daemon))]
pub(crate) fn current() -> Option<TraceContext> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_is_the_text_of_a_traceparent() {
        let trace: TraceContext = SENT.parse().unwrap();
        assert_eq!(trace.to_string(), SENT);
        assert_eq!(TraceContext::new(trace.trace_id(), trace.span_id(), true), Some(trace));
        assert_eq!(trace.child().trace_id(), trace.trace_id());
        assert_ne!(trace.child().span_id(), trace.span_id());
        let root = TraceContext::root();
        assert_eq!(root.to_string().parse(), Ok(root));
    }

    #[test]
    fn other_texts_are_refused() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for text in [
            "".to_owned(),
            "00".to_owned(),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-1"),
            format!("00-{trace}-{span}-01-"),
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{trace}-{span}-0g"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-+{}-{span}-01", &trace[1..]),
            format!(" 00-{trace}-{span}-01"),
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(NotATrace), "{text:?}");
        }
    }

    #[test]
    fn a_later_version_and_unknown_flags_are_read_as_far_as_they_are_known() {
        let later = SENT.replace("00-4bf", "cc-4bf") + "-what the future brings";
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), SENT);
        let flags = SENT.replace("-01", "-0b");
        assert_eq!(flags.parse::<TraceContext>().unwrap().to_string(), SENT);
        assert!(!SENT.replace("-01", "-fe").parse::<TraceContext>().unwrap().is_sampled());
    }
}
