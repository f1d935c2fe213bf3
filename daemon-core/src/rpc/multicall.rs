//! `system.multicall`: several calls in one, answered in order.
//!
//! Its shape is that of the XML-RPC world: each result is wrapped in an array of one element, each fault is a struct
//! of `faultCode` and `faultString`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::call::{Answer, Outcome};
use super::dispatch::{Dispatcher, Request};
use super::fault::{Fault, code};
use super::output::Output;
use super::owed::{Form, Target, Then};
use super::params;
use crate::context::Context;
use crate::rpc::method::Param;

/// The name that may not occur in its own list.
pub(crate) const NAME: &str = "system.multicall";

/// Its one parameter.
pub(crate) const PARAMS: &[Param] =
    &[Param::of::<Vec<serde_json::Value>>("calls").doc("An array of structs: methodName, params")];

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "methodName", borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Runs the calls in order and appends the array of what became of them.
pub(crate) fn run<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    request: Request<'_>,
    output: &mut Output,
) -> Outcome {
    let (calls,) = params::read::<(Vec<&RawValue>,)>(request.params, PARAMS)?;
    if calls.len() > dispatcher.limits.batch {
        let reason = format!("{} calls, the limit is {}", calls.len(), dispatcher.limits.batch);
        return Err(Fault::new(code::INVALID_PARAMS, "Invalid params").with_data(json!({ "reason": reason })));
    }
    let start = output.len();
    let group = dispatcher.owed.open(context.caller().map(|caller| caller.connection));
    output.push("[");
    for (index, call) in calls.iter().enumerate() {
        if index > 0 {
            output.push(",");
        }
        element(dispatcher, state, context, call, output, |dispatcher, at| {
            dispatcher.owed.leave_hole(group, at - start)
        });
    }
    output.push("]");
    let ticket = dispatcher.outbox.issue(context);
    let owed = dispatcher.owed.close(group, Then::Settle(ticket), || output.split_off(start));
    Ok(if owed { Answer::Deferred(ticket) } else { Answer::Written })
}

fn element<S>(
    dispatcher: &mut Dispatcher<S>,
    state: &mut S,
    context: &mut Context,
    call: &RawValue,
    output: &mut Output,
    target: impl FnOnce(&mut Dispatcher<S>, usize) -> Target,
) {
    let entry = match understand(call) {
        Ok(entry) => entry,
        Err(fault) => return output.push(&fault_struct(&fault)),
    };
    let start = output.len();
    output.push("[");
    let request = Request { method: &entry.method, params: entry.params.map(RawValue::get) };
    let ran = dispatcher.call(state, context, request, output);
    match &ran.outcome {
        Ok(Answer::Written) => output.push("]"),
        Err(fault) => {
            output.truncate(start);
            output.push(&fault_struct(fault));
        }
        Ok(Answer::Deferred(_)) => {
            output.truncate(start);
            let target = target(dispatcher, start);
            dispatcher.owe(&ran, context, Form::Element, target);
        }
    }
}

fn understand(call: &RawValue) -> Result<Entry<'_>, Fault> {
    let entry: Entry<'_> = serde_json::from_str(call.get())
        .map_err(|_| Fault::invalid_request("an entry is a struct of methodName and params"))?;
    if entry.method == NAME {
        return Err(Fault::new(code::RECURSIVE_MULTICALL, "system.multicall cannot call itself"));
    }
    if entry.params.is_some_and(|params| !params.get().starts_with(['[', '{'])) {
        return Err(Fault::invalid_request("`params` must be an array or a struct, or be left out"));
    }
    Ok(entry)
}

/// An element that came late.
pub(crate) fn late_element(outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    match outcome {
        Ok(result) => [b"[", result.as_slice(), b"]"].concat(),
        Err(fault) => fault_struct(&fault).into_bytes(),
    }
}

fn fault_struct(fault: &Fault) -> String {
    json!({ "faultCode": fault.code(), "faultString": fault.message() }).to_string()
}
