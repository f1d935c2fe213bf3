//! From a request to its answer: what each path is, and which methods it has.

use hyper::header::{ACCEPT, ALLOW, HeaderName};
use hyper::{HeaderMap, Method, StatusCode};

use super::Peer;
use super::answer::{JSON, METRICS, XML, empty, refuse, whole, with};
use super::codec::{Answer, Received};
pub(super) use super::stream::Later;
use super::{guard, mcp};
use crate::code;
use crate::dialect::json::{self, Late};
use crate::dialect::xml;
use crate::fault::Fault;
use crate::rpc::dispatch::{Request, Server};
use crate::rpc::output::Output;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What becomes of a request.
pub(super) enum Routed {
    Now(Answer),
    /// It is answered when its calls are.
    Later(Later),
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    /// JSON-RPC, or XML-RPC if that is what comes.
    Rpc,
    /// XML-RPC, where its clients look for it.
    XmlRpc,
    /// The Model Context Protocol.
    Mcp,
    /// The OpenRPC document.
    Document,
    /// The events of the daemon, as they happen.
    Events,
    /// What the daemon counts.
    Metrics,
    /// Whether the daemon serves requests.
    Health,
}

impl Resource {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/" | "/rpc" => Resource::Rpc,
            "/RPC2" => Resource::XmlRpc,
            "/mcp" => Resource::Mcp,
            "/openrpc.json" => Resource::Document,
            "/events" => Resource::Events,
            "/metrics" => Resource::Metrics,
            "/healthz" | "/readyz" => Resource::Health,
            _ => return None,
        })
    }

    /// The methods that it has, for the header `Allow`.
    fn allow(self) -> &'static str {
        match self {
            Resource::Rpc | Resource::XmlRpc | Resource::Mcp => "POST, OPTIONS",
            Resource::Document | Resource::Events | Resource::Metrics | Resource::Health => {
                "GET, HEAD, OPTIONS"
            }
        }
    }
}

/// Serves a request.
pub(super) fn serve<S>(request: &Received, peer: Peer, server: &mut Server<'_, S>) -> Routed {
    let headers = &request.head.headers;
    if peer.is_inet
        && let Some(objection) = guard::objection(headers)
    {
        return Routed::Now(refuse(StatusCode::FORBIDDEN, &objection));
    }
    let Some(body) = &request.body else {
        let limit = server.dispatcher.limits.frame;
        let detail = format!("the body is longer than {limit} bytes (--limit frame=BYTES)");
        return Routed::Now(refuse(StatusCode::PAYLOAD_TOO_LARGE, &detail));
    };
    let path = request.head.uri.path();
    let Some(resource) = Resource::of(path) else {
        return Routed::Now(refuse(StatusCode::NOT_FOUND, &format!("there is nothing at `{path}`")));
    };
    server.trace = guard::text(headers, &TRACEPARENT).and_then(|text| text.parse().ok());
    match (resource, &request.head.method) {
        (_, &Method::OPTIONS) => Routed::Now(with(empty(StatusCode::NO_CONTENT), ALLOW, resource.allow())),
        (Resource::XmlRpc, &Method::POST) => xml_rpc(headers, body, peer, server),
        (Resource::Mcp, &Method::POST) => mcp::serve(headers, body, peer, server),
        (Resource::Rpc, &Method::POST) if is_xml(headers) => xml_rpc(headers, body, peer, server),
        (Resource::Rpc, &Method::POST) => rpc(headers, body, peer, server),
        (Resource::Document, &Method::GET | &Method::HEAD) => document(server),
        (Resource::Events, &Method::GET) => events(request.head.uri.query(), server),
        (Resource::Events, &Method::HEAD) => Routed::Now(super::answer::events()),
        (Resource::Metrics, &Method::GET | &Method::HEAD) => metrics(server),
        (Resource::Health, &Method::GET | &Method::HEAD) => {
            Routed::Now(whole(StatusCode::OK, "text/plain", b"ok\n".to_vec()))
        }
        (resource, method) => {
            let detail = format!("`{path}` has no method {method}, only {}", resource.allow());
            Routed::Now(with(refuse(StatusCode::METHOD_NOT_ALLOWED, &detail), ALLOW, resource.allow()))
        }
    }
}

/// Serves a message of JSON-RPC.
fn rpc<S>(headers: &HeaderMap, body: &[u8], peer: Peer, server: &mut Server<'_, S>) -> Routed {
    let media_type = guard::media_type(headers);
    if peer.is_inet && !is_json(&media_type) {
        return refuse_body(&media_type, JSON);
    }
    if !peer.spoken.json {
        return Routed::Now(refuse(
            StatusCode::NOT_FOUND,
            "the daemon does not speak JSON-RPC here: dialects(json, http)",
        ));
    }
    let (mut late, mut reply) = (Late::default(), Output::new(server.dispatcher.limits.output_hard));
    server.streams = accepts_events(headers);
    json::serve(server, &mut late, body, &mut reply);
    let open = if server.streams { server.subscriptions() } else { 0 };
    match late.is_empty() {
        _ if open > 0 => Routed::Later(Later::messages(late, &reply, open)),
        false => Routed::Later(Later::message(late)),
        true if reply.is_empty() => Routed::Now(empty(StatusCode::NO_CONTENT)),
        true => Routed::Now(super::answer::reply(JSON, reply.take())),
    }
}

