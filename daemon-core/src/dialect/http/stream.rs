//! A request whose answer is not complete: calls that reply later, and subscriptions.
//!
//! Items are server-sent events (HTML standard, section 9.2).

use hyper::StatusCode;
use serde::Deserialize;

use super::answer::{JSON, XML, empty, events, reply, texts, whole};
use super::codec::Answer;
use super::problem;
use super::rest::Form;
use crate::context::CallId;
use crate::dialect::json::{self, Late};
use crate::dialect::{mcp, xml};
use crate::fault::Fault;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{ItemQueue, Next};

/// A request whose answer is not complete.
pub(super) struct Later {
    kind: Kind,
    /// The answer, once it is there.
    answer: Option<Answer>,
    /// What has not been passed on of a streamed answer.
    stream: Vec<u8>,
    /// How many subscriptions have not ended.
    open: usize,
    /// Whether a text ends before it is complete.
    cut: bool,
}

enum Kind {
    /// A message of JSON-RPC.
    Message(Late),
    /// The same, whose answer is a stream of messages.
    Messages(Late),
    /// A document of XML-RPC.
    Document(xml::Late),
    /// A call by a route.
    Resource(CallId, Form),
    /// A call whose result is a text of this type.
    Text(CallId, &'static str),
    /// A call of a tool, whose answer may be a stream of messages.
    Tool { late: mcp::Late, streams: bool },
    /// The items of one subscription.
    Events(Ids),
    /// The items of one subscription, which are pieces of a text; `begun` says whether the answer has begun.
    Log { begun: bool },
}

/// What the events of a stream are numbered by.
pub(super) enum Ids {
    /// By how many items there were.
    Count(u64),
    /// By the member `id` of each item.
    Own,
}

impl Later {
    fn new(kind: Kind, open: usize) -> Self {
        Later { kind, answer: None, stream: Vec::new(), open, cut: false }
    }

    /// Waits for the reply to a message.
    pub(super) fn message(late: Late) -> Self {
        Later::new(Kind::Message(late), 0)
    }

    /// Waits for replies and items, and begins with the reply that is there.
    pub(super) fn messages(late: Late, reply: &Output, open: usize) -> Self {
        let mut later = Later::new(Kind::Messages(late), open);
        if !reply.is_empty() {
            event(&mut later.stream, &[("data", reply.bytes())]);
        }
        later
    }

    /// Waits for the response to a document.
    pub(super) fn document(late: xml::Late) -> Self {
        Later::new(Kind::Document(late), 0)
    }

    /// Waits for the outcome of a call by a route.
    pub(super) fn resource(call: CallId, form: Form) -> Self {
        Later::new(Kind::Resource(call, form), 0)
    }

    /// Waits for the result of a call, which is a text of this type.
    pub(super) fn text(call: CallId, content_type: &'static str) -> Self {
        Later::new(Kind::Text(call, content_type), 0)
    }

    /// Waits for the response of a tool; `streams` says whether notifications come before it.
    pub(super) fn tool(late: mcp::Late, streams: bool) -> Self {
        Later::new(Kind::Tool { late, streams }, 0)
    }

    /// Waits for the items of subscriptions.
    pub(super) fn events(open: usize, ids: Ids) -> Self {
        Later::new(Kind::Events(ids), open)
    }

    /// Waits for the pieces of a log. The answer begins with the first one: until then, it may be that there is no log.
    pub(super) fn log(open: usize) -> Self {
        Later::new(Kind::Log { begun: false }, open)
    }

    /// Whether the answer is only the beginning of a stream.
    pub(super) fn is_begun(&self) -> bool {
        matches!(self.kind, Kind::Log { begun: true })
    }

    /// Whether it waits for a tool: the protocol takes the end of the connection for a cancellation.
    pub(super) fn is_tool(&self) -> bool {
        matches!(self.kind, Kind::Tool { .. })
    }

    /// Returns the answer to begin with, if it is a stream.
    pub(super) fn head(&self) -> Option<Answer> {
        let streams =
            matches!(self.kind, Kind::Messages(_) | Kind::Tool { streams: true, .. } | Kind::Events(_));
        streams.then(events)
    }

    /// Takes the answer, once it is there.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        self.answer.take()
    }

    /// Takes what is new of a streamed answer.
    pub(super) fn take_stream(&mut self) -> Option<Vec<u8>> {
        (!self.stream.is_empty()).then(|| std::mem::take(&mut self.stream))
    }

    /// Whether a streamed answer is complete.
    pub(super) fn is_done(&self) -> bool {
        match &self.kind {
            Kind::Messages(late) => self.open == 0 && late.is_empty(),
            Kind::Events(_) | Kind::Log { begun: true } => self.open == 0,
            Kind::Tool { late, streams } => *streams && late.is_empty(),
            Kind::Message(_)
            | Kind::Document(_)
            | Kind::Resource(..)
            | Kind::Text(..)
            | Kind::Log { begun: false } => false,
        }
    }

