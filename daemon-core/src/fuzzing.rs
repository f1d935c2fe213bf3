//! Properties that hold for any bytes: the fuzz targets in `fuzz/` check them, and so do the tests, with their seeds.
//!
//! Compiled only for these two. Sockets and deadlines are not here: the tests drive those from outside.
//!
//! # Panics
//!
//! A property that does not hold is a panic, which the fuzzer reports.

#![allow(clippy::panic, reason = "a property that does not hold is a panic")]

mod channel;
mod connections;
#[cfg(feature = "xml")]
mod documents;
mod expected;
mod kitchen;
mod reply;

use serde_json::value::RawValue;

pub use self::channel::channel;
pub use self::connections::connections;
#[cfg(feature = "xml")]
pub use self::documents::documents;
use self::kitchen::{ANSWER, Kitchen};
use self::reply::Reply;
use crate::code;
use crate::dialect::json::envelope::glance;
use crate::dialect::json::request::Members;
use crate::dialect::lines::framing::{Framing, TooLong};

/// The result of splitting a stream: its messages, and how many bytes wait for the end of the next one.
#[derive(Debug, PartialEq, Eq)]
struct Messages {
    messages: Vec<Vec<u8>>,
    end: Result<usize, TooLong>,
}

/// Checks that the messages of a stream are the same whatever pieces it is cut into, that no byte of it is lost, and
/// that they are its lines if it contains neither an array nor an object.
///
/// The first byte is the limit of a message; the next four are the lengths of the pieces, in turn.
pub fn frames(data: &[u8]) {
    let Some(([limit, lengths @ ..], stream)) = data.split_first_chunk::<5>() else {
        return;
    };
    let limit = usize::from(*limit);
    let expected = arrive([stream].into_iter(), limit);
    assert_eq!(arrive(pieces(stream, *lengths), limit), expected, "in pieces");
    assert_eq!(arrive(stream.chunks(1), limit), expected, "one byte at a time");
    if !stream.iter().any(|byte| matches!(byte, b'[' | b'{')) {
        assert_eq!(lines(stream, limit), expected, "as lines");
    }
}

/// Splits a stream into lines in the simplest way.
fn lines(mut stream: &[u8], limit: usize) -> Messages {
    let mut messages = Vec::new();
    loop {
        let end = stream.iter().position(|byte| *byte == b'\n');
        match end {
            _ if end.unwrap_or(stream.len()) > limit => return Messages { messages, end: Err(TooLong) },
            None => return Messages { messages, end: Ok(stream.len()) },
            Some(end) => {
                push(&mut messages, &stream[..end]);
                stream = &stream[end + 1..];
            }
        }
    }
}

/// Adds a message, unless it is blank: a value that ends before its line leaves a blank line.
fn push(messages: &mut Vec<Vec<u8>>, message: &[u8]) {
    let message = message.trim_ascii();
    if !message.is_empty() {
        messages.push(message.to_vec());
    }
}

/// Splits a stream as it comes, as the event loop does.
fn arrive<'a>(pieces: impl Iterator<Item = &'a [u8]>, limit: usize) -> Messages {
    let (mut framing, mut messages, mut held) = (Framing::default(), Vec::new(), Vec::new());
    for piece in pieces {
        held.extend_from_slice(piece);
        loop {
            let frame = match framing.next(&held, limit, false) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(TooLong) => return Messages { messages, end: Err(TooLong) },
            };
            let length = if frame.is_line { framing.first_message(frame.bytes) } else { frame.bytes.len() };
            let used = if length < frame.bytes.len() { length } else { frame.used };
            let between = &held[length..used];
            let is_lost = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
            assert!(!between.iter().any(is_lost), "lost: {between:?}");
            push(&mut messages, &frame.bytes[..length]);
            held.drain(..used);
        }
    }
    Messages { messages, end: Ok(held.len()) }
}

fn pieces(mut stream: &[u8], lengths: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    lengths.into_iter().cycle().map_while(move |length| {
        let length = usize::from(length).clamp(1, stream.len().max(1));
        stream.split_at_checked(length).map(|(piece, rest)| {
            stream = rest;
            piece
        })
    })
}

