//! JSON-RPC 2.0: from a message to calls, and from their outcomes to the bytes of the reply.
//!
//! This module does not depend on how messages are framed. No tree is built: a request borrows from its message,
//! parameters are read directly into the types of the handler, and results are written directly to the output. Section
//! numbers are those of the specification.

pub(crate) mod envelope;
mod item;
mod late;
mod nesting;
pub(in crate::dialect) mod reply;
pub(crate) mod request;

use serde_json::Value;
use serde_json::value::RawValue;

pub(super) use self::item::write_item;
pub(crate) use self::late::Late;
pub(super) use self::nesting::nests_deeper;
pub(super) use self::reply::write_farewell;
use self::reply::{RESULT, write_fault, write_head};
use self::request::{Checked, Members, Message, NO_ID, parse};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::call::{Completion, Outcome};
use crate::rpc::calls;
use crate::rpc::dispatch::{Request, Server};
use crate::rpc::output::Output;
use crate::rpc::params::{Params, Rewritten};

/// A request whose reply comes later.
struct Deferred<'a> {
    call: CallId,
    id: &'a str,
}

/// Serves a message if it is a request of the usual shape and nothing else; returns whether it is.
#[inline]
pub(crate) fn serve_usual<S>(
    server: &mut Server<'_, S>,
    late: &mut Late,
    message: &[u8],
    output: &mut Output,
) -> bool {
    let Some(request) = request::usual(message, server.dispatcher.limits.nesting) else { return false };
    output.begin();
    if let Some(deferred) = run(server, late, &request, output) {
        late.wait(deferred);
    }
    true
}

/// Serves one message: makes its calls and appends the reply, if there is one. `late` keeps the state for replies that
/// come later.
pub(crate) fn serve<S>(server: &mut Server<'_, S>, late: &mut Late, message: &[u8], output: &mut Output) {
    if !serve_usual(server, late, message, output) {
        serve_unusual(server, late, message, output);
    }
}

/// Serves a message that is no request of the usual shape.
pub(crate) fn serve_unusual<S>(
    server: &mut Server<'_, S>,
    late: &mut Late,
    message: &[u8],
    output: &mut Output,
) {
    output.begin();
    match parse(message, server.dispatcher.limits.nesting) {
        Ok(Message::Nothing) => {}
        Ok(Message::Single(members)) => {
            if let Some(deferred) = part(server, late, members, output) {
                late.wait(deferred);
            }
        }
        Ok(Message::Batch(calls)) => batch(server, late, &calls, output),
        Err(fault) => write_fault(output, NO_ID, &fault),
    }
}

/// Makes the calls of a batch and appends the array of their replies (section 6).
fn batch<S>(server: &mut Server<'_, S>, late: &mut Late, calls: &[&RawValue], output: &mut Output) {
    if let Some(fault) = refuse_length(calls.len(), server.dispatcher.limits.batch) {
        return write_fault(output, NO_ID, &fault);
    }
    let start = output.mark();
    let mut holes = Vec::new();
    for call in calls {
        let before = output.mark();
        output.push(if before.at == start.at { "[" } else { "," });
        let from = output.len();
        let deferred = match serde_json::from_str::<Members<'_>>(call.get()) {
            Ok(members) => part(server, late, members, output),
            Err(_) => {
                write_fault(output, NO_ID, &Fault::invalid_request("a request is an object"));
                None
            }
        };
        match deferred {
            Some(deferred) => holes.push((from - start.at, deferred)),
            None if output.len() == from => output.rewind(before),
            None => {}
        }
    }
    if output.len() > start.at {
        output.push("]");
    }
    if !holes.is_empty() {
        late.wait_for_batch(output.split_off(start), &holes);
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

/// Serves one request object, alone or of a batch, or reports what is wrong with it. A response gets no reply.
fn part<'a, S>(
    server: &mut Server<'_, S>,
    late: &Late,
    members: Members<'a>,
    output: &mut Output,
) -> Option<Deferred<'a>> {
    if members.is_response() {
        return None;
    }
    let token = members.token();
    match members.check() {
        Ok(request) => match token.map_or(Ok(()), |token| server.show(&token)) {
            Ok(()) => run(server, late, &request, output),
            Err(fault) => {
                // A notification gets no reply.
                request.id.inspect(|id| write_fault(output, id, &fault));
                None
            }
        },
        Err(refused) => {
            write_fault(output, refused.id, &refused.fault);
            None
        }
    }
}

/// Cancels the call with the id in `params`, and appends whether it was in flight.
fn cancel<S>(server: &mut Server<'_, S>, late: &Late, params: Option<&str>, output: &mut Output) -> Outcome {
    let (id,) = Params::new(params, calls::PARAMS, &Rewritten::new()).read::<(Value,)>()?;
    let call = late.find(&id);
    if let Some(call) = call {
        server.cancel(call);
    }
    output.json(&call.is_some())?;
    Ok(Completion::Written)
}

/// Makes one call and appends its reply. If the reply comes later, nothing is appended.
fn run<'a, S>(
    server: &mut Server<'_, S>,
    late: &Late,
    request: &Checked<'a>,
    output: &mut Output,
) -> Option<Deferred<'a>> {
    let start = output.mark();
    if let Some(id) = request.id {
        write_head(output, id, RESULT);
    }
    let Checked { method, params, timeout, trace, .. } = request;
    let call = Request { method, params: *params, timeout: *timeout, trace: *trace };
    let outcome = match server.call(call, output) {
        Ok(Completion::Cancels) => cancel(server, late, request.params, output),
        outcome => outcome,
    };
    if outcome.is_err()
        && let Some(fault) = request.mistake()
    {
        output.rewind(start);
        write_fault(output, NO_ID, &fault);
        return None;
    }
    match (outcome, request.id) {
        (Ok(Completion::Written), Some(_)) => output.push("}"),
        (Err(fault), Some(id)) => {
            output.rewind(start);
            write_fault(output, id, &fault);
        }
        (Ok(Completion::Deferred(call)), Some(id)) => {
            output.rewind(start);
            return Some(Deferred { call, id });
        }
        // Whether a call was cancelled is known by now.
        (Ok(Completion::Cancels), Some(_)) | (Ok(_) | Err(_), None) => output.rewind(start),
    }
    None
}
