//! JSON-RPC 2.0: from a frame to calls, and from outcomes to the bytes of the reply.
//!
//! No tree is built: the members borrows from the frame, parameters go straight into the types of the handler,
//! results straight into the output. Section numbers are those of the specification.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::call::Answer;
use super::dispatch::{Dispatcher, Request};
use super::envelope::{Envelope, glance};
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
        Ok(Message::Usual(request)) => {
            run(dispatcher, state, context, request, output, |_, _| Target::Connection)
        }
        Ok(Message::Single(members)) => {
            part(dispatcher, state, context, members, output, |_, _| Target::Connection)
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
    /// A request that a glance was enough for.
    Usual(Checked<'a>),
    Single(Members<'a>),
    Batch(Vec<&'a RawValue>),
}

fn parse(frame: &[u8], nesting: usize) -> Result<Message<'_>, Fault> {
    let text = std::str::from_utf8(frame)
        .map_err(|error| Fault::parse_error(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    if nests_deeper(frame, nesting) {
        return Err(Fault::invalid_request(format!("nested deeper than {nesting} levels")));
    }
    if let Some(Envelope { id, method, params }) = glance(text) {
        let method = Cow::Borrowed(method);
        return Ok(Message::Usual(Checked { id, method, params, unread: Some(text) }));
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
struct Members<'a> {
    jsonrpc: Option<Word<'a>>,
    id: Option<&'a RawValue>,
    method: Option<Word<'a>>,
    params: Option<&'a RawValue>,
    twice: Option<&'static str>,
}

/// A value that should be a string: it, or something else.
enum Word<'a> {
    Text(Cow<'a, str>),
    Other,
}

/// A request object that has been checked.
struct Checked<'a> {
    /// The id as it came; a notification has none.
    id: Option<&'a str>,
    method: Cow<'a, str>,
    params: Option<&'a str>,
    /// The whole frame, if it is not known yet whether its inside is JSON.
    unread: Option<&'a str>,
}

/// A request that can't be called, and the id to tell it to.
struct Refused<'a> {
    id: &'a str,
    fault: Fault,
}

impl<'a> Members<'a> {
    fn check(self) -> Result<Checked<'a>, Refused<'a>> {
        let id = self.id()?;
        let refuse =
            |reason: &str| Err(Refused { id: id.unwrap_or(NO_ID), fault: Fault::invalid_request(reason) });
        if let Some(member) = self.twice {
            return refuse(&format!("`{member}` is given twice"));
        }
        if !matches!(&self.jsonrpc, Some(Word::Text(version)) if version == "2.0") {
            return refuse("`jsonrpc` must be \"2.0\"");
        }
        let Some(Word::Text(method)) = self.method else {
            return refuse("`method` must be a string");
        };
        let params = self.params.map(RawValue::get);
        if params.is_some_and(|params| !params.starts_with(['[', '{'])) {
            return refuse("`params` must be an array or an object, or be left out");
        }
        Ok(Checked { id, method, params, unread: None })
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
    let group = dispatcher.owed.open(context.caller().map(|caller| caller.connection));
    for call in calls {
        let before = output.len();
        output.push(if before == start { "[" } else { "," });
        let from = output.len();
        let mut holes = false;
        match serde_json::from_str::<Members<'_>>(call.get()) {
            Ok(members) => part(dispatcher, state, context, members, output, |dispatcher, at| {
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
    if dispatcher.owed.close(group, Then::Send, || output.split_off(start)) {
        output.truncate(start);
    }
}

fn refuse_length(calls: usize, limit: usize) -> Option<Fault> {
    match calls {
        0 => Some(Fault::invalid_request("a batch has at least one request")),
        calls if calls > limit => {
            Some(Fault::invalid_request(format!("a batch of {calls} requests, the limit is {limit}")))
        }
        _ => None,
    }
}

/// Runs one request object, alone or of a batch, or says why it is none.
fn part<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    members: Members<'_>,
    output: &mut Output,
    target: impl FnOnce(&mut Dispatcher<S>, usize) -> Target,
) {
    match members.check() {
        Ok(request) => run(dispatcher, state, context, request, output, target),
        Err(refused) => write_fault(output, refused.id, &refused.fault),
    }
}

/// Runs one request and appends its reply without line end. When the reply will come later, nothing is appended, and
/// `target` says where it goes.
fn run<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    request: Checked<'_>,
    output: &mut Output,
    target: impl FnOnce(&mut Dispatcher<S>, usize) -> Target,
) {
    let start = output.len();
    if let Some(id) = request.id {
        write_head(output, id, RESULT);
    }
    let call = Request { method: &request.method, params: request.params };
    let ran = dispatcher.call(state, context, call, output);
    // A frame that is no JSON has no method and no id, so that is what it is told first.
    if ran.outcome.is_err()
        && let Some(Err(fault)) = request.unread.map(read::<IgnoredAny>)
    {
        output.truncate(start);
        return write_fault(output, NO_ID, &fault);
    }
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

/// What stands between the id of a reply and what it brings.
const RESULT: &str = ",\"result\":";
const ERROR: &str = ",\"error\":";

fn write_head(output: &mut Output, id: &str, kind: &str) {
    output.push("{\"jsonrpc\":\"2.0\",\"id\":");
    output.push(id);
    output.push(kind);
}

/// Appends an error reply (section 5.1). The limit of an answer does not count for it.
pub(crate) fn write_fault(output: &mut Output, id: &str, fault: &Fault) {
    write_head(output, id, ERROR);
    output.push(&fault.to_json());
    output.push("}");
}

/// The reply to a request whose answer came late.
pub(crate) fn late_reply(id: &str, outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    let mut output = Output::new(usize::MAX);
    match outcome {
        Ok(result) => {
            write_head(&mut output, id, RESULT);
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

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(member) = map.next_key::<Member>()? {
            let twice = match member {
                Member::Jsonrpc => members.jsonrpc.replace(map.next_value()?).map(|_| "jsonrpc"),
                Member::Id => members.id.replace(map.next_value()?).map(|_| "id"),
                Member::Method => members.method.replace(map.next_value()?).map(|_| "method"),
                Member::Params => members.params.replace(map.next_value()?).map(|_| "params"),
                Member::Other => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            members.twice = members.twice.or(twice);
        }
        Ok(members)
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

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

/// Takes any value, and keeps it if it is a string.
struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_unit<E>(self) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Word<'de>, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Word::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Word<'de>, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Word::Other)
    }
}