/// Checks that every frame gets the right reply, on each path that leads to one.
///
/// The lines of the input are served one after the other, by one daemon.
pub fn body(data: &[u8]) {
    let mut kitchen = Kitchen::new();
    for frame in data.split(|byte| *byte == b'\n') {
        let reply = kitchen.serve(frame);
        let Ok(text) = std::str::from_utf8(frame) else {
            assert_eq!(reply.codes(), [code::PARSE_ERROR], "{reply:?}");
            continue;
        };
        assert_eq!(reply.ids(), expected::ids(text), "{text}\n{reply:?}");
        a_glance_sees_what_the_parser_sees(text);
        a_glance_changes_no_reply(&mut kitchen, text, &reply);
        a_batch_is_answered_as_its_parts_are(&mut kitchen, text, &reply);
    }
}

fn a_glance_sees_what_the_parser_sees(text: &str) {
    let Some(envelope) = glance(text) else { return };
    // The fast path has only skipped the content of the parameters.
    let filled = envelope.params.map_or_else(|| text.to_owned(), |params| text_without(text, params));
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
        assert!(serde_json::from_str::<Members<'_>>(&filled).is_ok(), "{text}");
        return;
    };
    let Ok(checked) = members.check() else { panic!("glanced at, but no request: {text}") };
    let seen = (envelope.id, envelope.method, envelope.params);
    assert_eq!(seen, (checked.id, &*checked.method, checked.params), "{text}");
}

/// Returns the text with empty parameters; `params` is a part of `text`.
fn text_without(text: &str, params: &str) -> String {
    let start = params.as_ptr().addr() - text.as_ptr().addr();
    format!("{}[]{}", &text[..start], &text[start + params.len()..])
}

/// Checks that an unknown member, which disables the fast path, does not change the reply.
fn a_glance_changes_no_reply(kitchen: &mut Kitchen, text: &str, reply: &Reply) {
    if glance(text).is_none() {
        return;
    }
    let longer = text.replacen('{', "{\"of no concern\":0,", 1);
    assert_eq!(glance(&longer), None, "{longer}");
    let careful = kitchen.serve(longer.as_bytes());
    // A parse error names the column.
    let both_fail = careful.codes() == [code::PARSE_ERROR] && reply.codes() == [code::PARSE_ERROR];
    assert!(both_fail || *reply == careful, "{text}\n{reply:?}\n{careful:?}");
}

/// Checks that the replies to a batch are those that its requests get alone.
fn a_batch_is_answered_as_its_parts_are(kitchen: &mut Kitchen, text: &str, reply: &Reply) {
    let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(text) else { return };
    if reply.is_one_fault() || parts.iter().any(|part| !part.get().starts_with('{')) {
        return;
    }
    let alone: Vec<Reply> = parts.iter().map(|part| kitchen.serve(part.get().as_bytes())).collect();
    let together = alone.iter().map(Reply::len).sum::<usize>();
    // The replies of a batch share one limit, and a part of a text that was parsed is not a parse error.
    if together < ANSWER && !alone.iter().any(|reply| reply.codes() == [code::PARSE_ERROR]) {
        assert_eq!(reply.parts(), alone.iter().flat_map(Reply::parts).collect::<Vec<_>>(), "{text}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Runs every seed of a target: whole, and at every position cut short, with another byte, with a byte doubled.
    fn around_the_seeds(target: &str, property: fn(&[u8])) {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
        let mut count = 0;
        for entry in fs::read_dir(seeds).unwrap() {
            let mut seed = fs::read(entry.unwrap().path()).unwrap();
            count += 1;
            property(&seed);
            for at in 0..seed.len() {
                property(&seed[..at]);
                let byte = seed[at];
                // A different byte at every position, the same ones in every run.
                seed[at] = b"\"\\{}[],:0 \n\x00\xff"[at % 13];
                property(&seed);
                seed[at] = byte;
                seed.insert(at, byte);
                property(&seed);
                seed.remove(at);
            }
        }
        assert!(count > 20, "{count} seeds");
    }

    #[test]
    fn frames_are_the_lines_however_they_come() {
        around_the_seeds("frame", frames);
    }

    #[test]
    fn whatever_comes_is_answered_as_it_should_be() {
        around_the_seeds("body", body);
    }

    #[test]
    fn a_connection_is_answered_however_its_bytes_come() {
        around_the_seeds("connection", connections);
    }

    #[cfg(feature = "xml")]
    #[test]
    fn documents_are_answered_however_they_come() {
        around_the_seeds("document", documents);
    }

    #[test]
    fn whatever_a_worker_does_to_its_memory_the_daemon_stays_sound() {
        around_the_seeds("channel", channel);
    }
}
