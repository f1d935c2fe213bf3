//! From a request to its answer: what each path is, and which methods it has.

use hyper::header::{ACCEPT, ALLOW, HOST, HeaderName};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};

use super::Peer;
use super::answer::{JSON, METRICS, TEXT, XML, empty, whole, with};
use super::codec::{Answer, Received};
use super::guard::Hosts;
use super::problem::{self, refuse};
use super::stream::Ids;
pub(super) use super::stream::Later;
use super::usual::Usual;
use super::{bearer, guard, headers, logtail, mcp, page, query, rest, strict};
use crate::code;
use crate::context::CallId;
use crate::dialect::json::{self, Late};
use crate::dialect::xml;
use crate::fault::Fault;
use crate::rpc::call::Completion;
use crate::rpc::dispatch::{Request, Server};
use crate::rpc::output::Output;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Most replies have at most so many bytes.
const USUAL_REPLY: usize = 256;

/// What becomes of a request.
pub(super) enum Routed {
    Now(Answer),
    /// It is answered when its calls are.
    Later(Later),
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    /// The page for a browser, and JSON-RPC.
    Root,
    /// JSON-RPC, or XML-RPC if that is what comes.
    Rpc,
    /// XML-RPC, where its clients look for it.
    XmlRpc,
    /// The Model Context Protocol.
    Mcp,
    /// The OpenRPC document.
    OpenRpc,
    /// The OpenAPI document.
    OpenApi,
    /// The events of the daemon, as they happen.
    Events,
    /// What the daemon counts.
    Metrics,
    /// Whether the daemon answers.
    Health,
    /// Whether it is ready for requests.
    Readiness,
}

impl Resource {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/" => Resource::Root,
            "/rpc" => Resource::Rpc,
            "/RPC2" => Resource::XmlRpc,
            "/mcp" => Resource::Mcp,
            "/openrpc.json" => Resource::OpenRpc,
            "/openapi.json" => Resource::OpenApi,
            "/events" => Resource::Events,
            "/metrics" => Resource::Metrics,
            "/healthz" => Resource::Health,
            "/readyz" => Resource::Readiness,
            _ => return None,
        })
    }

    /// The methods of HTTP that it has.
    fn verbs(self) -> &'static [&'static str] {
        match self {
            Resource::Root => page::VERBS,
            Resource::Rpc | Resource::XmlRpc | Resource::Mcp => &["POST"],
            Resource::OpenRpc
            | Resource::OpenApi
            | Resource::Events
            | Resource::Metrics
            | Resource::Health
            | Resource::Readiness => &["GET"],
        }
    }
}

/// Whether a request is answered with the page.
fn asks_for_page<S>(request: &Received, server: &Server<'_, S>) -> bool {
    let (path, method) = (request.head.uri.path(), &request.head.method);
    Resource::of(path) == Some(Resource::Root)
        && matches!(method, &Method::GET | &Method::HEAD)
        && page::is_wanted(&request.head.headers)
        && !rest::verbs(path, true, server).contains(&"GET")
}

/// Serves a request. What it shows holds for it alone.
pub(super) fn serve<S>(request: &Received, peer: Peer, server: &mut Server<'_, S>) -> Routed {
    let before = server.shown();
    let routed = serve_shown(request, peer, server);
    server.context.set_shown(before);
    routed
}

