//! Calls of tools, and their cancellation.

use super::Answered;
use super::late::{Gathering, Late, Waiting};
use super::outcome::{Tail, write_tool_fault, write_tool_result};
use super::request::{Request, malformed};
use crate::brief::start;
use crate::code;
use crate::context::CallId;
use crate::fault::{Fault, LONGEST_NAME};
use crate::rpc::call::Completion;
use crate::rpc::dispatch::{self, Server};
use crate::rpc::output::Output;
use crate::rpc::tools::Form;

/// Calls the tool that a request names; `id` is that of the request.
///
/// # Errors
///
/// If there is no such tool, or the request is malformed. What the method itself refuses is a result.
pub(super) fn call<S>(
    server: &mut Server<'_, S>,
    late: &mut Late,
    request: &Request<'_>,
    (id, tail): (&str, Tail),
    reports: bool,
    output: &mut Output,
) -> Result<Answered, Fault> {
    let params = request.params()?;
    let Some(name) = &params.name else { return Err(malformed("`name` must be that of a tool")) };
    let arguments = params.arguments.map(|arguments| arguments.get());
    if arguments.is_some_and(|arguments| !arguments.starts_with('{')) {
        return Err(malformed("`arguments` must be an object"));
    }
    let progress = params.progress()?.filter(|_| reports);
    let methods = &server.dispatcher.methods;
    let Some(tool) = methods.tools().find(name) else {
        let name = start(name, LONGEST_NAME);
        return Err(Fault::new(code::INVALID_PARAMS, format!("Unknown tool: {name}")));
    };
    let (form, method) = (tool.form, methods.entry(tool.method).name.clone());
    let begin = output.mark();
    // What items come is gathered for the result.
    server.streams = true;
    let call = dispatch::Request { method: &method, params: arguments, timeout: None, trace: params.trace() };
    let outcome = server.call(call, output);
    let wait = |gathering| Waiting { id: id.into(), tail: tail.clone(), form, gathering };
    match outcome {
        Ok(Completion::Written) if form == Form::Items => {
            let gathering = Gathering::new(server.dispatcher.limits.items, progress);
            late.wait(subscription(&output.split_off(begin).bytes)?, wait(Some(gathering)));
            return Ok(Answered::Later);
        }
        Ok(Completion::Deferred(call)) => {
            output.rewind(begin);
            late.wait(call, wait(None));
            return Ok(Answered::Later);
        }
        Ok(Completion::Written) => {
            let json = output.split_off(begin).bytes;
            write_tool_result(output, id, &tail, form, &json);
        }
        // The method that cancels is no tool.
        Ok(Completion::Cancels) => return Err(Fault::internal("a tool cancels no call")),
        Err(fault) => write_tool_fault(output, id, &tail, &fault),
    }
    Ok(Answered::Result)
}

/// Reads the number of a subscription, which is the result of the call that began it.
fn subscription(json: &[u8]) -> Result<CallId, Fault> {
    let number = serde_json::from_slice(json).map(CallId);
    number.map_err(|_| Fault::internal("the subscription has no number"))
}

/// Acts on a notification. Those that mean nothing here are ignored, as malformed ones are.
pub(super) fn notified<S>(server: &mut Server<'_, S>, late: &mut Late, request: &Request<'_>) {
    if request.method != "notifications/cancelled" {
        return;
    }
    let Some(id) = request.params().ok().and_then(|params| params.request_id.as_ref()) else { return };
    match late.take(id) {
        // Its reply has no recipient any more.
        Some((call, Waiting { gathering: None, .. })) => server.cancel(call),
        Some((call, Waiting { gathering: Some(_), .. })) => server.end_subscription(call),
        None => {}
    }
}
