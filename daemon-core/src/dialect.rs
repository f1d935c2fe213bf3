//! The languages of connections: state machines between bytes and calls, without I/O.
//!
//! Each connection has one machine. It turns bytes into calls, and replies into bytes. Only the machine knows line
//! ends, lengths, headers and how a fault is written on the wire. The first bytes of a connection select its machine.

mod headed;
#[cfg(feature = "http")]
pub(crate) mod http;
#[cfg(not(feature = "http"))]
#[path = "without/http.rs"]
mod http;
mod refuse;
mod spoken;
pub(crate) mod json;
pub(crate) mod lines;
#[cfg(feature = "mcp")]
pub(crate) mod mcp;
#[cfg(not(feature = "mcp"))]
#[path = "without/mcp.rs"]
pub(crate) mod mcp;
#[cfg(feature = "varlink")]
mod varlink;
#[cfg(not(feature = "varlink"))]
#[path = "without/varlink.rs"]
mod varlink;
#[cfg(feature = "xml")]
pub(crate) mod xml;
#[cfg(not(feature = "xml"))]
#[path = "without/xml.rs"]
pub(crate) mod xml;

use self::headed::Headed;
use self::http::Http;
use self::lines::Lines;
use self::mcp::Messages;
use self::refuse::Unspoken;
pub use self::spoken::Dialects;
use self::varlink::{Glance, Varlink};
use self::xml::Documents;
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// What a peer learns whose protocol has no place for a token.
const NO_TOKEN: &str = "this socket serves only callers with a token, which cannot be shown here; JSON-RPC and HTTP have a place for it";

/// The machine of a connection.
pub(crate) enum Dialect {
    /// Unknown until the first bytes have arrived.
    Unknown {
        /// Whether the peer may be a web page: only its address is known.
        is_inet: bool,
        spoken: Dialects,
        /// What has been seen of the first message.
        glance: Glance,
    },
    /// JSON-RPC 2.0, one message after the other.
    Lines(Lines),
    /// The same, with headers before each message.
    Headed(Headed),
    Http(Box<Http>),
    /// The Model Context Protocol, one message a line.
    Mcp(Box<Messages>),
    /// One that is not spoken here.
    Refused(Unspoken),
    /// XML-RPC, one document after the other.
    Xml(Documents),
    Varlink(Varlink),
}

/// What a machine did with the bytes it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// How many of the bytes it has finished with.
    pub(crate) used: usize,
    pub(crate) next: Next,
}

/// What a machine needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It served a request, and continues with the bytes after it.
    Again,
    /// It needs more bytes, or a reply.
    More,
    /// It serves nothing more: the connection ends once everything written is sent.
    End,
}

/// What the bytes are that a machine has not finished with, including those that it keeps itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There are none.
    Nothing,
    /// The start of a request.
    Start,
    /// They may contain a whole request.
    Request,
    /// They are served once an earlier call has its reply.
    Waits,
}

impl Step {
    /// One request of `used` bytes was served.
    fn served(used: usize) -> Self {
        Step { used, next: Next::Again }
    }

    /// The bytes are the start of a request.
    fn more() -> Self {
        Step { used: 0, next: Next::More }
    }

    /// Nothing more is served, whatever these bytes are.
    fn end(bytes: &[u8]) -> Self {
        Step { used: bytes.len(), next: Next::End }
    }
}

/// Why a peer's connection ends, outside any call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Farewell<'a> {
    /// The reason, as a sentence.
    Because(&'a str),
    /// A request was not completed in time.
    Unfinished,
}

impl Dialect {
    /// Creates the machine of a new connection, to a socket with these dialects.
    pub(crate) fn new(is_inet: bool, spoken: Dialects) -> Self {
        Dialect::Unknown { is_inet, spoken, glance: Glance::default() }
    }

