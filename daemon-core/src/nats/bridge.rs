//! The process that is between a daemon and a NATS server.

use std::collections::HashMap;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::service::{self, Request, ServiceExt};
use async_nats::{Client, Event, HeaderMap};
use futures_util::StreamExt;
use serde_json::value::RawValue;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_local};
use tracing::{info, warn};

use super::link::{Link, Outcome};
use super::subject::Method;
use super::{Assignment, FAULT, server};
use crate::error::{Error, OrError, Result};
use crate::fault::{Fault, code};
use crate::logs::TakesOver;
use crate::net::Endpoint;
use crate::trace::TraceContext;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most calls at once; further ones wait in the queues of their subscriptions.
const CALLS: usize = 1024;
/// How long calls in flight are waited for at the end.
const DRAINING: Duration = Duration::from_secs(3);

/// Runs this process as the bridge of a daemon with these methods, until SIGTERM.
///
/// # Errors
///
/// If the settings are wrong, or the daemon can't be reached. A server that can't be reached is tried again and again.
pub(crate) fn serve(
    assignment: &Assignment,
    methods: Vec<Method>,
    takes_over: TakesOver,
) -> Result<ExitCode> {
    takes_over.start_log(&assignment.daemon, assignment.verbosity, &assignment.log.parse()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_error(|| "cannot start the runtime of the bridge to NATS".to_owned())?;
    let span = tracing::info_span!("nats");
    let _entered = span.enter();
    LocalSet::new().block_on(&runtime, run(assignment, methods))?;
    Ok(ExitCode::SUCCESS)
}

async fn run(assignment: &Assignment, methods: Vec<Method>) -> Result<()> {
    let Endpoint::Unix(socket) = assignment.socket.parse()? else {
        return Err(Error::usage("--nats needs a daemon with a unix socket; add `--socket unix:/path`"));
    };
    let mut stop = signal(SignalKind::terminate()).or_error(|| "cannot listen to SIGTERM".to_owned())?;
    let link = Rc::new(Link::new(&socket));
    let client = tokio::select! {
        client = connect(assignment) => client?,
        _ = stop.recv() => return Ok(()),
    };
    let calls = Arc::new(Semaphore::new(CALLS));
    let offered = offer(assignment, methods, &client, &link, &calls).await?;
    info!("offers {} methods as the service `{}`", offered.endpoints, assignment.daemon);
    let ended = tokio::select! {
        _ = stop.recv() => Ok(()),
        // The calls belong to another daemon of this name, if there is one.
        gone = link.keep() => Err(Error::new("the daemon is gone").because(gone)),
    };
    offered.service.stop().await.map_err(|error| Error::new("cannot stop the service").because(error))?;
    // With all permits, no call is in flight.
    let _ = tokio::time::timeout(DRAINING, calls.acquire_many(CALLS as u32)).await;
    let _ = tokio::time::timeout(DRAINING, client.flush()).await;
    ended
}

/// Connects to a server, and again whenever it is lost.
async fn connect(assignment: &Assignment) -> Result<Client> {
    let (servers, options) = server::options(&assignment.daemon, &assignment.nats).await?;
    let latest = Arc::new(Mutex::new(String::new()));
    let options = options.retry_on_initial_connect().event_callback(move |event| {
        say(&event, &latest);
        async {}
    });
    options.connect(servers).await.or_error(|| "cannot connect to NATS".to_owned())
}

/// Logs what happens to the connection, but not the same again and again: it is tried every few seconds.
fn say(event: &Event, latest: &Mutex<String>) {
    let text = event.to_string();
    let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
    if *latest == text {
        return;
    }
    match event {
        Event::Connected => info!("connected to NATS"),
        Event::Disconnected => warn!("lost the connection to NATS; connecting again"),
        Event::ServerError(error) => warn!("NATS reports: {error}"),
        Event::ClientError(error) => warn!("cannot use NATS: {error}"),
        Event::SlowConsumer(_) => warn!("calls from NATS come faster than they are served; some were lost"),
        _ => {}
    }
    *latest = text;
}

/// A service with its endpoints.
struct Offered {
    service: service::Service,
    endpoints: usize,
}

/// Offers the methods, and serves what is called.
async fn offer(
    assignment: &Assignment,
    methods: Vec<Method>,
    client: &Client,
    link: &Rc<Link>,
    calls: &Arc<Semaphore>,
) -> Result<Offered> {
    let daemon = &assignment.daemon;
    let wrong =
        |error: async_nats::Error| Error::new(format!("cannot offer `{daemon}` on NATS")).because(error);
    let service = client.service_builder().description(&assignment.doc);
    let service = service.start(daemon, &assignment.version).await.map_err(wrong)?;
    let mut endpoints = 0;
    for method in methods {
        let Some(subject) = method.subject(daemon) else {
            warn!("the method `{}` is not offered on NATS: no subject can be called so", method.name);
            continue;
        };
        let endpoint = service.endpoint_builder().name(method.endpoint()).metadata(metadata(&method));
        let mut requests = endpoint.add(subject).await.map_err(wrong)?;
        endpoints += 1;
        let (link, calls) = (link.clone(), calls.clone());
        let method: Rc<str> = method.name.into();
        spawn_local(async move {
            while let Some(request) = requests.next().await {
                let Ok(permit) = calls.clone().acquire_owned().await else { return };
                let (link, method) = (link.clone(), method.clone());
                spawn_local(async move {
                    answer(&request, &link, &method).await;
                    drop(permit);
                });
            }
        });
    }
    Ok(Offered { service, endpoints })
}

/// What the endpoint of a method says about it.
fn metadata(method: &Method) -> HashMap<String, String> {
    let read_only = method.read_only.then(|| ("read_only".to_owned(), "true".to_owned()));
    [("method".to_owned(), method.name.clone()), ("help".to_owned(), method.help.clone())]
        .into_iter()
        .chain(read_only)
        .collect()
}

/// Calls the method for a request, and replies.
async fn answer(request: &Request, link: &Link, method: &str) {
    let traceparent = header(request, "traceparent").and_then(|text| text.parse::<TraceContext>().ok());
    let outcome = match params(&request.message.payload) {
        Ok(params) => link.call(method, params.as_deref(), traceparent, PATIENCE).await,
        Err(fault) => Err(fault),
    };
    if request.message.reply.is_none() {
        return;
    }
    let sent = match reply(&outcome) {
        Ok(result) => request.respond(Ok(result)).await,
        Err((error, headers)) => request.respond_with_headers(Err(error), headers).await,
    };
    if let Err(error) = sent {
        warn!("cannot reply to a call of `{method}`: {error}");
        let error = service::error::Error { status: format!("cannot send the reply: {error}"), code: 500 };
        let _ = request.respond(Err(error)).await;
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.message.headers.as_ref().and_then(|headers| headers.get(name)).map(|value| value.as_str())
}

/// Reads the parameters from a payload: an array, an object, or nothing.
fn params(payload: &[u8]) -> std::result::Result<Option<Box<RawValue>>, Fault> {
    if payload.trim_ascii().is_empty() {
        return Ok(None);
    }
    let wrong = |reason: String| Fault::new(code::PARSE_ERROR, format!("Parse error: {reason}"));
    let text = std::str::from_utf8(payload).map_err(|error| wrong(error.to_string()))?;
    // In JSON, line ends are only between values. The line of the call must have none.
    let text = text.replace(['\n', '\r'], " ");
    RawValue::from_string(text).map(Some).map_err(|error| wrong(error.to_string()))
}

/// Returns the payload of a reply, or an error with its headers.
fn reply(outcome: &Outcome) -> std::result::Result<bytes::Bytes, (service::error::Error, HeaderMap)> {
    let fault = match outcome {
        Ok(result) => return Ok(result.get().to_owned().into()),
        Err(fault) => fault,
    };
    let mut headers = HeaderMap::new();
    if let Ok(json) = serde_json::to_string(fault) {
        headers.insert(FAULT, json);
    }
    let status = fault.message().replace(['\r', '\n'], " ");
    Err((service::error::Error { status, code: status_code(fault.code()) }, headers))
}

/// Returns the status of HTTP that means the same as a fault.
fn status_code(code: i32) -> usize {
    match code {
        code::PARSE_ERROR | code::INVALID_REQUEST | code::INVALID_PARAMS => 400,
        code::TOKEN_NEEDED | code::INVALID_TOKEN => 401,
        code::NOT_ALLOWED => 403,
        code::METHOD_NOT_FOUND => 404,
        code::TOO_OFTEN => 429,
        code::TRANSPORT_ERROR
        | code::WORKER_DOWN
        | code::WORKER_BUSY
        | code::SERVICE_DOWN
        | code::CANCELLED => 503,
        code::WORKER_FAILED => 502,
        code::WORKER_TIMEOUT => 504,
        _ => 500,
    }
}
