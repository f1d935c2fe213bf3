//! XML-RPC: whatever bytes come, in whatever pieces, and whatever a call contains.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::kitchen::{ANSWER, Kitchen, NESTING};
use super::pieces;
use crate::dialect::xml::{Documents, decode, read, read_closely, write_result};
use crate::dialect::{Next, Rest};
use crate::rpc::output::Output;

/// Checks that a stream of documents gets the same responses in whatever pieces it comes, that these are well-formed
/// lines, and that what is read from a call is written as it was.
///
/// The first four bytes are the lengths of the pieces, in turn.
pub fn documents(data: &[u8]) {
    let Some((lengths, stream)) = data.split_first_chunk::<4>() else { return };
    let mut kitchen = Kitchen::new();
    let expected = answers(&mut kitchen, [stream].into_iter());
    assert_eq!(answers(&mut kitchen, pieces(stream, *lengths)), expected, "in pieces");
    assert_eq!(answers(&mut kitchen, stream.chunks(1)), expected, "one byte at a time");
    expected.lines().for_each(check_response);
    what_is_read_is_written_as_it_was(stream);
}

/// Serves a stream on a connection, as the event loop does, and returns all responses.
fn answers<'a>(kitchen: &mut Kitchen, pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let (mut machine, mut held, mut output) = (Documents::default(), Vec::new(), Output::new(ANSWER));
    for piece in pieces {
        held.extend_from_slice(piece);
        if serve(kitchen, &mut machine, &mut held, &mut output) == Next::End {
            return text(output);
        }
    }
    machine.end();
    let end = serve(kitchen, &mut machine, &mut held, &mut output);
    assert!(end == Next::End || held.is_empty(), "{} bytes are left", held.len());
    text(output)
}

/// Serves what is held, until more is needed. Late replies come at once.
fn serve(kitchen: &mut Kitchen, machine: &mut Documents, held: &mut Vec<u8>, output: &mut Output) -> Next {
    loop {
        let step = machine.input(held, &mut kitchen.server(), output);
        held.drain(..step.used);
        let late = kitchen.late_replies();
        let waited = !late.is_empty();
        for (call, outcome) in late {
            machine.reply(call, outcome, output);
        }
        assert_ne!(machine.rest(held.len()), Rest::Waits, "a response is missing");
        if step.next != Next::Again && !waited {
            return step.next;
        }
    }
}

fn text(mut output: Output) -> String {
    String::from_utf8(output.take()).unwrap_or_else(|error| panic!("a response that is not UTF-8: {error}"))
}

fn check_response(line: &str) {
    let mut reader = Reader::from_str(line);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}: {line}"),
        }
    }
    assert!(line.ends_with("</methodResponse>"), "{line}");
}

fn what_is_read_is_written_as_it_was(document: &[u8]) {
    let Ok(decoded) = decode(document) else { return };
    let closely = read_closely(&decoded, NESTING);
    let call = read(&decoded, NESTING);
    assert_eq!(call, closely, "the fast path reads something else");
    let Ok(call) = call else { return };
    let mut output = Output::new(usize::MAX);
    write_result(call.params.as_bytes(), &mut output);
    let written = text(output);
    let value = written.split_once("<param>").and_then(|(_, rest)| rest.rsplit_once("</param>"));
    let Some((value, _)) = value else { panic!("{}: {written}", call.params) };
    let again =
        format!("<methodCall><methodName>m</methodName><params><param>{value}</param></params></methodCall>");
    let decoded = decode(again.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {again}"));
    let again = read(&decoded, NESTING + 1).unwrap_or_else(|fault| panic!("{fault}: {again}"));
    assert_eq!(json(&again.params)[0], json(&call.params));
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
