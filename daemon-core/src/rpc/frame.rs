//! Frames of a byte stream: one line is one frame.
//!
//! The splitter looks at bytes only; what a frame says is the dialect's matter.

/// One frame, and where the next one starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The line without its end.
    pub(crate) body: &'a [u8],
    /// How many bytes the line takes, its end included.
    pub(crate) len: usize,
}

/// A line that has more bytes than a frame may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The first frame of `bytes`; `None` while its end has not come yet.
///
/// The first `seen` bytes are known to hold no line end, so that a frame that comes in many pieces is looked
/// through once.
pub(crate) fn split(bytes: &[u8], seen: usize, limit: usize) -> Result<Option<Frame<'_>>, TooLong> {
    let seen = seen.min(bytes.len());
    let end = memchr::memchr(b'\n', &bytes[seen..]).map(|at| seen + at);
    match end {
        Some(end) if end > limit => Err(TooLong),
        Some(end) => Ok(Some(Frame { body: &bytes[..end], len: end + 1 })),
        None if bytes.len() > limit => Err(TooLong),
        None => Ok(None),
    }
}

/// Whether a line can be a message at all: an object, an array, or nothing. Whether it is, the parser says.
pub(crate) fn may_be_json(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'{' | b'['))
}

/// Whether a line is the start of a request of HTTP/1 (RFC 9112, section 3): a method, a target, a version.
pub(crate) fn is_http(line: &[u8]) -> bool {
    if !line.first().is_some_and(u8::is_ascii_uppercase) {
        return false;
    }
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let method = words.next().is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
    let version = words.next_back().is_some_and(|version| version.starts_with(b"HTTP/"));
    method && version && words.next().is_some()
}

/// Whether JSON text nests arrays and objects deeper than `limit`.
///
/// Text that is not JSON may get either answer: whoever parses it refuses it anyhow.
pub(crate) fn nests_deeper(text: &[u8], limit: usize) -> bool {
    // That many levels take as many brackets to open and as many to close.
    if text.len() <= 2 * limit {
        return false;
    }
    let mut depth = 0_usize;
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut rest),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => drop(rest.next()),
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_frame_whatever_follows() {
        let frame = split(b"one\ntwo\n", 0, 100).unwrap().unwrap();
        assert_eq!(frame, Frame { body: b"one", len: 4 });
        assert_eq!(split(b"one", 0, 100), Ok(None));
        assert_eq!(split(b"", 0, 100), Ok(None));
        assert_eq!(split(b"one\n", 3, 100).unwrap().unwrap().len, 4);
    }

    #[test]
    fn a_frame_may_have_limit_bytes_and_no_more() {
        assert_eq!(split(b"1234\n", 0, 4).unwrap().unwrap().body, b"1234");
        assert_eq!(split(b"12345\n", 0, 4), Err(TooLong));
        assert_eq!(split(b"12345", 0, 4), Err(TooLong));
        assert_eq!(split(b"1234", 0, 4), Ok(None));
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_frame() {
        let stream = b"{\"a\":\"b\"}\n";
        for have in 0..stream.len() {
            assert_eq!(split(&stream[..have], have.saturating_sub(1), 100), Ok(None));
        }
        assert_eq!(split(stream, stream.len() - 1, 100).unwrap().unwrap().body, b"{\"a\":\"b\"}");
    }

    #[test]
    fn a_request_of_http_is_known_by_its_first_line() {
        for line in ["POST / HTTP/1.1\r", "GET /a b HTTP/1.0", "OPTIONS * HTTP/1.1\r"] {
            assert!(is_http(line.as_bytes()) && !may_be_json(line.as_bytes()), "{line}");
        }
        for line in ["", "{}", "POST", "POST HTTP/1.1", "post / HTTP/1.1", "[\"GET / HTTP/1.1\"]", "Host: x"]
        {
            assert!(!is_http(line.as_bytes()), "{line}");
        }
        assert!(may_be_json(b"") && may_be_json(b" \t[") && may_be_json(b"{") && !may_be_json(b"Host: x"));
    }

    #[test]
    fn nesting_counts_brackets_outside_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!nests_deeper(nested(64).as_bytes(), 64));
        assert!(nests_deeper(nested(65).as_bytes(), 64));
        let string = format!("[\"{}\\\"{}\"]", "[".repeat(200), "{".repeat(200));
        assert!(!nests_deeper(string.as_bytes(), 64));
        assert!(nests_deeper(&[b'['; 200], 64));
    }
}