    /// Serves the first request in `bytes`, and appends its reply to `output`.
    ///
    /// `bytes` are all those that the machine has not finished with.
    pub(crate) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        match self {
            Dialect::Unknown { is_inet, spoken, glance } => {
                // White space is part of no message.
                let rest = after_blanks(bytes);
                let blanks = bytes.len() - rest.len();
                match sniff(rest, *is_inet, *spoken, glance, server.dispatcher.limits.frame) {
                    Some(dialect) => {
                        *self = dialect;
                        let step = self.input(rest, server, output);
                        Step { used: blanks + step.used, ..step }
                    }
                    None => Step { used: blanks, next: Next::More },
                }
            }
            Dialect::Lines(lines) => lines.input(bytes, server, output),
            Dialect::Headed(headed) => headed.input(bytes, server, output),
            Dialect::Xml(documents) => documents.input(bytes, server, output),
            Dialect::Http(http) => http.input(bytes, server, output),
            Dialect::Mcp(_) | Dialect::Varlink(_) if server.lacks_token() => {
                self.farewell(Farewell::Because(NO_TOKEN), output);
                Step::end(bytes)
            }
            Dialect::Mcp(messages) => messages.input(bytes, server, output),
            Dialect::Varlink(varlink) => varlink.input(bytes, server, output),
            Dialect::Refused(unspoken) => unspoken.refuse(bytes, output),
        }
    }

    /// Records that the peer sends nothing more after the `kept` bytes that the machine has not finished with.
    pub(crate) fn end(&mut self, kept: usize, output: &mut Output) {
        if kept > 0 {
            self.give_up();
        }
        match self {
            Dialect::Lines(lines) => lines.end(output),
            Dialect::Headed(headed) => headed.end(),
            Dialect::Xml(documents) => documents.end(),
            Dialect::Http(http) => http.end(),
            Dialect::Mcp(messages) => messages.end(),
            Dialect::Varlink(varlink) => varlink.end(),
            Dialect::Unknown { .. } | Dialect::Refused(_) => {}
        }
    }

    /// Returns what the `kept` bytes are, which it has not finished with.
    pub(crate) fn rest(&self, kept: usize) -> Rest {
        match self {
            Dialect::Lines(lines) => lines.rest(kept),
            Dialect::Headed(headed) => headed.rest(kept),
            Dialect::Xml(documents) => documents.rest(kept),
            Dialect::Http(http) => http.rest(kept),
            Dialect::Mcp(messages) => messages.rest(kept),
            Dialect::Varlink(varlink) => varlink.rest(kept),
            Dialect::Unknown { .. } | Dialect::Refused(_) if kept > 0 => Rest::Start,
            Dialect::Unknown { .. } | Dialect::Refused(_) => Rest::Nothing,
        }
    }

    /// Whether a peer that sends nothing more waits for no reply either.
    pub(crate) fn ends_with_peer(&self) -> bool {
        matches!(self, Dialect::Http(http) if http.ends_with_peer())
    }

    /// Whether the latest message has no end yet, because it is unknown how the peer ends its own.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Dialect::Unknown { spoken, glance, .. } => spoken.json && glance.is_open(),
            Dialect::Lines(lines) => lines.is_open(),
            _ => false,
        }
    }

    /// Ends the latest message: the peer has sent nothing after its own for some time.
    pub(crate) fn end_waiting(&mut self, output: &mut Output) {
        if self.is_open() {
            self.give_up();
        }
        if let Dialect::Lines(lines) = self {
            lines.end_waiting(output);
        }
    }

    /// Selects JSON-RPC if no other machine was recognised.
    fn give_up(&mut self) {
        if let Dialect::Unknown { is_inet, spoken: Dialects { json: true, .. }, .. } = self {
            *self = Dialect::Lines(Lines::new(*is_inet));
        }
    }

    /// Appends the reply to a call that was not answered at once. Appends nothing if the peer does not wait for one, or
    /// if the reply belongs to a batch that is not complete.
    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        match self {
            Dialect::Lines(lines) => lines.reply(call, outcome, output),
            Dialect::Headed(headed) => headed.reply(call, outcome, output),
            Dialect::Xml(documents) => documents.reply(call, outcome, output),
            Dialect::Http(http) => http.reply(call, outcome, output),
            Dialect::Mcp(messages) => messages.reply(call, outcome, output),
            Dialect::Varlink(varlink) => varlink.reply(call, outcome, output),
            Dialect::Unknown { .. } | Dialect::Refused(_) => {}
        }
    }

    /// Appends an item of a subscription, or its end.
    pub(crate) fn item(&mut self, queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
        match self {
            Dialect::Lines(lines) => lines.item(queue, next, output),
            Dialect::Headed(headed) => headed.item(queue, next, output),
            Dialect::Http(http) => http.item(queue, next, output),
            Dialect::Mcp(messages) => messages.item(queue, next, output),
            Dialect::Varlink(varlink) => varlink.item(queue, next, output),
            // A call that would subscribe is refused.
            Dialect::Xml(_) | Dialect::Unknown { .. } | Dialect::Refused(_) => {}
        }
    }

    /// Appends the last message to a peer.
    pub(crate) fn farewell(&mut self, why: Farewell<'_>, output: &mut Output) {
        match self {
            Dialect::Unknown { is_inet, .. } => Lines::new(*is_inet).farewell(why, output),
            Dialect::Lines(lines) => lines.farewell(why, output),
            Dialect::Headed(headed) => headed.farewell(why, output),
            Dialect::Xml(_) => xml::farewell(why, output),
            Dialect::Http(http) => http.farewell(why, output),
            Dialect::Mcp(messages) => messages.farewell(why, output),
            Dialect::Varlink(_) => varlink::farewell(why, output),
            Dialect::Refused(_) => {}
        }
    }
}

