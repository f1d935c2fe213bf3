//! Answers: their heads and bodies.

use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};

use super::codec::{Answer, Payload};

pub(super) const TEXT: &str = "text/plain";
pub(super) const JSON: &str = "application/json";
/// OpenMetrics 1.0, section "Protocol Negotiation".
pub(super) const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What clients of XML-RPC expect (its specification, "Response format").
pub(super) const XML: &str = "text/xml";
const EVENTS: &str = "text/event-stream";

/// Creates an answer with a body of this type.
pub(super) fn whole(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    head(status, content_type, Payload::Whole(body))
}

/// Creates the answer to a call: what a `POST` gets is not kept anywhere (RFC 9111, section 3).
pub(super) fn reply(content_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Payload::Whole(body));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// Creates an answer without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Payload::Whole(Vec::new()));
    *answer.status_mut() = status;
    answer
}

/// Creates an answer whose body is a stream of events.
pub(super) fn events() -> Answer {
    head(StatusCode::OK, EVENTS, Payload::Stream)
}

/// Creates an answer whose body is a text that grows.
pub(super) fn texts() -> Answer {
    head(StatusCode::OK, TEXT, Payload::Stream)
}

/// Adds a header.
pub(super) fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn head(status: StatusCode, content_type: &'static str, payload: Payload) -> Answer {
    let mut answer = Response::new(payload);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
