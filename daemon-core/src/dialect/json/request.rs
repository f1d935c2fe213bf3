//! Requests of JSON-RPC 2.0: the content of a frame, checked against section 4 of the specification.
//!
//! No tree is built: a request borrows from its frame, and its parameters stay text until a handler's types are known.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope::{Envelope, glance};
use super::nesting::nests_deeper;
use crate::credentials::HAS_TOKENS;
use crate::fault::Fault;
use crate::trace::TraceContext;

/// The id in a reply to a request whose own id is unknown (section 5).
pub(crate) const NO_ID: &str = "null";

/// The content of a frame.
pub(crate) enum Message<'a> {
    /// Only white space.
    Nothing,
    Single(Members<'a>),
    Batch(Vec<&'a RawValue>),
}

/// Reads a frame that is a request of the usual shape, by the fast path.
#[inline]
pub(crate) fn usual(frame: &[u8], nesting: usize) -> Option<Checked<'_>> {
    let text = std::str::from_utf8(frame).ok()?;
    if nests_deeper(frame, nesting) {
        return None;
    }
    let Envelope { id, method, params, timeout, traceparent } = glance(text)?;
    let timeout = match timeout {
        Some(timeout) => Some(seconds(timeout)?),
        None => None,
    };
    let trace = traceparent.and_then(|text| text.parse().ok());
    Some(Checked { id, method: Cow::Borrowed(method), params, timeout, trace, unread: Some(text) })
}

/// Reads any frame.
pub(crate) fn parse(frame: &[u8], nesting: usize) -> Result<Message<'_>, Fault> {
    let text = checked(frame, nesting)?;
    match text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first() {
        None => Ok(Message::Nothing),
        Some(b'{') => {
            let members: Members<'_> = read(text)?;
            if members.doubtful {
                read::<IgnoredAny>(text)?;
            }
            Ok(Message::Single(members))
        }
        Some(b'[') => Ok(Message::Batch(read(text)?)),
        Some(_) => {
            read::<IgnoredAny>(text)?;
            Err(Fault::invalid_request("a request is an object, a batch an array"))
        }
    }
}

/// Returns the id of a single request that nothing else can be read from, such as one that is nested too deep.
#[cfg(feature = "mcp")]
pub(crate) fn known_id(frame: &[u8]) -> &str {
    let members = serde_json::from_slice::<Members<'_>>(frame).ok().filter(|members| !members.doubtful);
    members.and_then(|members| members.id().ok().flatten()).unwrap_or(NO_ID)
}

/// Reads bytes that are one value.
#[cfg(feature = "http")]
pub(crate) fn read_value(bytes: &[u8], nesting: usize) -> Result<&RawValue, Fault> {
    read(checked(bytes, nesting)?)
}

/// Checks that bytes are text, and how deep it is nested.
fn checked(bytes: &[u8], nesting: usize) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::parse_error(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    check_nesting(text, nesting)?;
    Ok(text)
}

/// Checks how deep JSON text is nested.
pub(crate) fn check_nesting(text: &str, nesting: usize) -> Result<(), Fault> {
    if nests_deeper(text.as_bytes(), nesting) {
        return Err(Fault::invalid_request(format!("nested deeper than {nesting} levels")));
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::parse_error(error.to_string()))
}

/// The members of a request object, unchecked (section 4). Their values stay text, so that any JSON is accepted.
#[derive(Default)]
pub(crate) struct Members<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    timeout: Option<&'a RawValue>,
    traceparent: Option<&'a RawValue>,
    auth: Option<&'a RawValue>,
    /// A member that is given twice; if several are, and the id is one of them, the id.
    twice: Option<&'static str>,
    /// How many of `result` and `error` are present.
    outcomes: usize,
    /// Whether a name contains a control character. Names are read as bytes, which accepts such a name although the
    /// text is not JSON.
    doubtful: bool,
}

/// A request object that has been checked.
pub(crate) struct Checked<'a> {
    /// The id as it was sent; a notification has none.
    pub(crate) id: Option<&'a str>,
    pub(crate) method: Cow<'a, str>,
    pub(crate) params: Option<&'a str>,
    /// How long the caller waits for the reply, if it says.
    pub(crate) timeout: Option<Duration>,
    /// The trace context of the caller, if it has sent one. One that cannot be read is ignored, as the recommendation
    /// asks (section 2.2.1 of its processing model).
    pub(crate) trace: Option<TraceContext>,
    /// The whole frame, if it is still unknown whether its content is JSON.
    unread: Option<&'a str>,
}

/// A request that cannot be called, and the id for the fault.
pub(crate) struct Refused<'a> {
    pub(crate) id: &'a str,
    pub(crate) fault: Fault,
}

impl Checked<'_> {
    /// Returns what is wrong with the JSON of a frame that only the fast path has read. A frame that is not JSON has no
    /// method and no id, so this fault takes precedence over any other.
    pub(crate) fn mistake(&self) -> Option<Fault> {
        self.unread.and_then(|text| read::<IgnoredAny>(text).err())
    }
}