/// Returns what follows the white space that JSON and XML know.
fn after_blanks(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    &bytes[blanks..]
}

/// Selects the machine by these first bytes; `None` if there are too few.
fn sniff(
    bytes: &[u8],
    is_inet: bool,
    spoken: Dialects,
    glance: &mut Glance,
    limit: usize,
) -> Option<Dialect> {
    if bytes.is_empty() {
        return None;
    }
    if spoken.xml
        && let Some(documents) = xml::recognise(bytes)?
    {
        return Some(Dialect::Xml(documents));
    }
    if mcp::is_start(bytes)? {
        return Some(match spoken.mcp {
            true => Dialect::Mcp(Box::default()),
            false => Dialect::Refused(Unspoken::Mcp),
        });
    }
    if refuse::is_request(bytes, limit)? {
        let http = spoken.http.then(|| Http::open(is_inet, spoken)).flatten();
        return Some(http.map_or(Dialect::Refused(Unspoken::Http), |http| Dialect::Http(Box::new(http))));
    }
    if spoken.varlink
        && let Some(varlink) = varlink::recognise(glance, bytes, limit)?
    {
        return Some(Dialect::Varlink(varlink));
    }
    Some(match (headed::is_start(bytes)?, spoken.json) {
        (_, false) => Dialect::Refused(Unspoken::Json),
        (true, true) => Dialect::Headed(Headed::default()),
        (false, true) => Dialect::Lines(Lines::new(is_inet)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Dialects = Dialects { json: true, http: true, mcp: true, varlink: true, xml: true };

    fn machine(bytes: &str, spoken: Dialects) -> Option<&'static str> {
        Some(match sniff(bytes.as_bytes(), true, spoken, &mut Glance::default(), 1024)? {
            Dialect::Unknown { .. } => "unknown",
            Dialect::Lines(_) => "lines",
            Dialect::Headed(_) => "headed",
            Dialect::Xml(_) => "xml",
            Dialect::Http(_) => "http",
            Dialect::Mcp(_) => "mcp",
            Dialect::Varlink(_) => "varlink",
            Dialect::Refused(_) => "refused",
        })
    }

    #[test]
    fn the_first_bytes_decide_which_machine() {
        for (bytes, expected) in [
            ("", None),
            ("{\"jsonrpc\"", Some("lines")),
            ("{\n", Some("lines")),
            ("{\"method\":\"a\"}\0", Some("varlink")),
            ("{\"method\":\"a\"}\n", Some("lines")),
            ("{\"method\":\"a\",\"id\":1}", Some("lines")),
            ("[", Some("lines")),
            ("\n", Some("lines")),
            (" ", Some("lines")),
            ("hello", Some("lines")),
            ("\0", Some("lines")),
            ("GET", None),
            ("GET / HTTP/1.1\r", None),
            ("GET / HTTP/1.1\r\n", Some("http")),
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Some("http")),
            ("GET\n", Some("lines")),
            ("Content-Length: 5\r\n", Some("headed")),
            ("C", None),
            ("COPY / HTTP/1.1\r\n", Some("http")),
            ("HELO example.org\r\n", Some("lines")),
        ] {
            let expected = expected.map(|name| match name {
                "http" if !cfg!(feature = "http") => "refused",
                "varlink" if !cfg!(feature = "varlink") => "lines",
                name => name,
            });
            assert_eq!(machine(bytes, ALL), expected, "{bytes:?}");
            let refused = expected.map(|_| "refused");
            assert_eq!(machine(bytes, Dialects::NONE), refused, "{bytes:?}");
        }
        assert_eq!(machine(&"A".repeat(1024), ALL), Some("lines"), "no line end in sight");
    }
}
