//! What callers of the older form get.

use std::io;

use serde_json::{Value, json};

/// Returns the answer for one of HTTP.
pub(super) fn of(status: u16, allow: Option<&str>, body: &str) -> String {
    match status {
        200..=299 if body.is_empty() => "null".to_owned(),
        200..=299 => body.to_owned(),
        404 if !has_code(body) => json!({ "code": 404, "message": "Not found!" }).to_string(),
        405 => {
            let detail = format!("Allowed methods: {}", allow.unwrap_or_default());
            json!({ "code": 405, "message": "Method not allowed", "detail": detail }).to_string()
        }
        401 => json!({ "code": 401, "message": "Unauthorized" }).to_string(),
        status => error(status, &detail(body)),
    }
}

/// Returns the answer to a request that can't be read.
pub(super) fn wrong(reason: &str) -> String {
    error(400, reason)
}

/// Returns the answer when the daemon can't be reached in time.
pub(super) fn unavailable(reason: &io::Error) -> String {
    error(503, &reason.to_string())
}

fn error(code: u16, message: &str) -> String {
    json!({ "status": "error", "code": code, "message": message }).to_string()
}

/// Whether a problem is a fault of a method, and not of the path.
fn has_code(body: &str) -> bool {
    serde_json::from_str(body).is_ok_and(|problem: Value| problem.get("code").is_some())
}

/// Returns what a problem says (RFC 9457, section 3.1.4).
fn detail(body: &str) -> String {
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    text("detail").or_else(|| text("title")).unwrap_or(body).to_owned()
}
