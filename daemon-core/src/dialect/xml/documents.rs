//! XML-RPC on a bare connection: one document is one message, and each response is one line.
//!
//! Responses have no ids. So while one is due, the documents after it wait.

use super::extent::Extent;
use super::read::{BYTE_ORDER_MARK, NO_TYPES, malformed};
use super::{Form, Late, serve, write_fault};
use crate::context::CallId;
use crate::dialect::{Farewell, Next, Rest, Step, after_blanks};
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};

/// The machine of a connection whose messages are documents.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// The search for the end of the document that has begun.
    extent: Extent,
    /// How many of the bytes not finished with were searched.
    seen: usize,
    /// Whether the peer sends nothing more.
    ended: bool,
    late: Late,
}

impl Documents {
    pub(crate) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        if self.late.is_due() {
            return Step::more();
        }
        let rest = if self.seen == 0 { after_blanks(bytes) } else { bytes };
        let blank = bytes.len() - rest.len();
        if rest.is_empty() {
            return Step { used: blank, next: Next::More };
        }
        match self.length(rest, server.dispatcher.limits.frame) {
            Ok(Some(length)) => {
                (self.extent, self.seen) = (Extent::default(), 0);
                match serve(server, &mut self.late, &rest[..length], output) {
                    Form::WellFormed => Step::served(blank + length),
                    // Where the next document starts is unknown.
                    Form::Malformed => Step::end(bytes),
                }
            }
            Ok(None) => {
                self.seen = rest.len();
                Step { used: blank, next: Next::More }
            }
            Err(fault) => {
                write_fault(&fault, output);
                Step::end(bytes)
            }
        }
    }

    /// Returns the length of the first document; `None` if its end has not arrived.
    fn length(&mut self, bytes: &[u8], limit: usize) -> Result<Option<usize>, Fault> {
        if !may_be_document(bytes) {
            return Err(malformed(0, "text between documents; a document starts with `<`"));
        }
        match self.extent.find(&bytes[..bytes.len().min(limit)]) {
            Ok(None) if bytes.len() > limit => {
                Err(Fault::transport(format_args!("a document is longer than {limit} bytes")))
            }
            Ok(None) if self.ended => Err(malformed(bytes.len(), "the document has no end")),
            Ok(found) => Ok(found),
            Err(declaration) => Err(malformed(declaration.at, NO_TYPES)),
        }
    }

    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if self.late.is_due() => Rest::Waits,
            _ if self.seen < kept || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        self.late.reply(call, outcome, output);
    }
}

/// Appends a message outside any call.
pub(in crate::dialect) fn farewell(why: Farewell<'_>, output: &mut Output) {
    let reason = match why {
        Farewell::Because(reason) => reason,
        Farewell::Unfinished => {
            "the document has no end: a message is a document, up to the end tag of its root"
        }
    };
    write_fault(&Fault::transport(reason), output);
}

/// Whether bytes after white space can be those of a document.
fn may_be_document(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<") || bytes.starts_with(BYTE_ORDER_MARK) || BYTE_ORDER_MARK.starts_with(bytes)
}

/// Returns the machine if a connection starts with a document; `None` if that is not known yet.
pub(in crate::dialect) fn recognise(bytes: &[u8]) -> Option<Option<Documents>> {
    match bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) {
        [] => None,
        [b'<', ..] => Some(Some(Documents::default())),
        rest => (!BYTE_ORDER_MARK.starts_with(rest)).then_some(None),
    }
}
