//! JSON-RPC 2.0: from a frame to calls, and from outcomes to the bytes of the reply.
//!
//! No tree is built: the envelope borrows from the frame, parameters go straight into the types of the handler,
//! results straight into the output. Section numbers are those of the specification.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::call::Answer;
use super::dispatch::{Dispatcher, Request};
use super::fault::Fault;
use super::frame::nests_deeper;
use super::output::Output;
use super::owed::{Form, Target, Then};
use crate::context::Context;

/// The id of a reply to a request whose own is not known (section 5).
const NO_ID: &str = "null";

/// Serves one frame: runs its calls and appends the reply, with its line end, if there is one.
pub(crate) fn serve<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    frame: &[u8],
    output: &mut Output,
) {
    output.begin();
    let start = output.len();
    match parse(frame, dispatcher.limits.nesting) {
        Ok(Message::Nothing) => {}
        Ok(Message::Single(envelope)) => {
            part(dispatcher, state, context, &envelope, output, |_, _| {
                Target::Connection
            });
        }
        Ok(Message::Batch(calls)) => batch(dispatcher, state, context, &calls, output),
        Err(fault) => write_fault(output, NO_ID, &fault),
    }
    if output.len() > start {
        output.push("\n");
    }
}

/// A frame as it came.
enum Message<'a> {
    /// White space.
    Nothing,
    Single(Envelope<'a>),
    Batch(Vec<&'a RawValue>),
}

fn parse(frame: &[u8], nesting: usize) -> Result<Message<'_>, Fault> {
    let text = std::str::from_utf8(frame)
        .map_err(|error| Fault::parse_error(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    if nests_deeper(frame, nesting) {
        return Err(Fault::invalid_request(format!(
            "nested deeper than {nesting} levels"
        )));
    }
    match text.trim_ascii_start().as_bytes().first() {
        None => Ok(Message::Nothing),
        Some(b'{') => Ok(Message::Single(read(text)?)),
        Some(b'[') => Ok(Message::Batch(read(text)?)),
        Some(_) => {
            read::<IgnoredAny>(text)?;
            Err(Fault::invalid_request("a request is an object, a batch an array"))
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::parse_error(error.to_string()))
}

/// The members of a request object, unchecked (section 4).
#[derive(Default)]
struct Envelope<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    twice: Option<&'static str>,
}

/// A request object that has been checked.
struct Checked<'a> {
    /// The id as it came; a notification has none.
    id: Option<&'a str>,
    method: Cow<'a, str>,
    params: Option<&'a str>,
}

/// A request that can't be called, and the id to tell it to.
struct Refused<'a> {
    id: &'a str,
    fault: Fault,
}

impl<'a> Envelope<'a> {
    fn check(&self) -> Result<Checked<'a>, Refused<'a>> {
        let id = self.id()?;
        let refuse = |reason: String| Refused {
            id: id.unwrap_or(NO_ID),
            fault: Fault::invalid_request(reason),
        };
        if let Some(member) = self.twice {
            return Err(refuse(format!("`{member}` is given twice")));
        }
        if self.jsonrpc.map(RawValue::get) != Some("\"2.0\"") {
            return Err(refuse("`jsonrpc` must be \"2.0\"".to_owned()));
        }
        let method = self
            .method
            .and_then(string)
            .ok_or_else(|| refuse("`method` must be a string".to_owned()))?;
        let params = self.params.map(RawValue::get);
        if params.is_some_and(|params| !params.starts_with(['[', '{'])) {
            return Err(refuse(
                "`params` must be an array or an object, or be left out".to_owned(),
            ));
        }
        Ok(Checked { id, method, params })
    }

    fn id(&self) -> Result<Option<&'a str>, Refused<'a>> {
        let id = self.id.map(RawValue::get);
        match id.map(|id| id.as_bytes()[0]) {
            None | Some(b'"' | b'-' | b'n' | b'0'..=b'9') => Ok(id),
            Some(_) => {
                let fault = Fault::invalid_request("`id` must be a string, a number or null");
                Err(Refused { id: NO_ID, fault })
            }
        }
    }
}

/// A JSON string, borrowed unless it has escapes; `None` if it is something else.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    match memchr::memchr(b'\\', inside.as_bytes()) {
        None => Some(Cow::Borrowed(inside)),
        Some(_) => serde_json::from_str(text).ok().map(Cow::Owned),
    }
}