fn serve_shown<S>(request: &Received, peer: Peer, server: &mut Server<'_, S>) -> Routed {
    if let Some(refusal) = strict::objection(&request.head) {
        return Routed::Now(refusal);
    }
    let headers = &request.head.headers;
    let hosts = Hosts::of(peer.is_inet, server.shown().is_demanded(), &server.dispatcher.hosts);
    let objection = match asks_for_page(request, server) && guard::follows_link(headers) {
        true => guard::host_objection(headers::text(headers, &HOST), hosts),
        false => guard::objection(headers, hosts),
    };
    if let Some(objection) = objection {
        return Routed::Now(refuse(StatusCode::FORBIDDEN, &objection));
    }
    if let Some(refusal) = bearer::check(headers, server) {
        return Routed::Now(refusal);
    }
    let Some(body) = &request.body else {
        let limit = server.dispatcher.limits.frame;
        let detail = format!("the body is longer than {limit} bytes (--limit frame=BYTES)");
        return Routed::Now(refuse(StatusCode::PAYLOAD_TOO_LARGE, &detail));
    };
    server.trace = headers::text(headers, &TRACEPARENT).and_then(|text| text.parse().ok());
    let path = request.head.uri.path();
    let resource = Resource::of(path);
    if let Some(routed) = rest::serve(request, body, resource.is_some(), peer, server) {
        return routed;
    }
    let verbs = rest::verbs(path, resource.is_some(), server);
    match (resource, &request.head.method) {
        (None, &Method::GET) if verbs.is_empty() && logtail::names_log(path) => logtail::serve(path, server),
        (None, _) if verbs.is_empty() => {
            Routed::Now(refuse(StatusCode::NOT_FOUND, &format!("there is nothing at `{path}`")))
        }
        (_, &Method::OPTIONS) => {
            Routed::Now(with(empty(StatusCode::NO_CONTENT), ALLOW, &allow(resource, &verbs)))
        }
        (Some(Resource::XmlRpc), &Method::POST) => xml_rpc(headers, body, peer, server),
        (Some(Resource::Mcp), &Method::POST) => mcp::serve(headers, body, peer, server),
        (Some(Resource::Root), &Method::GET | &Method::HEAD) if page::is_wanted(headers) => {
            Routed::Now(page::answer())
        }
        (Some(Resource::Root | Resource::Rpc), &Method::POST) if is_xml(headers) => {
            xml_rpc(headers, body, peer, server)
        }
        (Some(Resource::Root | Resource::Rpc), &Method::POST) => rpc(headers, body, peer, server),
        (Some(Resource::OpenRpc), &Method::GET | &Method::HEAD) => document("rpc.discover", server),
        (Some(Resource::OpenApi), &Method::GET | &Method::HEAD) => document("daemon.openapi", server),
        (Some(Resource::Events), &Method::GET | &Method::HEAD) => events(&request.head, server),
        (Some(Resource::Metrics), &Method::GET | &Method::HEAD) => text("daemon.metrics", METRICS, server),
        (Some(Resource::Health), &Method::GET | &Method::HEAD) => {
            Routed::Now(whole(StatusCode::OK, TEXT, b"ok\n".to_vec()))
        }
        (Some(Resource::Readiness), &Method::GET | &Method::HEAD) => text("daemon.ready", TEXT, server),
        (resource, method) => {
            let allow = allow(resource, &verbs);
            let detail = format!("`{path}` has no method {method}, only {allow}");
            Routed::Now(with(refuse(StatusCode::METHOD_NOT_ALLOWED, &detail), ALLOW, &allow))
        }
    }
}

/// Serves a call of the usual shape, and returns what comes later; `None` if it must be read more closely.
pub(super) fn serve_usual<S>(
    usual: &Usual<'_>,
    peer: Peer,
    server: &mut Server<'_, S>,
    output: &mut Output,
) -> Option<Late> {
    let is_foreign = peer.is_inet && {
        let hosts = Hosts::of(true, server.shown().is_demanded(), &server.dispatcher.hosts);
        !usual.is_json || guard::host_objection(Some(usual.host), hosts).is_some()
    };
    // A peer that lacks a token learns that by the status.
    if server.lacks_token() || server.dispatcher.methods.wants_tokens() {
        return None;
    }
    if is_foreign || !peer.spoken.json || rest::has_routes(usual.path, server) {
        return None;
    }
    server.trace = usual.traceparent.and_then(|text| text.parse().ok());
    server.streams = false;
    let before = server.shown();
    let mut late = Late::default();
    json::serve(server, &mut late, usual.body, output);
    server.context.set_shown(before);
    Some(late)
}

