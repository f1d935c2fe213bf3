//! A call of the daemon over HTTP, on its own socket.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use super::answer;
use super::request::{Bounded, Request};

/// The most bytes of an answer.
const LONGEST: u64 = 16 * 1024 * 1024;
/// The most headers of an answer.
const HEADERS: usize = 32;

/// Passes a request on, and returns the answer in the older form.
pub(super) fn call(daemon: &Path, request: &Request, deadline: Instant) -> io::Result<String> {
    let mut stream = UnixStream::connect(daemon)?;
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.set_write_timeout(Some(left))?;
    stream.write_all(&request.to_http())?;
    let mut bytes = Vec::new();
    Bounded { stream: &stream, deadline }.take(LONGEST).read_to_end(&mut bytes)?;
    if bytes.len() as u64 >= LONGEST {
        return Err(io::Error::other(format!("the answer has more than {LONGEST} bytes")));
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let head = match response.parse(&bytes).map_err(|error| wrong(error.to_string()))? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Err(io::ErrorKind::UnexpectedEof.into()),
    };
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    if header("transfer-encoding").is_some() {
        return Err(wrong("the answer is a stream".to_owned()));
    }
    let body = String::from_utf8_lossy(&bytes[head..]);
    Ok(answer::of(response.code.unwrap_or(500), header("allow"), &body))
}