/// Runs the calls of a batch and appends the array of their replies (section 6).
fn batch<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    calls: &[&RawValue],
    output: &mut Output,
) {
    if let Some(fault) = refuse_length(calls.len(), dispatcher.limits.batch) {
        return write_fault(output, NO_ID, &fault);
    }
    let start = output.len();
    let group = dispatcher
        .owed
        .open(context.caller().map(|caller| caller.connection));
    for call in calls {
        let before = output.len();
        output.push(if before == start { "[" } else { "," });
        let from = output.len();
        let mut holes = false;
        match serde_json::from_str::<Envelope<'_>>(call.get()) {
            Ok(envelope) => part(dispatcher, state, context, &envelope, output, |dispatcher, at| {
                holes = true;
                dispatcher.owed.leave_hole(group, at - start)
            }),
            Err(_) => write_fault(output, NO_ID, &Fault::invalid_request("a request is an object")),
        }
        if output.len() == from && !holes {
            output.truncate(before);
        }
    }
    if output.len() > start {
        output.push("]");
    }
    if dispatcher
        .owed
        .close(group, Then::Send, || output.split_off(start))
    {
        output.truncate(start);
    }
}

fn refuse_length(calls: usize, limit: usize) -> Option<Fault> {
    match calls {
        0 => Some(Fault::invalid_request("a batch has at least one request")),
        calls if calls > limit => Some(Fault::invalid_request(format!(
            "a batch of {calls} requests, the limit is {limit}"
        ))),
        _ => None,
    }
}

/// Runs one request, alone or of a batch, and appends its reply without line end. When the reply will come later,
/// nothing is appended, and `target` says where it goes.
fn part<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    envelope: &Envelope<'_>,
    output: &mut Output,
    target: impl FnOnce(&mut Dispatcher<S>, usize) -> Target,
) {
    let request = match envelope.check() {
        Ok(request) => request,
        Err(refused) => return write_fault(output, refused.id, &refused.fault),
    };
    let start = output.len();
    if let Some(id) = request.id {
        write_head(output, id);
        output.push("\"result\":");
    }
    let call = Request {
        method: &request.method,
        params: request.params,
    };
    let ran = dispatcher.call(state, context, call, output);
    match (&ran.outcome, request.id) {
        (Ok(Answer::Written), Some(_)) => output.push("}"),
        (Err(fault), Some(id)) => {
            output.truncate(start);
            write_fault(output, id, fault);
        }
        (Ok(Answer::Deferred(_)), Some(id)) => {
            output.truncate(start);
            let target = target(dispatcher, start);
            dispatcher.owe(&ran, context, Form::Reply { id: id.into() }, target);
        }
        (Ok(Answer::Deferred(_)), None) => dispatcher.owe(&ran, context, Form::Silent, Target::Connection),
        (Ok(Answer::Written) | Err(_), None) => output.truncate(start),
    }
}

fn write_head(output: &mut Output, id: &str) {
    output.push("{\"jsonrpc\":\"2.0\",\"id\":");
    output.push(id);
    output.push(",");
}

/// Appends an error reply (section 5.1). The limit of an answer does not count for it.
pub(crate) fn write_fault(output: &mut Output, id: &str, fault: &Fault) {
    write_head(output, id);
    output.push("\"error\":");
    output.push(&fault.to_json());
    output.push("}");
}

/// The reply to a request whose answer came late.
pub(crate) fn late_reply(id: &str, outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    let mut output = Output::new(usize::MAX);
    match outcome {
        Ok(result) => {
            write_head(&mut output, id);
            output.push("\"result\":");
            output.push_bytes(&result);
            output.push("}");
        }
        Err(fault) => write_fault(&mut output, id, &fault),
    }
    output.take()
}

/// A frame that tells a peer, outside of any call, why its connection ends.
pub(crate) fn farewell(output: &mut Output, fault: &Fault) {
    write_fault(output, NO_ID, fault);
    output.push("\n");
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<'de>, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(member) = map.next_key::<Member>()? {
            let (name, slot) = match member {
                Member::Jsonrpc => ("jsonrpc", &mut envelope.jsonrpc),
                Member::Id => ("id", &mut envelope.id),
                Member::Method => ("method", &mut envelope.method),
                Member::Params => ("params", &mut envelope.params),
                Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if slot.replace(map.next_value()?).is_some() {
                envelope.twice = Some(name);
            }
        }
        Ok(envelope)
    }
}

enum Member {
    Jsonrpc,
    Id,
    Method,
    Params,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Member, E> {
        Ok(match name {
            "jsonrpc" => Member::Jsonrpc,
            "id" => Member::Id,
            "method" => Member::Method,
            "params" => Member::Params,
            _ => Member::Other,
        })
    }
}