/// Returns the header `Allow` of a path, by what is there and by the routes of methods.
fn allow(resource: Option<Resource>, verbs: &[&'static str]) -> String {
    let own = resource.map_or(&[][..], Resource::verbs).iter().filter(|own| !verbs.contains(own));
    let all = verbs.iter().chain(own).copied();
    let with_head = all.flat_map(|verb| if verb == "GET" { vec![verb, "HEAD"] } else { vec![verb] });
    with_head.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}

/// Serves a message of JSON-RPC.
fn rpc<S>(headers: &HeaderMap, body: &[u8], peer: Peer, server: &mut Server<'_, S>) -> Routed {
    let media_type = guard::media_type(headers);
    if peer.is_inet && !guard::is_json(&media_type) {
        return refuse_body(&media_type, JSON);
    }
    if !peer.spoken.json {
        return Routed::Now(refuse(
            StatusCode::NOT_FOUND,
            "the daemon does not speak JSON-RPC here: dialects(json, http)",
        ));
    }
    let (mut late, mut reply) = (Late::default(), Output::new(server.dispatcher.limits.output_hard));
    reply.reserve(USUAL_REPLY);
    server.streams = accepts_events(headers);
    // Calls on other connections may have been refused before.
    server.dispatcher.forget_token_needed();
    json::serve(server, &mut late, body, &mut reply);
    let open = if server.streams { server.subscriptions() } else { 0 };
    match late.is_empty() {
        _ if open > 0 => Routed::Later(Later::messages(late, &reply, open)),
        false => Routed::Later(Later::message(late)),
        true if reply.is_empty() => Routed::Now(empty(StatusCode::NO_CONTENT)),
        true => Routed::Now(message(reply.take(), body, server)),
    }
}

/// Answers with a message of JSON-RPC. A peer learns by the status that its only call needs a token.
fn message<S>(reply: Vec<u8>, request: &[u8], server: &mut Server<'_, S>) -> Answer {
    let needs_token = server.dispatcher.take_token_needed() && request.trim_ascii_start().starts_with(b"{");
    match needs_token {
        true => bearer::challenge(whole(StatusCode::UNAUTHORIZED, JSON, reply), code::TOKEN_NEEDED),
        false => super::answer::reply(JSON, reply),
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
pub(super) fn call<S>(
    method: &str,
    params: Option<&str>,
    server: &mut Server<'_, S>,
) -> Result<Vec<u8>, Fault> {
    let mut result = Output::new(server.dispatcher.limits.output_hard);
    server.call(Request { method, params, timeout: None, trace: None }, &mut result)?;
    Ok(result.take())
}

/// Returns a description of the methods.
fn document<S>(method: &str, server: &mut Server<'_, S>) -> Routed {
    let result = call(method, None, server);
    Routed::Now(
        result.map_or_else(|fault| problem::of_fault(&fault, &[]), |json| whole(StatusCode::OK, JSON, json)),
    )
}

/// Answers with a text that the loop makes: the result of a built-in method, if that is a text.
fn text<S>(method: &str, content_type: &'static str, server: &mut Server<'_, S>) -> Routed {
    let mut unused = Output::new(server.dispatcher.limits.output_hard);
    match server.call(Request { method, params: None, timeout: None, trace: None }, &mut unused) {
        Ok(Completion::Deferred(call)) => Routed::Later(Later::text(call, content_type)),
        Ok(_) => Routed::Now(empty(StatusCode::NO_CONTENT)),
        Err(fault) => Routed::Now(problem::of_fault(&fault, &[])),
    }
}

/// Subscribes to the events of the daemon: to those that the query names, as in `names=connect,hang_up`, or to all. A peer
/// that comes back says which it has got (HTML standard, section 9.2.4).
fn events<S>(head: &Parts, server: &mut Server<'_, S>) -> Routed {
    let names = match query::pairs(head.uri.query().unwrap_or_default()) {
        Ok(pairs) => pairs.into_iter().find(|(name, _)| name == "names").map(|(_, names)| names),
        Err(fault) => return Routed::Now(problem::of_fault(&fault, &[])),
    };
    let names: Option<Vec<&str>> = names.as_ref().map(|names| names.split(',').collect());
    // What is no number is none of ours.
    let after = headers::text(&head.headers, &LAST_EVENT_ID).and_then(|id| id.parse::<u64>().ok());
    let params = serde_json::json!([names, after]).to_string();
    server.streams = true;
    match call("daemon.events", Some(&params), server) {
        Ok(subscription) => begin_stream(head, &subscription, Ids::Own, server),
        Err(fault) => Routed::Now(problem::of_fault(&fault, &[])),
    }
}

/// Begins the stream of a subscription, whose number is this JSON. What is asked for by `HEAD` ends at once.
pub(super) fn begin_stream<S>(
    head: &Parts,
    subscription: &[u8],
    ids: Ids,
    server: &mut Server<'_, S>,
) -> Routed {
    if head.method != Method::HEAD {
        return Routed::Later(Later::events(server.subscriptions(), ids));
    }
    if let Ok(id) = serde_json::from_slice(subscription) {
        server.end_subscription(CallId(id));
    }
    Routed::Now(super::answer::events())
}

/// Whether the peer reads a stream of events.
pub(super) fn accepts_events(headers: &HeaderMap) -> bool {
    let accepted = headers::values(headers, &ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|list| list.split(',')).any(|one| one.trim().starts_with("text/event-stream"))
}
