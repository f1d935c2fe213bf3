//! A length of time as people write it, for the wire and for the command line.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A length of time that is a text such as `30s` or `1h 30m` for callers: a parameter, a result, or a part of one.
///
/// serde writes a [`Duration`] as an object of seconds and nanoseconds, which nobody types. A `Span` derefs to the
/// `Duration` inside, and converts from one and to one.
///
/// ```
/// use std::time::Duration;
///
/// use daemon_core::Span;
///
/// let patience: Span = "1m 30s".parse().unwrap();
/// assert_eq!(patience.as_secs(), 90);
/// assert_eq!(Duration::from(patience), Duration::from_secs(90));
/// assert_eq!(Span::from(Duration::from_millis(250)).to_string(), "250ms");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(Duration);

impl Deref for Span {
    type Target = Duration;

    fn deref(&self) -> &Duration {
        &self.0
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Span(duration)
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        humantime::parse_duration(text).map(Span).map_err(NotASpan)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// A text that is not a length of time.
#[derive(Debug, Clone)]
pub struct NotASpan(humantime::DurationError);

impl fmt::Display for NotASpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; write a duration such as `30s` or `5min`", self.0)
    }
}

impl std::error::Error for NotASpan {}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"30s\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }
}

/// What a text looks like: numbers with units. `humantime` reads more names of units, and writes only these.
#[cfg(feature = "schema")]
const PATTERN: &str = concat!(
    "^[0-9]{1,9} ?(ns|us|ms|s|m|min|h|days?|weeks?|months?|years?)",
    "( ?[0-9]{1,9} ?(ns|us|ms|s|m|min|h|days?|weeks?|months?|years?))*$"
);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A length of time, such as `30s` or `1h 30m`",
            "pattern": PATTERN,
            "examples": ["30s", "1h 30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_text_on_the_wire() {
        let span: Span = serde_json::from_str("\"1h 30m\"").unwrap();
        assert_eq!(*span, Duration::from_secs(5400));
        assert_eq!(serde_json::to_string(&span).unwrap(), "\"1h 30m\"");
    }

    #[test]
    fn other_values_are_refused_with_an_example() {
        for text in ["30", "\"30\"", "\"soon\"", "{\"secs\":1,\"nanos\":0}"] {
            let error = serde_json::from_str::<Span>(text).unwrap_err().to_string();
            assert!(error.contains("such as"), "{error}");
        }
    }
}
