//! JSON-RPC 2.0 by line: one line is one message.

use super::json::{self, Late};
use super::{Farewell, Rest, Step, http};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// The machine of a connection whose messages are lines.
pub(crate) struct Lines {
    /// How many of the bytes not finished with are known to contain no line end.
    seen: usize,
    is_inet: bool,
    /// Whether the peer sends nothing more: then the remaining bytes are a line, even without a line end.
    ended: bool,
    late: Late,
}

impl Lines {
    pub(super) fn new(is_inet: bool) -> Self {
        Lines { seen: 0, is_inet, ended: false, late: Late::default() }
    }

    pub(super) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        let limit = server.dispatcher.limits.frame;
        let (line, used) = match split(bytes, self.seen, limit) {
            Ok(Some(line)) => (line, line.len() + 1),
            Ok(None) if self.ended && !bytes.is_empty() => (bytes, bytes.len()),
            Ok(None) => {
                self.seen = bytes.len();
                return Step::more();
            }
            Err(TooLong) => {
                farewell(Farewell::Because(&format!("a frame is longer than {limit} bytes")), output);
                return Step::end(bytes);
            }
        };
        self.seen = 0;
        if http::is_request_line(line) {
            return http::refuse(bytes, output);
        }
        let start = output.len();
        json::serve(server, &mut self.late, line, output);
        end_line(start, output);
        // A web page may have sent it, followed by a line that is JSON.
        if self.is_inet && !may_be_json(line) { Step::end(bytes) } else { Step::served(used) }
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if self.seen < kept || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        let start = output.len();
        self.late.reply(call, outcome, output);
        end_line(start, output);
    }
}

/// Appends an item of a subscription, or its end.
pub(super) fn item(queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
    json::write_item(queue, next, output);
    output.push("\n");
}

/// Appends a message outside any call.
pub(super) fn farewell(why: Farewell<'_>, output: &mut Output) {
    let reason = match why {
        Farewell::Because(reason) => reason,
        Farewell::Unfinished => "the line has no end: a message is one line, with a line feed after it",
    };
    json::write_farewell(&Fault::transport(reason), output);
    output.push("\n");
}

/// Ends the line of a message written from `start` on, if there was one.
fn end_line(start: usize, output: &mut Output) {
    if output.len() > start {
        output.push("\n");
    }
}

/// A line that is longer than a message may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Returns the first line of `bytes`, without its line end; `None` if that has not arrived yet.
///
/// The first `seen` bytes are known to contain no line end, so a line that arrives in many pieces is searched only
/// once.
pub(crate) fn split(bytes: &[u8], seen: usize, limit: usize) -> Result<Option<&[u8]>, TooLong> {
    let seen = seen.min(bytes.len());
    let end = memchr::memchr(b'\n', &bytes[seen..]).map(|at| seen + at);
    match end {
        Some(end) if end > limit => Err(TooLong),
        Some(end) => Ok(Some(&bytes[..end])),
        None if bytes.len() > limit => Err(TooLong),
        None => Ok(None),
    }
}

/// Whether a line can be a message: an object, an array, or nothing. The parser decides whether it is one.
fn may_be_json(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_frame_whatever_follows() {
        assert_eq!(split(b"one\ntwo\n", 0, 100), Ok(Some(&b"one"[..])));
        assert_eq!(split(b"one", 0, 100), Ok(None));
        assert_eq!(split(b"", 0, 100), Ok(None));
        assert_eq!(split(b"one\n", 3, 100), Ok(Some(&b"one"[..])));
    }

    #[test]
    fn a_frame_may_have_limit_bytes_and_no_more() {
        assert_eq!(split(b"1234\n", 0, 4), Ok(Some(&b"1234"[..])));
        assert_eq!(split(b"12345\n", 0, 4), Err(TooLong));
        assert_eq!(split(b"12345", 0, 4), Err(TooLong));
        assert_eq!(split(b"1234", 0, 4), Ok(None));
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_frame() {
        let stream = b"{\"a\":\"b\"}\n";
        for have in 0..stream.len() {
            assert_eq!(split(&stream[..have], have.saturating_sub(1), 100), Ok(None));
        }
        assert_eq!(split(stream, stream.len() - 1, 100), Ok(Some(&b"{\"a\":\"b\"}"[..])));
    }

    #[test]
    fn a_message_starts_with_a_bracket() {
        assert!(may_be_json(b"") && may_be_json(b" \t[") && may_be_json(b"{"));
        assert!(!may_be_json(b"Host: x") && !may_be_json(b"GET / HTTP/1.1\r"));
    }
}