/// Serves a document of XML-RPC.
fn xml_rpc<S>(headers: &HeaderMap, body: &[u8], peer: Peer, server: &mut Server<'_, S>) -> Routed {
    if peer.is_inet && !is_xml(headers) {
        return refuse_body(&guard::media_type(headers), XML);
    }
    if !peer.spoken.xml || !cfg!(feature = "xml") {
        let detail = "the daemon does not speak XML-RPC here: the feature `xml`, and dialects(http, xml)";
        return Routed::Now(refuse(StatusCode::NOT_FOUND, detail));
    }
    let (mut late, mut reply) = (xml::Late::default(), Output::new(server.dispatcher.limits.output_hard));
    let _ = xml::serve(server, &mut late, body, &mut reply);
    match late.is_due() {
        true => Routed::Later(Later::document(late)),
        false => Routed::Now(super::answer::reply(XML, reply.take())),
    }
}

/// Refuses a body that a foreign page could send.
pub(super) fn refuse_body(media_type: &str, wanted: &str) -> Routed {
    let detail = format!("the body is `{media_type}`; send `Content-Type: {wanted}`");
    Routed::Now(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail))
}

/// Whether the body is XML. A page cannot send these types without permission either.
fn is_xml(headers: &HeaderMap) -> bool {
    matches!(guard::media_type(headers).as_str(), "text/xml" | "application/xml")
}

/// Calls a built-in method, which replies at once; returns its result.
fn call<S>(method: &str, params: Option<&str>, server: &mut Server<'_, S>) -> Result<Vec<u8>, Fault> {
    let mut result = Output::new(server.dispatcher.limits.output_hard);
    server.call(Request { method, params, timeout: None, trace: None }, &mut result)?;
    Ok(result.take())
}

/// Returns the description of the methods.
fn document<S>(server: &mut Server<'_, S>) -> Routed {
    let result = call("rpc.discover", None, server);
    Routed::Now(result.map_or_else(|fault| fault_answer(&fault), |json| whole(StatusCode::OK, JSON, json)))
}

/// Returns what the daemon counts: the result of the call is a text.
fn metrics<S>(server: &mut Server<'_, S>) -> Routed {
    let text = call("daemon.metrics", None, server).map(|json| serde_json::from_slice::<String>(&json));
    Routed::Now(match text {
        Ok(Ok(text)) => whole(StatusCode::OK, METRICS, text.into_bytes()),
        Ok(Err(_)) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        Err(fault) => fault_answer(&fault),
    })
}

/// Subscribes to the events of the daemon: to those that the query names, as in `names=connect,hang_up`, or to all.
fn events<S>(query: Option<&str>, server: &mut Server<'_, S>) -> Routed {
    let names = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("names=")));
    // A form writes the comma as `%2C`.
    let names = names.map(|names| names.replace("%2C", ",").replace("%2c", ","));
    let names: Option<Vec<&str>> = names.as_ref().map(|names| names.split(',').collect());
    let params = serde_json::json!([names]).to_string();
    server.streams = true;
    match call("daemon.events", Some(&params), server) {
        Ok(_) => Routed::Later(Later::events(server.subscriptions())),
        Err(fault) => Routed::Now(fault_answer(&fault)),
    }
}

/// Creates the answer to a call that has failed.
pub(super) fn fault_answer(fault: &Fault) -> Answer {
    let reason = fault.data().and_then(|data| data["reason"].as_str());
    let detail = [Some(fault.message()), reason].into_iter().flatten().collect::<Vec<_>>().join(": ");
    refuse(status_of(fault), &detail)
}

/// Returns the status that says the same as the code of a fault.
fn status_of(fault: &Fault) -> StatusCode {
    match fault.code() {
        code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code::PARSE_ERROR | code::INVALID_REQUEST | code::INVALID_PARAMS => StatusCode::BAD_REQUEST,
        code::NOT_ALLOWED => StatusCode::FORBIDDEN,
        code::TOO_OFTEN => StatusCode::TOO_MANY_REQUESTS,
        code::WORKER_TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
        code::WORKER_FAILED => StatusCode::BAD_GATEWAY,
        code::WORKER_BUSY | code::WORKER_DOWN | code::TRANSPORT_ERROR | code::CANCELLED => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether a body of this type is JSON. A page cannot send any of these without permission (the Fetch standard, section
/// 2.2.2).
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == JSON || media_type == "application/json-rpc" || media_type.ends_with("+json")
}

/// Whether the peer reads a stream of events.
pub(super) fn accepts_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|list| list.split(',')).any(|one| one.trim().starts_with("text/event-stream"))
}
