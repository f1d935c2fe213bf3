//! A fast path for calls of the usual shape, before hyper.
//!
//! It never refuses anything: when in doubt (an unknown header, another path, a body that has not come) it returns `None`
//! and leaves the bytes to hyper, which would read the same. What it does take is answered with the bytes that hyper would
//! write; `fuzzing` compares the two.

use httparse::{EMPTY_HEADER, Header, Status, parse_headers};

use super::answer::JSON;
use crate::date::with_date;
use crate::rpc::output::Output;

/// The most headers of the usual shape; the clients known to us send up to ten.
const HEADERS: usize = 16;
/// The most digits of a length: it fits into a number.
const DIGITS: usize = 9;

/// A call: JSON-RPC in a whole `POST` to `/` or `/rpc`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Usual<'a> {
    pub(crate) path: &'static str,
    pub(crate) host: &'a str,
    /// Whether the peer says that the body is JSON. It may also say nothing.
    pub(crate) is_json: bool,
    /// The trace context of the caller, as written.
    pub(crate) traceparent: Option<&'a str>,
    pub(crate) body: &'a [u8],
    /// How many bytes the request has.
    pub(crate) length: usize,
}

/// What a header of the usual shape is for.
#[derive(Clone, Copy)]
enum Kind {
    Host,
    Length,
    Type,
    Accept,
    Connection,
    Trace,
    /// It changes no answer.
    Idle,
}

const KINDS: &[(&str, Kind)] = &[
    ("host", Kind::Host),
    ("content-length", Kind::Length),
    ("content-type", Kind::Type),
    ("accept", Kind::Accept),
    ("user-agent", Kind::Idle),
    ("accept-encoding", Kind::Idle),
    ("connection", Kind::Connection),
    ("traceparent", Kind::Trace),
    ("accept-language", Kind::Idle),
];

/// Reads the first request in `bytes` if it is of the usual shape, and has a body of at most `limit` bytes.
pub(crate) fn glance(bytes: &[u8], limit: usize) -> Option<Usual<'_>> {
    let rest = bytes.strip_prefix(b"POST /")?;
    let (path, head) = match rest.strip_prefix(b"rpc HTTP/1.1\r\n") {
        Some(head) => ("/rpc", head),
        None => ("/", rest.strip_prefix(b" HTTP/1.1\r\n")?),
    };
    let mut headers = [EMPTY_HEADER; HEADERS];
    let Ok(Status::Complete((end, headers))) = parse_headers(head, &mut headers) else { return None };
    let (mut host, mut length, mut content_type, mut traceparent) = (None, None, None, None);
    for header in headers {
        let value = text(header)?;
        let twice = match kind(header.name)? {
            Kind::Host => host.replace(value).is_some(),
            Kind::Length => length.replace(number(value)?).is_some(),
            Kind::Type => content_type.replace(value).is_some(),
            Kind::Trace => traceparent.replace(value).is_some(),
            Kind::Accept => value.contains("event-stream"),
            Kind::Connection => !value.eq_ignore_ascii_case("keep-alive"),
            Kind::Idle => false,
        };
        if twice {
            return None;
        }
    }
    if content_type.is_some_and(|content_type| !is_json(content_type)) {
        return None;
    }
    let length = length.filter(|length| *length <= limit)?;
    let body = head.get(end..end.checked_add(length)?)?;
    let length = bytes.len() - head.len() + end + length;
    Some(Usual { path, host: host?, is_json: content_type.is_some(), traceparent, body, length })
}

fn kind(name: &str) -> Option<Kind> {
    KINDS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, kind)| *kind)
}

/// Returns a value if it is text in any encoding: visible ASCII.
fn text<'a>(header: &Header<'a>) -> Option<&'a str> {
    let is_visible = header.value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    std::str::from_utf8(header.value).ok().filter(|_| is_visible)
}

/// Returns a number that has only digits.
fn number(text: &str) -> Option<usize> {
    let is_plain = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split_once(';').map_or(content_type, |(essence, _)| essence);
    essence.trim().eq_ignore_ascii_case(JSON)
}

