//! Requests for the routes of methods: their parameters, and answers that clients of resources understand.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use hyper::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::Peer;
use super::answer::{JSON, empty, whole, with};
use super::codec::{Answer, Received};
use super::problem;
use super::query;
use super::route::{self, Routed, begin_stream, refuse_body};
use super::stream::{Ids, Later};
use super::{guard, headers};
use crate::dialect::json::request::{check_nesting, read_value};
use crate::fault::{Fault, FaultSpec};
use crate::rpc::call::Completion;
use crate::rpc::dispatch::{Request, Server};
use crate::rpc::output::Output;
use crate::rpc::routes::Routed as Target;
use crate::rpc::texts::{Kind, string};

/// How a call is answered.
pub(super) struct Form {
    etag: bool,
    /// The entity tags that the peer has (RFC 9110, section 13.1.2).
    known: Option<String>,
    declared: fn() -> &'static [FaultSpec],
}

/// Returns the routes of a path, and the values of the parameters in it. If the daemon has something of its own there, only
/// routes of this very path count.
fn routes<'s, 'p, S>(
    path: &'p str,
    is_taken: bool,
    server: &'s Server<'_, S>,
) -> Option<(&'s [Target], Vec<&'p str>)> {
    let found = server.dispatcher.methods.routes.find(path);
    found.filter(|(_, values)| values.is_empty() || !is_taken)
}

/// Whether a path of the daemon's own also has routes.
pub(super) fn has_routes<S>(path: &str, server: &Server<'_, S>) -> bool {
    routes(path, true, server).is_some()
}