impl<'a> Members<'a> {
    /// Whether it is a response (section 5). A fault in reply to one would get a response in turn.
    pub(crate) fn is_response(&self) -> bool {
        self.method.is_none()
            && self.params.is_none()
            && self.twice.is_none()
            && self.outcomes == 1
            && self.is_version_2()
            && matches!(self.id(), Ok(Some(_)))
    }

    /// Returns what the caller shows, if it does. What is no text is wrong in any case.
    pub(crate) fn token(&self) -> Option<Cow<'a, str>> {
        self.auth.map(|auth| text(auth).unwrap_or_default())
    }

    /// Checks the members.
    pub(crate) fn check(self) -> Result<Checked<'a>, Refused<'a>> {
        let id = self.id()?;
        let refuse =
            |reason: &str| Err(Refused { id: id.unwrap_or(NO_ID), fault: Fault::invalid_request(reason) });
        if let Some(member) = self.twice {
            return refuse(&format!("`{member}` is given twice"));
        }
        if !self.is_version_2() {
            return refuse("`jsonrpc` must be \"2.0\"");
        }
        let Some(method) = self.method.and_then(text) else {
            return refuse("`method` must be a string");
        };
        let params = self.params.map(RawValue::get);
        if params.is_some_and(|params| !params.starts_with(['[', '{'])) {
            return refuse("`params` must be an array or an object, or be left out");
        }
        let timeout = match self.timeout.map(|timeout| seconds(timeout.get())) {
            Some(None) => return refuse("`timeout` must be a number of seconds"),
            timeout => timeout.flatten(),
        };
        let trace = self.traceparent.and_then(text).and_then(|text| text.parse().ok());
        Ok(Checked { id, method, params, timeout, trace, unread: None })
    }

    fn is_version_2(&self) -> bool {
        self.jsonrpc.and_then(text).is_some_and(|version| version == "2.0")
    }

    /// The id as it was sent. If it is given twice, it is unknown.
    fn id(&self) -> Result<Option<&'a str>, Refused<'a>> {
        let id = self.id.map(RawValue::get);
        if self.twice == Some("id") {
            return Ok(None);
        }
        match id.map(|id| id.as_bytes()[0]) {
            None | Some(b'"' | b'-' | b'n' | b'0'..=b'9') => Ok(id),
            Some(_) => {
                let fault = Fault::invalid_request("`id` must be a string, a number or null");
                Err(Refused { id: NO_ID, fault })
            }
        }
    }
}

/// Reads a length of time; `None` if it is none.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = serde_json::from_str(text).ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Returns the text of a string; `None` for anything else, and for a string that is not text, such as half of a
/// surrogate pair.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let plain = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if !plain.contains('\\') {
        return Some(Cow::Borrowed(plain));
    }
    serde_json::from_str(value.get()).ok().map(Cow::Owned)
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(member) = map.next_key::<Member>()? {
            let twice = match member {
                Member::Jsonrpc => members.jsonrpc.replace(map.next_value()?).map(|_| "jsonrpc"),
                Member::Id => members.id.replace(map.next_value()?).map(|_| "id"),
                Member::Method => members.method.replace(map.next_value()?).map(|_| "method"),
                Member::Params => members.params.replace(map.next_value()?).map(|_| "params"),
                Member::Timeout => members.timeout.replace(map.next_value()?).map(|_| "timeout"),
                Member::Traceparent => members.traceparent.replace(map.next_value()?).map(|_| "traceparent"),
                Member::Auth if HAS_TOKENS => members.auth.replace(map.next_value()?).map(|_| "auth"),
                Member::Outcome => {
                    members.outcomes += 1;
                    map.next_value::<IgnoredAny>().map(|_| None)?
                }
                Member::Doubtful => {
                    members.doubtful = true;
                    map.next_value::<IgnoredAny>().map(|_| None)?
                }
                Member::Auth | Member::Other => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            members.twice = twice.filter(|member| *member == "id").or(members.twice).or(twice);
        }
        Ok(members)
    }
}

enum Member {
    Jsonrpc,
    Id,
    Method,
    Params,
    /// How long the caller waits, an extension of ours.
    Timeout,
    /// The trace context of the caller, an extension of ours.
    Traceparent,
    /// What the caller shows, an extension of ours.
    Auth,
    /// `result` or `error`, the members of a response.
    Outcome,
    /// A name with a control character in it.
    Doubtful,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Read as bytes: a name that is not text is an unknown member, and the object is still an object.
        deserializer.deserialize_bytes(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<Member, E> {
        Ok(match name {
            b"jsonrpc" => Member::Jsonrpc,
            b"id" => Member::Id,
            b"method" => Member::Method,
            b"params" => Member::Params,
            b"timeout" => Member::Timeout,
            b"traceparent" => Member::Traceparent,
            b"auth" => Member::Auth,
            b"result" | b"error" => Member::Outcome,
            _ if name.iter().any(|byte| *byte < b' ') => Member::Doubtful,
            _ => Member::Other,
        })
    }
}