/// Completes an answer whose body was written from `start` on.
pub(super) fn finish(start: usize, output: &mut Output) {
    let end = output.len();
    if end == start {
        output.push("HTTP/1.1 204 No Content\r\ndate: ");
    } else {
        output.push("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ");
        output.number((end - start) as u64);
        output.push("\r\ndate: ");
    }
    with_date(|date| output.push_bytes(date));
    output.push("\r\n\r\n");
    output.put_before(start, end);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 100;

    fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
        format!("{line}\r\n{headers}\r\n{body}").into_bytes()
    }

    #[test]
    fn a_call_of_the_usual_shape_is_taken_as_it_stands() {
        let headers = "HOST:  x \r\nContent-length: 2\r\naccept: */*\r\nConnection: Keep-Alive\r\n\
            Content-Type: Application/JSON; charset=utf-8\r\ntraceparent: 00-ab\r\nUser-Agent: \r\n";
        let bytes = request("POST /rpc HTTP/1.1", headers, "{}POST");
        let expected = Usual {
            path: "/rpc",
            host: "x",
            is_json: true,
            traceparent: Some("00-ab"),
            body: b"{}",
            length: bytes.len() - 4,
        };
        assert_eq!(glance(&bytes, LIMIT), Some(expected));
        let bytes = request("POST / HTTP/1.1", "Host: \r\nContent-Length: 0\r\n", "");
        let usual = glance(&bytes, LIMIT).unwrap();
        assert_eq!((usual.path, usual.host, usual.is_json, usual.body), ("/", "", false, &b""[..]));
    }

    #[test]
    fn everything_else_is_left_to_hyper() {
        let usual = "Host: x\r\nContent-Length: 2\r\n";
        for line in [
            "POST /rpc HTTP/1.0",
            "POST /rpc?a HTTP/1.1",
            "POST  /rpc HTTP/1.1",
            "POST /RPC2 HTTP/1.1",
            "POST * HTTP/1.1",
            "post /rpc HTTP/1.1",
            "GET /rpc HTTP/1.1",
            "\r\nPOST /rpc HTTP/1.1",
            "POST /rpc HTTP/1.1\r",
        ] {
            assert_eq!(glance(&request(line, usual, "{}"), LIMIT), None, "{line:?}");
        }
        for headers in [
            "",
            "Host: x\r\n",
            "Content-Length: 2\r\n",
            "Host: x\r\nHost: x\r\nContent-Length: 2\r\n",
            "Host: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n",
            "Host: x\r\nContent-Length: +2\r\n",
            "Host: x\r\nContent-Length: 2, 2\r\n",
            "Host: x\r\nContent-Length:\r\n",
            "Host: x\r\nContent-Length: 3\r\n",
            "Host: x\r\nContent-Length: 00000000000000000002\r\n",
            "Host: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "Host: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n",
            "Host: x\r\nContent-Length: 2\r\nConnection: close\r\n",
            "Host: x\r\nContent-Length: 2\r\nConnection: keep-alive, close\r\n",
            "Host: x\r\nContent-Length: 2\r\nUpgrade: h2c\r\n",
            "Host: x\r\nContent-Length: 2\r\nOrigin: http://x\r\n",
            "Host: x\r\nContent-Length: 2\r\nSec-Fetch-Site: cross-site\r\n",
            "Host: x\r\nContent-Length: 2\r\nAuthorization: Bearer x\r\n",
            "Host: x\r\nContent-Length: 2\r\nContent-Type: text/xml\r\n",
            "Host: x\r\nContent-Length: 2\r\nContent-Type:\r\n",
            "Host: x\r\nContent-Length: 2\r\nAccept: text/event-stream\r\n",
            "Host: x\r\nContent-Length : 2\r\n",
            "Host: x\r\nContent-Length: 2\r\n X: folded\r\n",
            "Host: \u{fc}\r\nContent-Length: 2\r\n",
            "Host: x\ty\r\nContent-Length: 2\r\n",
            "Host: x\r\nContent-Length: 2\r\nAccept: a\0\r\n",
            &format!("{usual}{}", "Accept: x\r\n".repeat(HEADERS)),
        ] {
            assert_eq!(glance(&request("POST /rpc HTTP/1.1", headers, "{}"), LIMIT), None, "{headers:?}");
        }
        let long = request("POST /rpc HTTP/1.1", "Host: x\r\nContent-Length: 101\r\n", &"x".repeat(101));
        assert_eq!(glance(&long, LIMIT), None);
        let whole = request("POST /rpc HTTP/1.1", usual, "{}");
        for end in 0..whole.len() {
            assert_eq!(glance(&whole[..end], LIMIT), None, "{end}");
        }
    }
}
