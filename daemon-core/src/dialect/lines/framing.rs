//! Where messages end: at a line end, at a NUL, or where their value ends.
//!
//! A message ends with the first of these two: its array or object is complete, or a line feed. So a peer may write one
//! message per line, or write values without anything between them. A peer whose first message is followed by a NUL
//! ends all of its messages with a NUL.
//!
//! How a stream is cut into reads makes no difference. What is searched once is not searched again.

use memchr::memchr;

/// Finds the messages of one connection.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    /// How many of the bytes not finished with have been searched.
    seen: usize,
    /// What the search has found there.
    value: Value,
    /// Whether the previous message ended where its value did: then a line end may be far away.
    by_value: bool,
    separator: Option<Separator>,
}

/// What a peer writes between its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// A line end.
    Line,
    /// A NUL; its messages may contain line ends.
    Nul,
    /// Nothing, and it waits for the reply.
    None,
}

/// A message in the bytes of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) bytes: &'a [u8],
    /// How many bytes of the stream it takes, with its separator.
    pub(crate) used: usize,
    /// Whether it is a line whose content is unknown: it may contain further messages.
    pub(crate) is_line: bool,
}

/// A message that is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Separator {
    pub(super) fn text(self) -> &'static str {
        match self {
            Separator::Line => "\n",
            Separator::Nul => "\0",
            // As Core Lightning does: some of its clients wait for that.
            Separator::None => "\n\n",
        }
    }
}

impl Framing {
    /// Returns what the peer writes between messages; `None` until something has followed its first message.
    pub(super) fn separator(&self) -> Option<Separator> {
        self.separator
    }

    /// Whether the bytes may contain a message, if there are `kept` of them.
    pub(super) fn may_have_frame(&self, kept: usize) -> bool {
        self.seen < kept
    }

    /// Finds the first message of at most `limit` bytes; `None` if it has not arrived. `ended` says that nothing comes
    /// after these bytes.
    pub(crate) fn next<'a>(
        &mut self,
        bytes: &'a [u8],
        limit: usize,
        ended: bool,
    ) -> Result<Option<Frame<'a>>, TooLong> {
        if !self.by_value
            && let Some(line) = line(bytes, self.seen, limit)
        {
            return Ok(Some(Frame { is_line: true, ..self.found(line, line.len() + 1) }));
        }
        let frame = match self.separator {
            Some(Separator::Nul) => self.next_until_nul(bytes, limit)?,
            Some(Separator::Line | Separator::None) | None => self.next_value(bytes, limit)?,
        };
        match frame {
            None if ended && !bytes.is_empty() => Ok(Some(self.found(bytes, bytes.len()))),
            None => {
                self.seen = bytes.len();
                Ok(None)
            }
            frame => Ok(frame),
        }
    }

    /// Returns the length of the first message in a line: up to the end of its array or object, if something follows.
    pub(crate) fn first_message(&mut self, line: &[u8]) -> usize {
        match Value::default().search(line, 0) {
            Some(End::Value(end)) if !line[end..].trim_ascii().is_empty() => {
                self.by_value = true;
                end
            }
            Some(End::Value(_) | End::Line(_)) | None => {
                self.end_line();
                line.len()
            }
        }
    }

    /// Records that a line was one message.
    #[inline]
    pub(super) fn end_line(&mut self) {
        self.separator = Some(Separator::Line);
    }

    /// Finds a message that ends with its value or with its line.
    fn next_value<'a>(&mut self, bytes: &'a [u8], limit: usize) -> Result<Option<Frame<'a>>, TooLong> {
        if self.by_value && self.separator.is_none() {
            return Ok(self.separate(bytes));
        }
        if self.separator == Some(Separator::None) && bytes.first() == Some(&0) {
            return Ok(self.separate(bytes));
        }
        match self.value.search(bytes, self.seen) {
            Some(End::Value(end)) if end <= limit => {
                self.by_value = true;
                Ok(Some(self.found(&bytes[..end], end)))
            }
            Some(End::Line(end)) if end <= limit => {
                self.by_value = false;
                self.end_line();
                Ok(Some(self.found(&bytes[..end], end + 1)))
            }
            None if bytes.len() <= limit => Ok(None),
            Some(End::Value(_) | End::Line(_)) | None => Err(TooLong),
        }
    }

    /// Learns from the bytes after a value what the peer writes there, and skips it; `None` if nothing has arrived.
    fn separate<'a>(&mut self, bytes: &'a [u8]) -> Option<Frame<'a>> {
        let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        let (separator, length) = match bytes.get(blanks) {
            Some(b'\n') => (Some(Separator::Line), 1),
            Some(0) => (Some(Separator::Nul), 1),
            // The next message: any separator will do for the replies.
            Some(_) => (Some(Separator::Line), 0),
            None => (self.separator, 0),
        };
        self.separator = separator;
        (!bytes.is_empty()).then(|| self.found(&[], blanks + length))
    }

    /// Decides that the peer writes nothing between its messages: it has waited after a value.
    pub(super) fn end_waiting(&mut self) {
        self.separator.get_or_insert(Separator::None);
    }

    fn next_until_nul<'a>(&mut self, bytes: &'a [u8], limit: usize) -> Result<Option<Frame<'a>>, TooLong> {
        match memchr(0, &bytes[self.seen..]).map(|at| self.seen + at) {
            Some(end) if end <= limit => Ok(Some(self.found(&bytes[..end], end + 1))),
            None if bytes.len() <= limit => Ok(None),
            Some(_) | None => Err(TooLong),
        }
    }

    fn found<'a>(&mut self, bytes: &'a [u8], used: usize) -> Frame<'a> {
        self.seen = 0;
        self.value = Value::default();
        Frame { bytes, used, is_line: false }
    }
}

