//! JSON-RPC 2.0 in a stream of messages: one per line, or values one after the other, or with a NUL after each.

pub(crate) mod framing;

use self::framing::{Framing, TooLong};
use super::json::{self, Late};
use super::refuse::{self, Unspoken};
use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// The machine of a connection whose messages are lines or values.
pub(crate) struct Lines {
    framing: Framing,
    is_inet: bool,
    /// Whether the peer sends nothing more: then the remaining bytes are a message, even without an end.
    ended: bool,
    /// Whether the latest message lacks its separator, because it is unknown what the peer ends its messages with.
    is_open: bool,
    late: Late,
}

impl Lines {
    pub(super) fn new(is_inet: bool) -> Self {
        Lines { framing: Framing::default(), is_inet, ended: false, is_open: false, late: Late::default() }
    }

    pub(super) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        if bytes.is_empty() {
            return Step::more();
        }
        let limit = server.dispatcher.limits.frame;
        let frame = self.framing.next(bytes, limit, self.ended);
        self.close(output);
        let frame = match frame {
            Ok(Some(frame)) => frame,
            Ok(None) => return Step::more(),
            Err(TooLong) => {
                self.farewell(Farewell::Because(&format!("a frame is longer than {limit} bytes")), output);
                return Step::end(bytes);
            }
        };
        if refuse::is_request_line(frame.bytes) {
            return Unspoken::Http.refuse(bytes, output);
        }
        let start = output.len();
        let length = match frame.is_line {
            true => self.serve_line(frame.bytes, server, output),
            false => {
                json::serve(server, &mut self.late, frame.bytes, output);
                frame.bytes.len()
            }
        };
        self.finish(start, output);
        // A web page may have sent it, followed by a line that is JSON.
        if self.is_inet && !may_be_json(frame.bytes) {
            return Step::end(bytes);
        }
        Step::served(if length < frame.bytes.len() { length } else { frame.used })
    }

    /// Serves the first message of a line; returns how many bytes it has.
    fn serve_line<S>(&mut self, line: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> usize {
        if json::serve_usual(server, &mut self.late, line, output) {
            self.framing.end_line();
            return line.len();
        }
        let length = self.framing.first_message(line);
        match length == line.len() {
            true => json::serve_unusual(server, &mut self.late, line, output),
            false => json::serve(server, &mut self.late, &line[..length], output),
        }
        length
    }

    /// Records that the peer sends nothing more.
    pub(super) fn end(&mut self, output: &mut Output) {
        self.ended = true;
        if std::mem::take(&mut self.is_open) {
            output.push("\n");
        }
    }

    /// Whether the latest message lacks its separator.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Ends the latest message: the peer has sent nothing after its own for some time.
    pub(super) fn end_waiting(&mut self, output: &mut Output) {
        self.framing.end_waiting();
        self.close(output);
    }

    pub(super) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if self.framing.may_have_frame(kept) || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        let start = output.len();
        self.late.reply(call, outcome, output);
        self.finish(start, output);
    }

    /// Appends an item of a subscription, or its end.
    pub(super) fn item(&mut self, queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
        let start = output.len();
        json::write_item(queue, next, output);
        self.finish(start, output);
    }

    /// Appends a message outside any call.
    pub(super) fn farewell(&mut self, why: Farewell<'_>, output: &mut Output) {
        let reason = match why {
            Farewell::Because(reason) => reason,
            Farewell::Unfinished => {
                "the message has no end: it is a whole JSON value, or a line with a line feed after it"
            }
        };
        let start = output.len();
        json::write_farewell(&Fault::transport(reason), output);
        self.finish(start, output);
        if std::mem::take(&mut self.is_open) {
            output.push("\n");
        }
    }

    /// Ends the latest message as the peer ends its own, as soon as that is known.
    #[inline]
    fn close(&mut self, output: &mut Output) {
        if self.is_open
            && let Some(separator) = self.framing.separator()
        {
            output.push(separator.text());
            self.is_open = false;
        }
    }

    /// Ends the message written from `start` on, if there was one.
    #[inline]
    fn finish(&mut self, start: usize, output: &mut Output) {
        if output.len() == start {
            return;
        }
        if std::mem::take(&mut self.is_open) {
            output.insert(start, "\n");
        }
        match self.framing.separator() {
            Some(separator) => output.push(separator.text()),
            None if self.ended => output.push("\n"),
            None => self.is_open = true,
        }
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
    fn a_message_starts_with_a_bracket() {
        assert!(may_be_json(b"") && may_be_json(b" \t[") && may_be_json(b"{"));
        assert!(!may_be_json(b"Host: x") && !may_be_json(b"GET / HTTP/1.1\r"));
    }
}
