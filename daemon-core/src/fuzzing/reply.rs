//! The reply to one frame, checked for its form.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

/// The bytes of the reply to one frame: nothing, or one line with a reply or an array of them.
#[derive(PartialEq, Eq)]
pub(super) struct Reply(String);

impl Reply {
    /// Checks the bytes; panics if they are not a reply of JSON-RPC 2.0.
    pub(super) fn check(bytes: Vec<u8>) -> Self {
        let Ok(text) = String::from_utf8(bytes) else { panic!("a reply that is not UTF-8") };
        let reply = Reply(text);
        if !reply.0.is_empty() {
            assert_eq!(reply.0.find('\n'), Some(reply.0.len() - 1), "not one line: {reply:?}");
            assert_ne!(reply.0, "[]\n");
            reply.parts().iter().for_each(|part| check(&members(part)));
        }
        reply
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the text of each reply.
    pub(super) fn parts(&self) -> Vec<&str> {
        match self.0.as_bytes().first() {
            None => Vec::new(),
            Some(b'[') => read::<Vec<&RawValue>>(&self.0).into_iter().map(RawValue::get).collect(),
            Some(_) => vec![self.0.trim_end()],
        }
    }

    /// Returns the id of each reply, as it is written.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.parts().iter().map(|part| members(part)["id"].get()).collect()
    }

    /// Returns the codes of the faults.
    pub(super) fn codes(&self) -> Vec<i32> {
        self.parts().iter().filter_map(|part| members(part).get("error").map(|error| code(error))).collect()
    }

    /// Whether it is a single fault without an id.
    pub(super) fn is_one_fault(&self) -> bool {
        !self.0.starts_with('[') && !self.codes().is_empty()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Members<'a> = BTreeMap<&'a str, &'a RawValue>;

fn members(reply: &str) -> Members<'_> {
    read(reply)
}

/// Checks section 5: the version, the id, and one of result and error; and section 5.1: the members of an error.
fn check(reply: &Members<'_>) {
    let names: Vec<&str> = reply.keys().copied().collect();
    assert!(names == ["error", "id", "jsonrpc"] || names == ["id", "jsonrpc", "result"], "{reply:?}");
    assert_eq!(reply["jsonrpc"].get(), "\"2.0\"", "{reply:?}");
    if let Some(error) = reply.get("error") {
        code(error);
        let members = members(error.get());
        read::<String>(members["message"].get());
        assert!(members.keys().all(|name| ["code", "message", "data"].contains(name)), "{reply:?}");
    }
}

fn code(error: &RawValue) -> i32 {
    read(members(error.get())["code"].get())
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in a reply: {text}"))
}