/// Returns the methods of HTTP that the routes of a path have.
pub(super) fn verbs<S>(path: &str, is_taken: bool, server: &Server<'_, S>) -> Vec<&'static str> {
    let found = routes(path, is_taken, server);
    found.map_or_else(Vec::new, |(routes, _)| routes.iter().map(|target| target.route.verb).collect())
}

/// Serves a request for a route; `None` if there is none. `is_taken` says whether the daemon has something of its own at the
/// path.
pub(super) fn serve<S>(
    request: &Received,
    body: &[u8],
    is_taken: bool,
    peer: Peer,
    server: &mut Server<'_, S>,
) -> Option<Routed> {
    let head = &request.head;
    let (routes, values) = routes(head.uri.path(), is_taken, server)?;
    let verb = if head.method == Method::HEAD { "GET" } else { head.method.as_str() };
    let target = routes.iter().find(|target| target.route.verb == verb)?;
    let media_type = guard::media_type(&head.headers);
    if peer.is_inet && !body.is_empty() && !guard::is_json(&media_type) {
        return Some(refuse_body(&media_type, JSON));
    }
    let entry = server.dispatcher.methods.entry(target.method);
    let (name, sends_items) = (entry.name.clone(), entry.spec.items.is_some());
    let known = headers::text(&head.headers, &IF_NONE_MATCH).map(str::to_owned);
    let form = Form { etag: target.route.etag, known, declared: entry.spec.faults };
    let nesting = server.dispatcher.limits.nesting;
    let params = params(target, &values, head.uri.query().unwrap_or_default(), body, nesting);
    Some(match params {
        Ok(params) if sends_items => stream(&name, &params, &form, head, server),
        Ok(params) => call(&name, &params, form, server),
        Err(fault) => Routed::Now(form.answer(Err(fault))),
    })
}

/// Calls a method that sends items.
fn stream<S>(method: &str, params: &str, form: &Form, head: &Parts, server: &mut Server<'_, S>) -> Routed {
    server.streams = true;
    match route::call(method, Some(params), server) {
        Ok(subscription) => begin_stream(head, &subscription, Ids::Count(0), server),
        Err(fault) => Routed::Now(form.answer(Err(fault))),
    }
}

fn call<S>(method: &str, params: &str, form: Form, server: &mut Server<'_, S>) -> Routed {
    let mut result = Output::new(server.dispatcher.limits.output_hard);
    server.streams = false;
    match server.call(Request { method, params: Some(params), timeout: None, trace: None }, &mut result) {
        Ok(Completion::Deferred(call)) => Routed::Later(Later::resource(call, form)),
        Ok(_) => Routed::Now(form.answer(Ok(result.take()))),
        Err(fault) => Routed::Now(form.answer(Err(fault))),
    }
}

/// Collects the parameters of a call from the path, the query and the body, by name.
fn params(
    target: &Target,
    values: &[&str],
    query: &str,
    body: &[u8],
    nesting: usize,
) -> Result<String, Fault> {
    let mut members = Vec::new();
    for (name, value) in target.route.names().zip(values) {
        members.push(member(target, name, &[query::decode(value)?]));
    }
    let mut given = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in query::pairs(query)? {
        given.entry(name).or_default().push(value);
    }
    for (name, values) in &given {
        if values.len() > 1 && !matches!(target.kind(name), Some(Kind::List { .. }) | None) {
            return Err(Fault::invalid_value(name, "it is given twice"));
        }
        members.push(member(target, name, values));
    }
    members.extend(body_members(target, body, nesting)?);
    let params = format!("{{{}}}", members.join(","));
    check_nesting(&params, nesting)?;
    Ok(params)
}

/// Writes a parameter as a member of an object. What is no value of its type is refused when it is read. In a URL there
/// is no null: a parameter is left out.
fn member<T: AsRef<str>>(target: &Target, name: &str, texts: &[T]) -> String {
    let written = target.kind(name).and_then(|kind| kind.repeated(texts).ok());
    let last = || string(texts.last().map(AsRef::as_ref).unwrap_or_default());
    format!("{}:{}", string(name), written.filter(|json| json != "null").unwrap_or_else(last))
}

/// Returns what the body has: one parameter, or the members of an object that has some of them.
fn body_members(target: &Target, body: &[u8], nesting: usize) -> Result<Option<String>, Fault> {
    let route = &target.route;
    if body.is_empty() {
        return Ok(None);
    }
    if !route.has_body() {
        return Err(Fault::invalid_request(format!("a request with {} has no body here", route.verb)));
    }
    let text = read_value(body, nesting)?.get();
    if let Some(name) = route.body {
        return Ok(Some(format!("{}:{text}", string(name))));
    }
    let members = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).map(str::trim);
    let members =
        members.ok_or_else(|| Fault::invalid_request("the body is an object of parameters by name"))?;
    Ok((!members.is_empty()).then(|| members.to_owned()))
}

impl Form {
    /// Creates the answer.
    pub(super) fn answer(&self, outcome: Result<Vec<u8>, Fault>) -> Answer {
        match outcome {
            Ok(json) if json == b"null" => empty(StatusCode::NO_CONTENT),
            Ok(json) if self.etag => self.tagged(json),
            Ok(json) => whole(StatusCode::OK, JSON, json),
            Err(fault) => problem::of_fault(&fault, (self.declared)()),
        }
    }

    /// Answers with an entity tag, and without the body if the peer has it.
    fn tagged(&self, json: Vec<u8>) -> Answer {
        let tag = tag(&json);
        let is_known = self.known.as_ref().is_some_and(|known| has(known, &tag));
        let answer = match is_known {
            true => empty(StatusCode::NOT_MODIFIED),
            false => whole(StatusCode::OK, JSON, json),
        };
        with(with(answer, ETAG, &tag), CACHE_CONTROL, "no-cache")
    }
}

/// Returns the entity tag of a result (RFC 9110, section 8.8.3).
fn tag(json: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(json);
    format!("\"{:016x}\"", hasher.finish())
}

/// Whether a list of entity tags has this one, as they are compared for `If-None-Match`: weakly.
fn has(list: &str, tag: &str) -> bool {
    let mut tags = list.split(',').map(str::trim);
    tags.any(|other| other == "*" || other.strip_prefix("W/").unwrap_or(other) == tag)
}
