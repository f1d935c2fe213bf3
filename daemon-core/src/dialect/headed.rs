//! JSON-RPC 2.0 in messages with headers, as the base protocol of the Language Server Protocol (3.17) has them: lines,
//! one of them `Content-Length`, then an empty line, then so many bytes.

use super::json::{self, Late};
use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// The most bytes of headers before one message.
const HEAD: usize = 4096;
/// What a connection of this kind starts with, in any case.
const FIRST: [&[u8]; 2] = [b"content-length:", b"content-type:"];

/// The machine of a connection whose messages have headers.
#[derive(Default)]
pub(crate) struct Headed {
    /// How many bytes the next request has, as far as that is known.
    wanted: usize,
    ended: bool,
    late: Late,
}

/// The headers of a message.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    /// How many bytes they have, with the empty line.
    length: usize,
    /// How many bytes follow.
    body: usize,
}

/// Whether a stream starts with such a header; `None` if there are too few bytes to know.
pub(super) fn is_start(bytes: &[u8]) -> Option<bool> {
    let matches = |first: &&[u8]| {
        let length = first.len().min(bytes.len());
        first[..length].eq_ignore_ascii_case(&bytes[..length])
    };
    match FIRST.iter().find(|first| matches(first)) {
        None => Some(false),
        Some(first) if bytes.len() < first.len() => None,
        Some(_) => Some(true),
    }
}

impl Headed {
    pub(super) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        match self.message(bytes, server.dispatcher.limits.frame) {
            Ok(Some((message, used))) => {
                self.wanted = 0;
                self.write(output, |late, output| json::serve(server, late, message, output));
                Step::served(used)
            }
            Ok(None) => Step::more(),
            Err(reason) => {
                self.farewell(Farewell::Because(&reason), output);
                Step::end(bytes)
            }
        }
    }

    /// Returns the first message and how many bytes it takes with its headers; `None` if it is not complete.
    fn message<'a>(&mut self, bytes: &'a [u8], limit: usize) -> Result<Option<(&'a [u8], usize)>, String> {
        if bytes.len() < self.wanted && !self.ended {
            return Ok(None);
        }
        let head = match head(bytes)? {
            Some(Head { body, .. }) if body > limit => {
                return Err(format!("a message of {body} bytes is longer than the limit, {limit} bytes"));
            }
            head => head,
        };
        let total = head.as_ref().map_or(bytes.len() + 1, |head| head.length.saturating_add(head.body));
        match head.and_then(|head| bytes.get(head.length..total)) {
            Some(message) => Ok(Some((message, total))),
            None if self.ended && !bytes.is_empty() => {
                Err("the message ends before its last byte".to_owned())
            }
            None => {
                self.wanted = total;
                Ok(None)
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if kept >= self.wanted || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        self.write(output, |late, output| late.reply(call, outcome, output));
    }

    pub(super) fn item(&mut self, queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
        self.write(output, |_, output| json::write_item(queue, next, output));
    }

    pub(super) fn farewell(&mut self, why: Farewell<'_>, output: &mut Output) {
        let reason = match why {
            Farewell::Because(reason) => reason,
            Farewell::Unfinished => "the message is shorter than its `Content-Length`",
        };
        self.write(output, |_, output| json::write_farewell(&Fault::transport(reason), output));
    }

    /// Writes a message, and its headers before it.
    fn write(&mut self, output: &mut Output, write: impl FnOnce(&mut Late, &mut Output)) {
        let start = output.len();
        write(&mut self.late, output);
        let length = output.len() - start;
        if length > 0 {
            output.insert(start, &format!("Content-Length: {length}\r\n\r\n"));
        }
    }
}

/// Reads the headers; `None` if they are not complete.
fn head(bytes: &[u8]) -> Result<Option<Head>, String> {
    let (mut length, mut body) = (0, None);
    while let Some(line) = bytes[length..].split_inclusive(|byte| *byte == b'\n').next()
        && let Some(line) = line.strip_suffix(b"\n")
    {
        length += line.len() + 1;
        if length > HEAD {
            break;
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            let body = body.ok_or("a message needs the header `Content-Length`")?;
            return Ok(Some(Head { length, body }));
        }
        body = content_length(line)?.or(body);
    }
    match bytes.len() > HEAD || length > HEAD {
        true => Err(format!("the headers of a message have more than {HEAD} bytes")),
        false => Ok(None),
    }
}

/// Reads one header; returns its value if it is the length.
fn content_length(line: &[u8]) -> Result<Option<usize>, String> {
    let line = String::from_utf8_lossy(line);
    let Some((name, value)) = line.split_once(':') else {
        return Err("a header is a name, a colon and a value; an empty line ends them".to_owned());
    };
    if !name.eq_ignore_ascii_case("content-length") {
        return Ok(None);
    }
    let value = value.trim();
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(length) if digits => Ok(Some(length)),
        Ok(_) | Err(_) => Err("`Content-Length` must be a number of bytes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_end_with_an_empty_line() {
        let found = |length, body| Ok(Some(Head { length, body }));
        for (bytes, expected) in [
            ("", Ok(None)),
            ("Content-Length: 5\r\n", Ok(None)),
            ("Content-Length: 5\r\n\r", Ok(None)),
            ("Content-Length: 5\r\n\r\n", found(21, 5)),
            ("content-length:5\n\n{}", found(18, 5)),
            ("Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n", found(53, 2)),
            ("Content-Type: x\r\n\r\n", Err("a message needs the header `Content-Length`")),
            ("Content-Length: five\r\n", Err("`Content-Length` must be a number of bytes")),
            ("Content-Length: +5\r\n", Err("`Content-Length` must be a number of bytes")),
            ("Content-Length: 99999999999999999999\r\n", Err("`Content-Length` must be a number of bytes")),
            ("hello\r\n", Err("a header is a name, a colon and a value; an empty line ends them")),
        ] {
            assert_eq!(head(bytes.as_bytes()), expected.map_err(str::to_owned), "{bytes:?}");
        }
        let long = format!("Content-Type: {}", "x".repeat(HEAD));
        assert!(head(long.as_bytes()).is_err_and(|error| error.contains("4096")));
    }

    #[test]
    fn a_connection_of_this_kind_is_known_by_its_first_header() {
        for (bytes, expected) in [
            ("", None),
            ("C", None),
            ("content-le", None),
            ("CONNECT / HTTP/1.1\r\n", Some(false)),
            ("Content-Length:", Some(true)),
            ("content-type: x", Some(true)),
            ("Content\n", Some(false)),
            ("{", Some(false)),
        ] {
            assert_eq!(is_start(bytes.as_bytes()), expected, "{bytes:?}");
        }
    }
}
