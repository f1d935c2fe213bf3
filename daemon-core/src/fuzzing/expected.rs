//! Who has to be answered, worked out at leisure: from text to the ids of the replies, by another way than the daemon's.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::kitchen::{BATCH, NESTING};

/// The ids, as text, of the replies to a frame; `None` if that is anyone's guess.
pub(super) fn ids(text: &str) -> Option<Vec<&str>> {
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Some(Vec::new());
    }
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Some(vec!["null"]);
    }
    // JSON by its grammar, with a number or a character that nobody can hold.
    let value: Value = serde_json::from_str(text).ok()?;
    match &value {
        _ if depth(&value) > NESTING => Some(vec!["null"]),
        Value::Object(_) => Some(id_of(text).into_iter().collect()),
        Value::Array(calls) if (1..=BATCH).contains(&calls.len()) => {
            let calls: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            Some(calls.iter().filter_map(|call| id_of(call.get())).collect())
        }
        _ => Some(vec!["null"]),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The id of the reply to one request; a notification has none.
fn id_of(request: &str) -> Option<&str> {
    let Ok(Members(members)) = serde_json::from_str(request) else {
        return Some("null");
    };
    let named = |name: &str| members.iter().filter(|(key, _)| key == name).collect::<Vec<_>>();
    let value = |name: &str| named(name).last().map(|(_, value)| value.get());
    let twice = ["jsonrpc", "id", "method", "params"].into_iter().any(|name| named(name).len() > 1);
    let starts = |value: &str, with: &[char]| value.starts_with(with);
    let version = value("jsonrpc").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let good = !twice
        && version.is_some_and(|version| version == "2.0")
        && value("method").is_some_and(|method| starts(method, &['"']))
        && value("params").is_none_or(|params| starts(params, &['[', '{']));
    match value("id") {
        Some(id) if starts(id, &['[', '{', 't', 'f']) => Some("null"),
        Some(id) => Some(id),
        None => (!good).then_some("null"),
    }
}

/// The members of an object in order, also those that are there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

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
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