/// Returns the first line, without its end, if it has at most `limit` bytes. The first `seen` bytes have no line end.
fn line(bytes: &[u8], seen: usize, limit: usize) -> Option<&[u8]> {
    let seen = seen.min(bytes.len());
    let end = seen + memchr(b'\n', &bytes[seen..])?;
    (end <= limit).then(|| &bytes[..end])
}

/// How much of an array or object has been seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Value {
    /// Only white space.
    #[default]
    Nothing,
    /// So many brackets are open.
    Open(usize),
    /// In a string, so many brackets are open.
    String(usize),
    /// After a backslash in such a string.
    Escape(usize),
    /// It is neither an array nor an object.
    Other,
}

/// The end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum End {
    /// After the closing bracket.
    Value(usize),
    /// Before the line feed.
    Line(usize),
}

impl Value {
    /// Searches the bytes from `seen` on for the end of the message.
    pub(in crate::dialect) fn search(&mut self, bytes: &[u8], seen: usize) -> Option<End> {
        for (at, byte) in bytes.iter().enumerate().skip(seen) {
            *self = match (*self, byte) {
                (_, b'\n') => return Some(End::Line(at)),
                (Value::Open(1), b']' | b'}') => return Some(End::Value(at + 1)),
                (state, byte) => state.step(*byte),
            };
        }
        None
    }

    fn step(self, byte: u8) -> Value {
        match (self, byte) {
            (Value::Nothing, b' ' | b'\t' | b'\r') => Value::Nothing,
            (Value::Nothing, b'[' | b'{') => Value::Open(1),
            (Value::Nothing | Value::Other, _) => Value::Other,
            (Value::Open(depth), b'[' | b'{') => Value::Open(depth + 1),
            (Value::Open(depth), b']' | b'}') => Value::Open(depth - 1),
            (Value::Open(depth), b'"') => Value::String(depth),
            (Value::Open(depth), _) => Value::Open(depth),
            (Value::String(depth), b'"') => Value::Open(depth),
            (Value::String(depth), b'\\') => Value::Escape(depth),
            (Value::String(depth) | Value::Escape(depth), _) => Value::String(depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the messages of a stream that comes in pieces of this length, and what is left.
    fn messages(stream: &[u8], piece: usize, limit: usize) -> (Vec<String>, Result<usize, TooLong>) {
        let (mut framing, mut held, mut found) = (Framing::default(), Vec::new(), Vec::new());
        for piece in stream.chunks(piece) {
            held.extend_from_slice(piece);
            loop {
                let frame = match framing.next(&held, limit, false) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(TooLong) => return (found, Err(TooLong)),
                };
                let length =
                    if frame.is_line { framing.first_message(frame.bytes) } else { frame.bytes.len() };
                let message = String::from_utf8_lossy(&frame.bytes[..length]).trim().to_owned();
                let used = if length < frame.bytes.len() { length } else { frame.used };
                if !message.is_empty() {
                    found.push(message);
                }
                held.drain(..used);
            }
        }
        (found, Ok(held.len()))
    }

    #[test]
    fn a_message_ends_with_its_value_or_with_its_line_however_it_comes() {
        for (stream, expected, left) in [
            ("one\ntwo\nthr", &["one", "two"][..], 3),
            ("{\"a\":1}\n[2]\n\n", &["{\"a\":1}", "[2]"], 0),
            ("{\"a\":1}\r\n[2]\r\n", &["{\"a\":1}", "[2]"], 0),
            ("{}{}[{}][", &["{}", "{}", "[{}]"], 1),
            ("{} {}\n{}", &["{}", "{}", "{}"], 0),
            ("{\"a\":\"}\\\"}\"} [\"]\"]", &["{\"a\":\"}\\\"}\"}", "[\"]\"]"], 0),
            ("{\"a\":\n1}\n{}", &["{\"a\":", "1}", "{}"], 0),
            ("{}garbage\n{}", &["{}", "garbage", "{}"], 0),
            ("{}\0{}\0{\n}\0[", &["{}", "{}", "{\n}"], 1),
            ("{}\0{}{}\0", &["{}", "{}{}"], 0),
            ("{}\n{}\0{}\n", &["{}", "{}", "\0{}"], 0),
            ("\0{}\n", &["\0{}"], 0),
            ("{]x\n", &["{]", "x"], 0),
        ] {
            for piece in [stream.len(), 1, 2, 3, 5] {
                let (found, rest) = messages(stream.as_bytes(), piece, 100);
                assert_eq!(
                    (found, rest),
                    (expected.iter().map(|text| text.to_string()).collect(), Ok(left)),
                    "{stream:?} by {piece}"
                );
            }
        }
    }

    #[test]
    fn a_message_may_have_limit_bytes_and_no_more() {
        for (stream, expected) in [
            ("1234\n", Ok(0)),
            ("12345\n", Err(TooLong)),
            ("12345", Err(TooLong)),
            ("1234", Ok(4)),
            ("[12][34][56]\n", Ok(0)),
            ("[12][345]\n", Err(TooLong)),
            ("{ }\0[ ]\0", Ok(0)),
            ("{ }\0[   ]\0", Err(TooLong)),
        ] {
            for piece in [stream.len(), 1, 2, 3] {
                assert_eq!(messages(stream.as_bytes(), piece, 4).1, expected, "{stream:?} by {piece}");
            }
        }
    }
}
