//! Whether a connection speaks varlink: known from its first message and the byte after it.
//!
//! JSON-RPC starts with the same bracket. A call of varlink has a method, none of the members that only JSON-RPC has, and
//! a NUL after it.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::dialect::lines::framing::{End, Value};

/// How nearly every connection of JSON-RPC starts: no need to look further.
const JSON_RPC: &[u8] = b"{\"jsonrpc\"";

/// The search for the end of the first message. How it is cut into reads makes no difference.
#[derive(Debug, Default)]
pub(crate) struct Glance {
    /// How many bytes have been searched, and what was found there.
    seen: usize,
    value: Value,
    /// The length of the message, if it is a call.
    call: Option<usize>,
    /// How many bytes after it are known to be blanks.
    blanks: usize,
}

/// The members that tell a call from a request of JSON-RPC.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, rename = "method")]
    _method: Cow<'a, str>,
    #[serde(default)]
    jsonrpc: Given,
    #[serde(default)]
    id: Given,
    #[serde(default)]
    params: Given,
}

/// Whether a member is there, with any value.
#[derive(Default)]
struct Given(bool);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Given(true))
    }
}

impl Glance {
    /// Returns whether a connection that starts with these bytes speaks varlink; `None` if that is not known yet.
    pub(super) fn recognises(&mut self, bytes: &[u8], limit: usize) -> Option<bool> {
        if !bytes.starts_with(b"{") || bytes.starts_with(JSON_RPC) {
            return Some(false);
        }
        let length = match self.call {
            Some(length) => length,
            None => match self.end(bytes, limit)? {
                Some(length) if is_call(&bytes[..length]) => *self.call.insert(length),
                Some(_) | None => return Some(false),
            },
        };
        // The limit may have become less meanwhile.
        let end = bytes.len().min(limit.saturating_add(1));
        let near = bytes.get(length + self.blanks..end).unwrap_or_default();
        match near.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            None if bytes.len() <= limit => {
                self.blanks += near.len();
                None
            }
            after => Some(after == Some(&0)),
        }
    }

    /// Returns the length of the first message, or that it has none of at most `limit` bytes; `None` if its end has not
    /// arrived.
    fn end(&mut self, bytes: &[u8], limit: usize) -> Option<Option<usize>> {
        match self.value.search(bytes, self.seen) {
            Some(End::Value(length)) => Some((length <= limit).then_some(length)),
            Some(End::Line(_)) => Some(None),
            None if bytes.len() > limit => Some(None),
            None => {
                self.seen = bytes.len();
                None
            }
        }
    }

    /// Whether the first message is a call, and nothing has followed it.
    pub(in crate::dialect) fn is_open(&self) -> bool {
        self.call.is_some()
    }
}

/// Whether a message is a call of varlink, and nothing that JSON-RPC knows.
fn is_call(message: &[u8]) -> bool {
    serde_json::from_slice::<Members<'_>>(message)
        .is_ok_and(|members| !members.jsonrpc.0 && !members.id.0 && !members.params.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of a stream that comes in pieces of this length.
    fn known(stream: &str, piece: usize) -> Option<bool> {
        let mut glance = Glance::default();
        let ends = (piece..stream.len()).step_by(piece).chain([stream.len()]);
        ends.map(|end| glance.recognises(&stream.as_bytes()[..end], 60)).find_map(|known| known)
    }

    #[test]
    fn a_call_of_varlink_has_a_nul_after_it_and_no_member_of_json_rpc() {
        for (stream, expected) in [
            ("{\"method\":\"a.b.C\"}\0", Some(true)),
            ("{\"method\":\"a.b.C\"} \r\0", Some(true)),
            ("{ \"parameters\":{\"x\":\"}\"},\"method\":\"a\\n\"}\0", Some(true)),
            ("{\"method\":\"a.b.C\"}", None),
            ("{\"method\":\"a.b.C\"} ", None),
            ("{\"method\":\"a.b.C\"", None),
            ("{\"method\":\"a.b.C\"}\n\0", Some(false)),
            ("{\"method\":\"a.b.C\"}{}\0", Some(false)),
            ("{\"method\":\n\"a.b.C\"}\0", Some(false)),
            ("{\"method\":\"a.b.C\",\"id\":1}", Some(false)),
            ("{\"method\":\"a.b.C\",\"id\":null}\0", Some(false)),
            ("{\"params\":[],\"method\":\"a.b.C\"}\0", Some(false)),
            ("{\"method\":\"a\",\"jsonrpc\":\"2.0\"}\0", Some(false)),
            ("{\"jsonrpc\":", Some(false)),
            ("{\"method\":1}\0", Some(false)),
            ("{\"method\":\"a\",\"method\":\"a\"}\0", Some(false)),
            ("{}\0", Some(false)),
            ("{]\0", Some(false)),
            ("[]\0", Some(false)),
        ] {
            for piece in [1, 2, 3, 100] {
                assert_eq!(known(stream, piece), expected, "{stream:?} by {piece}");
            }
        }
        let mut glance = Glance::default();
        let call = b"{\"method\":\"a.b.C\"}  ";
        assert_eq!(glance.recognises(call, 60), None);
        assert_eq!(glance.recognises(call, 5), Some(false), "the limit has become less");
        for long in [
            format!("{{\"method\":\"{}\"}}\0", "a".repeat(60)),
            format!("{{\"method\":\"a\"}}{}\0", " ".repeat(60)),
        ] {
            assert_eq!([known(&long, 1), known(&long, 100)], [Some(false); 2], "{long}");
        }
    }
}
