//! The Model Context Protocol over HTTP: its Streamable HTTP transport, without sessions.
//!
//! Each message is a request of its own. The answer is JSON, or a stream of events if notifications of progress come before
//! it. A peer that closes the connection cancels its calls.

use hyper::header::HeaderName;
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use super::Peer;
use super::answer::{JSON, empty, reply, whole};
use super::codec::Answer;
use super::guard::{self, is_json};
use super::headers;
use super::problem::refuse;
use super::route::{Routed, accepts_events, refuse_body};
use super::stream::Later;
use crate::code;
use crate::dialect::json::request::{NO_ID, Refused};
use crate::dialect::mcp::{
    Answered, CURRENT, Late, Request, SUPPORTED, UNSUPPORTED, answer, read, refuse as write_refusal,
};
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::Output;

/// The code of the fault that a request gets whose headers say something else than its body.
const MISMATCH: i32 = -32020;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Serves a message.
pub(super) fn serve<S>(headers: &HeaderMap, body: &[u8], peer: Peer, server: &mut Server<'_, S>) -> Routed {
    let media_type = guard::media_type(headers);
    if peer.is_inet && !is_json(&media_type) {
        return refuse_body(&media_type, JSON);
    }
    if !peer.spoken.mcp {
        let detail = "the daemon does not speak MCP here: dialects(json, http, mcp)";
        return Routed::Now(refuse(StatusCode::NOT_FOUND, detail));
    }
    if body.trim_ascii().is_empty() {
        let fault = Fault::parse_error("the body is empty");
        return Routed::Now(refusal(&Refused { id: NO_ID, fault }));
    }
    let request = match read(body, server.dispatcher.limits.nesting) {
        Ok(Some(request)) => request,
        Ok(None) => return Routed::Now(empty(StatusCode::ACCEPTED)),
        Err(refused) => return Routed::Now(refusal(&refused)),
    };
    if let Err(fault) = check(headers, &request) {
        return Routed::Now(refusal(&Refused { id: request.id(), fault }));
    }
    let (mut late, mut response) = (Late::default(), Output::new(server.dispatcher.limits.output_hard));
    let streams = request.wants_progress() && accepts_events(headers);
    match answer(server, &mut late, &request, streams, &mut response) {
        Answered::Nothing => Routed::Now(empty(StatusCode::ACCEPTED)),
        Answered::Result => Routed::Now(reply(JSON, response.take())),
        Answered::Error(code) => Routed::Now(whole(status(code, &request), JSON, response.take())),
        Answered::Later => Routed::Later(Later::tool(late, streams)),
    }
}

/// Returns the status of an error. Before the revision that names itself in each request, errors are responses like others.
fn status(code: i32, request: &Request<'_>) -> StatusCode {
    match code {
        UNSUPPORTED => StatusCode::BAD_REQUEST,
        _ if request.version().is_none() => StatusCode::OK,
        code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code::INVALID_PARAMS => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// Refuses a message that is not served.
fn refusal(refused: &Refused<'_>) -> Answer {
    let mut output = Output::new(usize::MAX);
    write_refusal(refused, &mut output);
    whole(StatusCode::BAD_REQUEST, JSON, output.take())
}

/// Checks that the headers say the same as the body.
fn check(headers: &HeaderMap, request: &Request<'_>) -> Result<(), Fault> {
    let version = headers::text(headers, &VERSION);
    if let Some(version) = version
        && !SUPPORTED.contains(&version)
    {
        return Err(Fault::new(UNSUPPORTED, "Unsupported protocol version")
            .with_data(json!({ "supported": SUPPORTED, "requested": version })));
    }
    // Earlier revisions have no such headers, or do not name their own in a body.
    if version != Some(CURRENT) && request.version().is_none() {
        return Ok(());
    }
    same(&VERSION, version, request.version())?;
    same(&METHOD, headers::text(headers, &METHOD), Some(&request.method))?;
    match &*request.method {
        "tools/call" => same(
            &NAME,
            headers::text(headers, &NAME),
            request.params().ok().and_then(|params| params.name.as_deref()),
        ),
        _ => Ok(()),
    }
}

fn same(name: &HeaderName, header: Option<&str>, body: Option<&str>) -> Result<(), Fault> {
    match header == body {
        true => Ok(()),
        false => {
            let words =
                |value: Option<&str>| value.map_or("missing".to_owned(), |value| format!("`{value}`"));
            Err(Fault::new(
                MISMATCH,
                format!("Header mismatch: `{name}` is {}, in the body it is {}", words(header), words(body)),
            ))
        }
    }
}
