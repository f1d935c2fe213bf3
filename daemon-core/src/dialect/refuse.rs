//! Dialects that a socket does not have. HTTP is always recognised: a web page can send a request to any port of the
//! machine it is viewed on.

use memchr::memchr;

use super::lines::Lines;
use super::{Farewell, Step};
use crate::rpc::output::Output;

const NO_HTTP: &str =
    "This socket does not speak HTTP. A daemon does with the feature `http`, and dialects(json, http).\n";
const NO_MCP: &str = "this socket does not speak MCP; the daemon allows it with dialects(json, mcp)";
const NO_JSON: &str = "this socket does not speak JSON-RPC; the daemon allows it with dialects(json)";

/// The longest request line that is recognised, in bytes.
const LONGEST: usize = 16 * 1024;

/// A dialect that a socket does not have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unspoken {
    Http,
    Json,
    Mcp,
}

impl Unspoken {
    /// Tells the peer, and ignores what it has sent.
    pub(super) fn refuse(self, bytes: &[u8], output: &mut Output) -> Step {
        match self {
            Unspoken::Http => output.push(&format!(
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: \
                 close\r\n\r\n{NO_HTTP}",
                NO_HTTP.len()
            )),
            Unspoken::Mcp => Lines::new(true).farewell(Farewell::Because(NO_MCP), output),
            Unspoken::Json => Lines::new(true).farewell(Farewell::Because(NO_JSON), output),
        }
        Step::end(bytes)
    }
}

/// Whether a stream starts with a request line of at most `limit` bytes; `None` if its first line is not complete.
pub(super) fn is_request(bytes: &[u8], limit: usize) -> Option<bool> {
    if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
        return Some(false);
    }
    match memchr(b'\n', bytes) {
        Some(end) => Some(end <= limit && is_request_line(&bytes[..end])),
        None if bytes.len() >= limit.min(LONGEST) => Some(false),
        None => None,
    }
}

/// Whether a line is a request line (RFC 9112, section 3): a method, a target, a version.
pub(super) fn is_request_line(line: &[u8]) -> bool {
    if !line.first().is_some_and(u8::is_ascii_uppercase) {
        return false;
    }
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    let method = words.next().is_some_and(|method| method.iter().all(is_letter));
    let version = words.next_back().is_some_and(|version| version.starts_with(b"HTTP/"));
    method && version && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_is_a_method_a_target_and_a_version() {
        for line in
            ["POST / HTTP/1.1\r", "GET /a b HTTP/1.0", "OPTIONS * HTTP/1.1\r", "M-SEARCH * HTTP/1.1\r"]
        {
            assert!(is_request_line(line.as_bytes()), "{line}");
        }
        for line in ["", "{}", "POST", "POST HTTP/1.1", "post / HTTP/1.1", "[\"GET / HTTP/1.1\"]", "Host: x"]
        {
            assert!(!is_request_line(line.as_bytes()), "{line}");
        }
    }
}
