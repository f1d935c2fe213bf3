//! HTTP, as the daemon reads it and as `h11` does: thousands of streams by chance, of which both must read the same.
//!
//! What h11 has understood of a stream is written as plainly as can be, and sent to the daemon as well. Its answers to both
//! must be the same; they show the method, the target and the body. They differ if the daemon sees another end of a message.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use harness::{DEADLINE, Daemon, Piped, Random, python, skip};
use serde::Deserialize;

mod differences;
mod generate;

use differences::Difference;
use generate::Case;

const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const CASES: usize = 4000;

/// What h11 has understood of a stream.
#[derive(Debug, Deserialize)]
struct Understood {
    messages: Vec<Message>,
    end: End,
    /// Why the message after them is refused.
    reason: String,
}

/// A message, in texts with a character for each byte.
#[derive(Debug, Deserialize)]
struct Message {
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, String)>,
    body: String,
    has_trailers: bool,
}

/// What is after the messages.
#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum End {
    Whole,
    /// Part of a message.
    Cut,
    /// The last message ended the connection.
    Closed,
    Refused,
}

#[test]
fn another_reader_understands_the_same() {
    let Some(python) = python(&["h11"]) else { return skip("h11 (PyPI) is not here") };
    let mut random = Random::new(0x9112);
    let cases: Vec<Case> = (0..CASES).map(|_| generate::case(&mut random)).collect();
    let daemon = Daemon::start(TELLER, &[]);
    for (case, understood) in cases.iter().zip(read_by_h11(&python, &cases)) {
        let found = answers(&daemon, &case.bytes);
        let expected = answers(&daemon, &plainly(&understood));
        let difference = Difference { case, understood: &understood, found: &found, expected: &expected };
        assert!(difference.is_harmless(), "{difference:#?}");
    }
    daemon.finish();
}

/// Reads all streams by h11.
fn read_by_h11(python: &Path, cases: &[Case]) -> Vec<Understood> {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/read_http.py"));
    let mut reader = Piped::start(command);
    for case in cases {
        reader.say(&serde_json::to_string(&text(&case.bytes)).unwrap());
    }
    let finished = reader.finish();
    let understood: Vec<_> =
        finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(understood.len(), cases.len(), "{}", finished.stderr);
    understood
}

/// Writes the messages as plainly as can be. One with trailers is the last that the daemon reads.
fn plainly(understood: &Understood) -> Vec<u8> {
    let last = understood.messages.iter().position(|message| message.has_trailers);
    let count = last.map_or(understood.messages.len(), |last| last + 1);
    understood.messages[..count].iter().flat_map(plain_message).collect()
}

fn plain_message(message: &Message) -> Vec<u8> {
    let Message { method, target, version, headers, body, has_trailers } = message;
    let is_plain = |name: &str| !matches!(name, "content-length" | "transfer-encoding" | "expect");
    let headers = headers.iter().filter(|(name, _)| is_plain(name));
    let headers: String = headers.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (close, length) = (if *has_trailers { "Connection: close\r\n" } else { "" }, body.chars().count());
    let text =
        format!("{method} {target} HTTP/{version}\r\n{headers}{close}Content-Length: {length}\r\n\r\n{body}");
    text.chars().map(|char| char as u8).collect()
}

/// Returns the answers to a stream, without those that only say to continue, and without their dates.
fn answers(daemon: &Daemon, bytes: &[u8]) -> Vec<String> {
    let mut stream = UnixStream::connect(daemon.home().socket()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // It may be refused before it is complete. How it is cut makes no difference.
    let mut pieces = bytes.chunks(1 + bytes.len() / 3);
    let _ = pieces.try_for_each(|piece| stream.write_all(piece));
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    // What comes before a reset counts as well.
    let _ = stream.read_to_end(&mut received);
    split(&text(&received))
}

/// Splits what came where a status line starts: no body has one.
fn split(text: &str) -> Vec<String> {
    let mut starts: Vec<usize> =
        text.match_indices("HTTP/1.").map(|(at, _)| at).filter(|at| is_status_line(&text[*at..])).collect();
    starts.push(text.len());
    let answers = starts.windows(2).map(|pair| &text[pair[0]..pair[1]]);
    answers.filter(|answer| !answer.starts_with("HTTP/1.1 100 ")).map(without_date).collect()
}

fn is_status_line(text: &str) -> bool {
    let status = text.get(8..13).unwrap_or_default();
    status.starts_with(' ') && status.ends_with(' ') && status.trim().parse::<u16>().is_ok()
}

fn without_date(answer: &str) -> String {
    answer.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect()
}

/// Returns a text with a character for each byte.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
