//! The protocol on a bare connection, with the framing of its stdio transport: each line is a message.
//!
//! Its messages look like those of JSON-RPC, so a connection begins with a line of its own, [`GREETING`], and is answered by
//! the same one.

use memchr::memchr;

use super::{Late, serve};
use crate::context::CallId;
use crate::dialect::json::write_farewell;
use crate::dialect::{Farewell, Rest, Step};
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{ItemQueue, Next};

/// The line that such a connection begins with, in both directions.
pub(crate) const GREETING: &str = "MCP\n";

/// The machine of such a connection.
#[derive(Default)]
pub(crate) struct Messages {
    is_greeted: bool,
    /// How many of the bytes not finished with have no line end.
    seen: usize,
    /// Whether the peer sends nothing more.
    ended: bool,
    late: Late,
}

/// Whether a connection starts with the greeting; `None` if there are too few bytes to know.
pub(in crate::dialect) fn is_start(bytes: &[u8]) -> Option<bool> {
    let greeting = GREETING.as_bytes();
    match bytes.len() < greeting.len() && greeting.starts_with(bytes) {
        true => None,
        false => Some(bytes.starts_with(greeting)),
    }
}

impl Messages {
    pub(in crate::dialect) fn input<S>(
        &mut self,
        bytes: &[u8],
        server: &mut Server<'_, S>,
        output: &mut Output,
    ) -> Step {
        if !self.is_greeted {
            self.is_greeted = true;
            output.push(GREETING);
            return Step::served(GREETING.len());
        }
        let limit = server.dispatcher.limits.frame;
        let end = memchr(b'\n', bytes.get(self.seen..).unwrap_or_default()).map(|at| self.seen + at);
        let (line, used) = match end {
            _ if end.unwrap_or(bytes.len()) > limit => {
                self.farewell(Farewell::Because(&format!("a message is longer than {limit} bytes")), output);
                return Step::end(bytes);
            }
            Some(end) => (&bytes[..end], end + 1),
            None if self.ended && !bytes.is_empty() => (bytes, bytes.len()),
            None => {
                self.seen = bytes.len();
                return Step::more();
            }
        };
        self.seen = 0;
        self.write(output, |late, output| serve(server, late, line, output));
        Step::served(used)
    }

    pub(in crate::dialect) fn end(&mut self) {
        self.ended = true;
    }

    pub(in crate::dialect) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if self.seen < kept || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    pub(in crate::dialect) fn reply(
        &mut self,
        call: CallId,
        outcome: Result<Part, Fault>,
        output: &mut Output,
    ) {
        self.write(output, |late, output| late.reply(call, outcome, output));
    }

    pub(in crate::dialect) fn item(&mut self, queue: &ItemQueue, next: Next, output: &mut Output) {
        self.write(output, |late, output| late.item(queue, next, output));
        self.write(output, |late, output| late.gathered(queue, output));
    }

    pub(in crate::dialect) fn farewell(&mut self, why: Farewell<'_>, output: &mut Output) {
        let reason = match why {
            Farewell::Because(reason) => reason,
            Farewell::Unfinished => "the message has no end: it is a line, with a line feed after it",
        };
        self.write(output, |_, output| write_farewell(&Fault::transport(reason), output));
    }

    /// Writes a message, and ends its line.
    fn write(&mut self, output: &mut Output, write: impl FnOnce(&mut Late, &mut Output)) {
        let start = output.len();
        write(&mut self.late, output);
        if output.len() > start {
            output.push("\n");
        }
    }
}
