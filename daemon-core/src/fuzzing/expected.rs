//! Which requests must be answered, determined slowly: from text to the ids of the replies, by other means than the
//! daemon's.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::kitchen::{BATCH, NESTING};

/// Returns the ids, as text, of the replies to a frame.
pub(super) fn ids(text: &str) -> Vec<&str> {
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Vec::new();
    }
    if serde_json::from_str::<IgnoredAny>(text).is_err() || depth(text) > NESTING {
        return vec!["null"];
    }
    match parts(text) {
        Parts::Members(_) => id_of(text).into_iter().collect(),
        Parts::Elements(calls) if (1..=BATCH).contains(&calls.len()) => {
            calls.iter().filter_map(|call| id_of(call.get())).collect()
        }
        Parts::Elements(_) | Parts::None => vec!["null"],
    }
}

/// The parts of a value.
enum Parts<'a> {
    Members(Vec<(Vec<u8>, &'a RawValue)>),
    Elements(Vec<&'a RawValue>),
    None,
}

fn parts(text: &str) -> Parts<'_> {
    if let Ok(Members(members)) = serde_json::from_str(text) {
        return Parts::Members(members);
    }
    serde_json::from_str(text).map_or(Parts::None, Parts::Elements)
}

fn depth(text: &str) -> usize {
    let deepest = |values: &mut dyn Iterator<Item = &RawValue>| {
        1 + values.map(|value| depth(value.get())).max().unwrap_or(0)
    };
    match parts(text) {
        Parts::Members(members) => deepest(&mut members.into_iter().map(|(_, value)| value)),
        Parts::Elements(values) => deepest(&mut values.into_iter()),
        Parts::None => 0,
    }
}

/// Returns the id of the reply to one request; a notification has none, and a response neither.
fn id_of(request: &str) -> Option<&str> {
    let Parts::Members(members) = parts(request) else {
        return Some("null");
    };
    let named = |name: &str| members.iter().filter(|(key, _)| key == name.as_bytes()).collect::<Vec<_>>();
    let value = |name: &str| named(name).last().map(|(_, value)| value.get());
    let string = |name: &str| value(name).and_then(|text| serde_json::from_str::<String>(text).ok());
    let twice = ["jsonrpc", "id", "method", "params"].into_iter().any(|name| named(name).len() > 1);
    let starts = |value: &str, with: &[char]| value.starts_with(with);
    let whole = !twice && string("jsonrpc").is_some_and(|version| version == "2.0");
    let good = whole
        && string("method").is_some()
        && value("params").is_none_or(|params| starts(params, &['[', '{']));
    let response = whole
        && value("method").is_none()
        && value("params").is_none()
        && named("result").len() + named("error").len() == 1;
    match value("id") {
        Some(_) if named("id").len() > 1 => Some("null"),
        Some(id) if starts(id, &['[', '{', 't', 'f']) => Some("null"),
        Some(_) if response => None,
        Some(id) => Some(id),
        None => (!good).then_some("null"),
    }
}

/// The members of an object in order, including duplicates. Their names need not be text.
struct Members<'a>(Vec<(Vec<u8>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

struct Name(Vec<u8>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Name, E> {
        Ok(Name(name.to_vec()))
    }
}