    /// Whether the daemon has ended a streamed answer that has no other way to say so.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Adds the reply to a call.
    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, limit: usize) {
        match &mut self.kind {
            Kind::Message(late) => {
                let text = written(limit, |output| late.reply(call, outcome, output));
                if late.is_empty() {
                    let is_silent = text.is_empty();
                    self.answer =
                        Some(if is_silent { empty(StatusCode::NO_CONTENT) } else { reply(JSON, text) });
                }
            }
            Kind::Messages(late) => {
                let text = written(limit, |output| late.reply(call, outcome, output));
                if !text.is_empty() {
                    event(&mut self.stream, &[("data", &text)]);
                }
            }
            Kind::Document(late) => {
                let response = written(limit, |output| late.reply(call, outcome, output));
                // It may have been the end of a notification of an earlier request.
                if !late.is_due() {
                    self.answer = Some(reply(XML, response));
                }
            }
            // It may have been another call, whose peer does not wait for its reply.
            Kind::Resource(own, form) if *own == call => {
                self.answer = Some(form.answer(outcome.map(|part| part.bytes)));
            }
            Kind::Text(own, content_type) if *own == call => {
                self.answer = Some(text(content_type, outcome));
            }
            Kind::Tool { late, .. } => {
                let response = written(limit, |output| late.reply(call, outcome, output));
                self.respond(response);
            }
            Kind::Resource(..) | Kind::Text(..) | Kind::Events(_) | Kind::Log { .. } => {}
        }
    }

    /// Adds the response of a tool, if it has come.
    fn respond(&mut self, response: Vec<u8>) {
        match self.kind {
            _ if response.is_empty() => {}
            Kind::Tool { streams: true, .. } => event(&mut self.stream, &[("data", &response)]),
            _ => self.answer = Some(reply(JSON, response)),
        }
    }

    /// Adds an item of a subscription, or its end.
    pub(super) fn item(&mut self, queue: &ItemQueue, next: Next, limit: usize) {
        if matches!(next, Next::End(_)) {
            self.open = self.open.saturating_sub(1);
        }
        match &mut self.kind {
            Kind::Messages(_) => {
                let message = written(limit, |output| json::write_item(queue, next, output));
                event(&mut self.stream, &[("data", &message)]);
            }
            Kind::Tool { late, .. } => {
                let report = written(limit, |output| late.item(queue, next, output));
                let response = written(limit, |output| late.gathered(queue, output));
                if !report.is_empty() {
                    event(&mut self.stream, &[("data", &report)]);
                }
                self.respond(response);
            }
            Kind::Events(ids) => item(&mut self.stream, ids, or_cut(queue, next)),
            Kind::Log { begun } => match (next, *begun) {
                (Next::End(Err(fault)), false) => self.answer = Some(no_log(&fault)),
                (next, _) => {
                    self.cut = matches!(next, Next::End(_)) && queue.is_cut();
                    if !std::mem::replace(begun, true) {
                        self.answer = Some(texts());
                    }
                    piece(&mut self.stream, next);
                }
            },
            Kind::Message(_) | Kind::Document(_) | Kind::Resource(..) | Kind::Text(..) => {}
        }
    }
}

/// Answers with the text that is the result of a call.
fn text(content_type: &'static str, outcome: Result<Part, Fault>) -> Answer {
    let text = outcome.and_then(|part| {
        serde_json::from_slice::<String>(&part.bytes).map_err(|error| Fault::internal(error.to_string()))
    });
    match text {
        Ok(text) if text.ends_with('\n') => whole(StatusCode::OK, content_type, text.into_bytes()),
        Ok(text) => whole(StatusCode::OK, content_type, format!("{text}\n").into_bytes()),
        Err(fault) => problem::of_fault(&fault, &[]),
    }
}

/// Writes into an output of its own.
fn written(limit: usize, write: impl FnOnce(&mut Output)) -> Vec<u8> {
    let mut output = Output::new(limit);
    write(&mut output);
    output.take()
}

/// Answers that there is no such log.
fn no_log(fault: &Fault) -> Answer {
    problem::refuse(StatusCode::NOT_FOUND, fault.message())
}

/// Returns what is next; a fault for an end that the daemon has made.
fn or_cut(queue: &ItemQueue, next: Next) -> Next {
    match next {
        Next::End(Ok(())) if queue.is_cut() => {
            Next::End(Err(Fault::transport("the daemon has ended the subscription")))
        }
        next => next,
    }
}

/// Writes a piece of a text, and before it how many were missed.
fn piece(stream: &mut Vec<u8>, next: Next) {
    let Next::Item { json, missed } = next else { return };
    if missed > 0 {
        stream.extend_from_slice(format!("[{missed} lines are missing]\n").as_bytes());
    }
    let text = serde_json::from_slice::<String>(&json).unwrap_or_default();
    stream.extend_from_slice(text.as_bytes());
}

/// Writes an item as an event, and before it how many were missed.
fn item(stream: &mut Vec<u8>, ids: &mut Ids, next: Next) {
    match next {
        Next::Item { json, missed } => {
            if missed > 0 {
                event(stream, &[("event", b"missed"), ("data", missed.to_string().as_bytes())]);
            }
            let id = ids.next(&json, missed);
            event(stream, &[("id", id.to_string().as_bytes()), ("data", &json)]);
        }
        Next::End(Ok(())) => event(stream, &[("event", b"end"), ("data", b"")]),
        Next::End(Err(fault)) => {
            let fault = serde_json::to_vec(&fault).unwrap_or_default();
            event(stream, &[("event", b"end"), ("data", &fault)]);
        }
    }
}

impl Ids {
    /// Returns the number of an item, before which so many were missed.
    fn next(&mut self, json: &[u8], missed: u64) -> u64 {
        match self {
            Ids::Count(items) => {
                *items += missed + 1;
                *items
            }
            Ids::Own => serde_json::from_slice::<Numbered>(json).map_or(0, |item| item.id),
        }
    }
}

/// The number of an item.
#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

/// Writes an event of these fields. JSON has no line ends.
fn event(stream: &mut Vec<u8>, fields: &[(&str, &[u8])]) {
    for (name, value) in fields {
        stream.extend_from_slice(name.as_bytes());
        stream.extend_from_slice(b": ");
        stream.extend_from_slice(value);
        stream.push(b'\n');
    }
    stream.push(b'\n');
}
