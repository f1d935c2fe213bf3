//! Where HTTP is not spoken: a web page can send a request to any port of the machine it is viewed on.

use memchr::memchr;

use super::Step;
use crate::rpc::output::Output;

/// The reply to a peer that speaks HTTP.
const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 48\r\n\
                       Connection: close\r\n\r\nThis socket speaks JSON-RPC, one line a message\n";

/// Answers a request with status 400, and ignores its body.
pub(super) fn refuse(bytes: &[u8], output: &mut Output) -> Step {
    output.push(REFUSAL);
    Step::end(bytes)
}

/// Whether a stream starts with a request line of at most `limit` bytes; `None` if its first line is not complete.
pub(super) fn is_request(bytes: &[u8], limit: usize) -> Option<bool> {
    if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
        return Some(false);
    }
    match memchr(b'\n', bytes) {
        Some(end) => Some(end <= limit && is_request_line(&bytes[..end])),
        None if bytes.len() >= limit => Some(false),
        None => None,
    }
}

/// Whether a line is a request line (RFC 9112, section 3): a method, a target, a version.
pub(super) fn is_request_line(line: &[u8]) -> bool {
    if !line.first().is_some_and(u8::is_ascii_uppercase) {
        return false;
    }
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let method = words.next().is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
    let version = words.next_back().is_some_and(|version| version.starts_with(b"HTTP/"));
    method && version && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_is_a_method_a_target_and_a_version() {
        for line in ["POST / HTTP/1.1\r", "GET /a b HTTP/1.0", "OPTIONS * HTTP/1.1\r"] {
            assert!(is_request_line(line.as_bytes()), "{line}");
        }
        for line in ["", "{}", "POST", "POST HTTP/1.1", "post / HTTP/1.1", "[\"GET / HTTP/1.1\"]", "Host: x"]
        {
            assert!(!is_request_line(line.as_bytes()), "{line}");
        }
    }
}
