//! Requests of JSON-RPC 2.0: what a frame says, checked against section 4 of the specification.
//!
//! No tree is built: a request borrows from its frame, and its parameters stay text until a handler's types are known.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope::{Envelope, glance};
use super::frame::nests_deeper;
use crate::fault::Fault;

/// The id of a reply to a request whose own is not known (section 5).
pub(crate) const NO_ID: &str = "null";

/// What a frame says.
pub(crate) enum Message<'a> {
    /// White space.
    Nothing,
    /// A request that a glance was enough for.
    Usual(Checked<'a>),
    Single(Members<'a>),
    Batch(Vec<&'a RawValue>),
}

pub(crate) fn parse(frame: &[u8], nesting: usize) -> Result<Message<'_>, Fault> {
    let text = std::str::from_utf8(frame)
        .map_err(|error| Fault::parse_error(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    if nests_deeper(frame, nesting) {
        return Err(Fault::invalid_request(format!("nested deeper than {nesting} levels")));
    }
    if let Some(Envelope { id, method, params }) = glance(text) {
        let method = Cow::Borrowed(method);
        return Ok(Message::Usual(Checked { id, method, params, unread: Some(text) }));
    }
    match text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first() {
        None => Ok(Message::Nothing),
        Some(b'{') => Ok(Message::Single(read(text)?)),
        Some(b'[') => Ok(Message::Batch(read(text)?)),
        Some(_) => {
            read::<IgnoredAny>(text)?;
            Err(Fault::invalid_request("a request is an object, a batch an array"))
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::parse_error(error.to_string()))
}

/// The members of a request object, unchecked (section 4).
#[derive(Default)]
pub(crate) struct Members<'a> {
    jsonrpc: Option<Word<'a>>,
    id: Option<&'a RawValue>,
    method: Option<Word<'a>>,
    params: Option<&'a RawValue>,
    twice: Option<&'static str>,
}

/// A value that should be a string: it, or something else.
enum Word<'a> {
    Text(Cow<'a, str>),
    Other,
}

/// A request object that has been checked.
pub(crate) struct Checked<'a> {
    /// The id as it came; a notification has none.
    pub(crate) id: Option<&'a str>,
    pub(crate) method: Cow<'a, str>,
    pub(crate) params: Option<&'a str>,
    /// The whole frame, if it is not known yet whether its inside is JSON.
    unread: Option<&'a str>,
}

/// A request that can't be called, and the id to tell it to.
pub(crate) struct Refused<'a> {
    pub(crate) id: &'a str,
    pub(crate) fault: Fault,
}

impl Checked<'_> {
    /// What is wrong with the JSON of a frame that has only been glanced at. A frame that is no JSON has no method and
    /// no id, so that is what its sender is told before anything else.
    pub(crate) fn mistake(&self) -> Option<Fault> {
        self.unread.and_then(|text| read::<IgnoredAny>(text).err())
    }
}

impl<'a> Members<'a> {
    /// Checks the members.
    pub(crate) fn check(self) -> Result<Checked<'a>, Refused<'a>> {
        let id = self.id()?;
        let refuse =
            |reason: &str| Err(Refused { id: id.unwrap_or(NO_ID), fault: Fault::invalid_request(reason) });
        if let Some(member) = self.twice {
            return refuse(&format!("`{member}` is given twice"));
        }
        if !matches!(&self.jsonrpc, Some(Word::Text(version)) if version == "2.0") {
            return refuse("`jsonrpc` must be \"2.0\"");
        }
        let Some(Word::Text(method)) = self.method else {
            return refuse("`method` must be a string");
        };
        let params = self.params.map(RawValue::get);
        if params.is_some_and(|params| !params.starts_with(['[', '{'])) {
            return refuse("`params` must be an array or an object, or be left out");
        }
        Ok(Checked { id, method, params, unread: None })
    }

    fn id(&self) -> Result<Option<&'a str>, Refused<'a>> {
        let id = self.id.map(RawValue::get);
        match id.map(|id| id.as_bytes()[0]) {
            None | Some(b'"' | b'-' | b'n' | b'0'..=b'9') => Ok(id),
            Some(_) => {
                let fault = Fault::invalid_request("`id` must be a string, a number or null");
                Err(Refused { id: NO_ID, fault })
            }
        }
    }
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
                Member::Other => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            members.twice = members.twice.or(twice);
        }
        Ok(members)
    }
}

enum Member {
    Jsonrpc,
    Id,
    Method,
    Params,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Member, E> {
        Ok(match name {
            "jsonrpc" => Member::Jsonrpc,
            "id" => Member::Id,
            "method" => Member::Method,
            "params" => Member::Params,
            _ => Member::Other,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

/// Takes any value, and keeps it if it is a string.
struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_unit<E>(self) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Word<'de>, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Word::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Word<'de>, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Word::Other)
    }
}
