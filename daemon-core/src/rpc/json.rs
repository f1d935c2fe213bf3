//! JSON-RPC 2.0: from a frame to calls, and from outcomes to the bytes of the reply.
//!
//! No tree is built: a request borrows from its frame, parameters go straight into the types of the handler,
//! results straight into the output. Section numbers are those of the specification.

use serde_json::value::RawValue;

use super::call::Completion;
use super::dispatch::{Dispatcher, Request};
use super::output::Output;
use super::pending::{OnComplete, ReplyForm, Target};
use super::reply::{RESULT, write_fault, write_head};
use super::request::{Checked, Members, Message, NO_ID, parse};
use crate::context::Context;
use crate::fault::Fault;

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
    let start = output.mark();
    let group = dispatcher.pending.open(context.caller().map(|caller| caller.connection));
    for call in calls {
        let before = output.mark();
        output.push(if before.at == start.at { "[" } else { "," });
        let from = output.len();
        let mut holes = false;
        match serde_json::from_str::<Members<'_>>(call.get()) {
            Ok(members) => part(dispatcher, state, context, members, output, |dispatcher, at| {
                holes = true;
                dispatcher.pending.leave_hole(group, at - start.at)
            }),
            Err(_) => write_fault(output, NO_ID, &Fault::invalid_request("a request is an object")),
        }
        if output.len() == from && !holes {
            output.rewind(before);
        }
    }
    if output.len() > start.at {
        output.push("]");
    }
    if dispatcher.pending.close(group, OnComplete::Send, || output.split_off(start)) {
        output.rewind(start);
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

/// Runs one request object, alone or of a batch, or says why it is none. A response gets no reply.
fn part<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    members: Members<'_>,
    output: &mut Output,
    target: impl FnOnce(&mut Dispatcher<S>, usize) -> Target,
) {
    if members.is_response() {
        return;
    }
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
    let start = output.mark();
    if let Some(id) = request.id {
        write_head(output, id, RESULT);
    }
    let call = Request { method: &request.method, params: request.params };
    let ran = dispatcher.call(state, context, call, output);
    if ran.outcome.is_err()
        && let Some(fault) = request.mistake()
    {
        output.rewind(start);
        return write_fault(output, NO_ID, &fault);
    }
    match (&ran.outcome, request.id) {
        (Ok(Completion::Written), Some(_)) => output.push("}"),
        (Err(fault), Some(id)) => {
            output.rewind(start);
            write_fault(output, id, fault);
        }
        (Ok(Completion::Deferred(_)), Some(id)) => {
            output.rewind(start);
            let target = target(dispatcher, start.at);
            dispatcher.defer_reply(&ran, context, ReplyForm::Reply { id: id.into() }, target);
        }
        (Ok(Completion::Deferred(_)), None) => {
            dispatcher.defer_reply(&ran, context, ReplyForm::Silent, Target::Connection)
        }
        (Ok(Completion::Written) | Err(_), None) => output.rewind(start),
    }
}
