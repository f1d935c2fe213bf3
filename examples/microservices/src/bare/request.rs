//! A request in the older form.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;

/// The most bytes of a request.
const LONGEST: u64 = 1024 * 1024;

/// What every daemon has besides the routes of its methods.
const OWN: [&str; 9] =
    ["/rpc", "/RPC2", "/mcp", "/openrpc.json", "/openapi.json", "/events", "/metrics", "/healthz", "/readyz"];

/// A request in the older form.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    path: String,
    #[serde(default = "get")]
    method: String,
    /// The parameters.
    #[serde(default)]
    data: Value,
    auth_token: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

impl Request {
    /// Reads a request: one JSON value, which needs nothing behind it.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(super) fn read(stream: &UnixStream, deadline: Instant) -> Result<Request, String> {
        let bounded = Bounded { stream, deadline }.take(LONGEST);
        let mut values = serde_json::Deserializer::from_reader(io::BufReader::new(bounded));
        let request = Request::deserialize(&mut values).map_err(|error| error.to_string())?;
        request.check()
    }

    fn check(self) -> Result<Request, String> {
        let is_method = !self.method.is_empty() && self.method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_method {
            return Err("`method` is not one of HTTP, such as \"GET\"".to_owned());
        }
        if !self.path.starts_with('/') || !is_visible(&self.path) {
            return Err("`path` is not one such as \"/user\"".to_owned());
        }
        let is_own = OWN.contains(&self.path.split('?').next().unwrap_or_default());
        if is_own || (self.path == "/" && self.method != "GET") {
            return Err("`path` is not that of a method".to_owned());
        }
        if self.auth_token.as_deref().is_some_and(|token| !is_visible(token)) {
            return Err("`auth_token` is not a token".to_owned());
        }
        if !matches!(self.data, Value::Null | Value::Object(_)) {
            return Err("`data` is not an object".to_owned());
        }
        Ok(self)
    }

    /// Writes the request as HTTP.
    pub(super) fn to_http(&self) -> Vec<u8> {
        let is_body = matches!(&*self.method, "POST" | "PUT" | "PATCH");
        let (query, body) =
            if is_body { (String::new(), self.data.to_string()) } else { (self.query(), String::new()) };
        let mut head = format!(
            "{} {}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
            self.method, self.path
        );
        if let Some(token) = &self.auth_token {
            head += &format!("Authorization: Bearer {token}\r\n");
        }
        if is_body {
            let body = if self.data.is_null() { "{}" } else { &body };
            head +=
                &format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        } else {
            head += "\r\n";
        }
        head.into_bytes()
    }

    /// Returns the parameters as a query.
    fn query(&self) -> String {
        let Some(data) = self.data.as_object().filter(|data| !data.is_empty()) else { return String::new() };
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in data {
            match value {
                Value::String(text) => query.append_pair(name, text),
                other => query.append_pair(name, &other.to_string()),
            };
        }
        let mark = if self.path.contains('?') { '&' } else { '?' };
        format!("{mark}{}", query.finish())
    }
}

/// Whether a text can stand in the head of a request.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A stream that is read until a deadline.
pub(super) struct Bounded<'s> {
    pub(super) stream: &'s UnixStream,
    pub(super) deadline: Instant,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        (&mut &*self.stream).read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(json: &str) -> Result<String, String> {
        let request: Request = serde_json::from_str(json).map_err(|error| error.to_string())?;
        request.check().map(|request| String::from_utf8(request.to_http()).unwrap_or_default())
    }

    #[test]
    fn data_is_a_query_or_a_body() {
        let cases = [
            (r#"{"path":"/"}"#, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            (
                r#"{"path":"/user","data":{"name":"A & B","page":2}}"#,
                "GET /user?name=A+%26+B&page=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            ),
            (
                r#"{"path":"/user","method":"POST","data":{"name":"Ann"},"auth_token":"t"}"#,
                "POST /user HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer t\r\n\
                 Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ann\"}",
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(http(json).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_could_break_the_head_is_refused() {
        for json in [
            r#"{"path":"/ HTTP/1.1\r\nX: y"}"#,
            r#"{"path":"user"}"#,
            r#"{"path":"/rpc","method":"POST"}"#,
            r#"{"path":"/","method":"POST"}"#,
            r#"{"path":"/events?x"}"#,
            r#"{"path":"/","method":"GET /x"}"#,
            r#"{"path":"/","auth_token":"a\r\nX: y"}"#,
            r#"{"path":"/","data":[1]}"#,
            r#"{"method":"GET"}"#,
        ] {
            assert!(http(json).is_err(), "{json}");
        }
    }
}
