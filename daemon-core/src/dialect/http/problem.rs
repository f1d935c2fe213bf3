//! What is wrong with a request, in the form of RFC 9457, and the status that says it.

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use serde::Serialize;
use serde_json::Value;

use super::answer::{whole, with};
use super::bearer;
use super::codec::Answer;
use crate::code;
use crate::fault::{Fault, FaultSpec};

const PROBLEM: &str = "application/problem+json";

/// A problem (RFC 9457, section 3). The last two members are those of a fault.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// Refuses a request: `detail` says what is wrong and what to do.
pub(super) fn refuse(status: StatusCode, detail: &str) -> Answer {
    answer(status, detail, None)
}

/// Creates the answer to a call that has failed; `declared` are the faults that its method says it has.
pub(super) fn of_fault(fault: &Fault, declared: &[FaultSpec]) -> Answer {
    let answer = answer(status(fault, declared), &sentence(fault), Some(fault));
    let answer = bearer::challenge(answer, fault.code());
    match fault.data().and_then(|data| data["retry_after"].as_f64()) {
        Some(seconds) => with(answer, RETRY_AFTER, &seconds.ceil().to_string()),
        None => answer,
    }
}

/// Says what a fault says, and which parameter it is about.
fn sentence(fault: &Fault) -> String {
    let text = |member: &str| fault.data().and_then(|data| data[member].as_str());
    let message = fault.message();
    match (text("parameter"), text("reason")) {
        (Some(parameter), Some(reason)) => format!("{message}: `{parameter}`: {reason}"),
        (None, Some(reason)) => format!("{message}: {reason}"),
        (_, None) => message.to_owned(),
    }
}

fn answer(status: StatusCode, detail: &str, fault: Option<&Fault>) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    let (code, data) = (fault.map(Fault::code), fault.and_then(Fault::data));
    let problem = Problem { title, status: status.as_u16(), detail, code, data };
    whole(status, PROBLEM, serde_json::to_vec(&problem).unwrap_or_default())
}

/// Returns the status that says the same as a fault. A fault that the method declares is about what the caller wants.
fn status(fault: &Fault, declared: &[FaultSpec]) -> StatusCode {
    match fault.code() {
        code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code::PARSE_ERROR | code::INVALID_REQUEST | code::INVALID_PARAMS => StatusCode::BAD_REQUEST,
        code::NOT_ALLOWED => StatusCode::FORBIDDEN,
        code::TOKEN_NEEDED | code::INVALID_TOKEN => StatusCode::UNAUTHORIZED,
        code::TOO_OFTEN => StatusCode::TOO_MANY_REQUESTS,
        code::WORKER_TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
        code::WORKER_FAILED => StatusCode::BAD_GATEWAY,
        code::WORKER_BUSY | code::WORKER_DOWN | code::TRANSPORT_ERROR | code::CANCELLED => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        code => declared
            .iter()
            .find(|spec| spec.code == code)
            .map_or(StatusCode::INTERNAL_SERVER_ERROR, declared_status),
    }
}

/// Returns the status of a fault that a method declares.
fn declared_status(spec: &FaultSpec) -> StatusCode {
    StatusCode::from_u16(spec.http_status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}
