//! A fast path for requests of the usual shape, before the JSON parser.
//!
//! It never rejects anything: when in doubt (an escape, an unknown member, a fraction in an id) it returns `None` and
//! leaves the text to the parser. The parser would accept everything that it accepts, except that `params` is skipped
//! unread. Deserialising finds the errors there; code that does not deserialise must check for them before it replies
//! with a fault.

/// The members of a request object whose `jsonrpc` is "2.0".
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    /// The id as written; a notification has none.
    pub(crate) id: Option<&'a str>,
    pub(crate) method: &'a str,
    /// The text of an array or an object: its brackets match, its content is unchecked.
    pub(crate) params: Option<&'a str>,
    /// How long the caller waits, as written.
    pub(crate) timeout: Option<&'a str>,
    /// The trace context of the caller, as written.
    pub(crate) traceparent: Option<&'a str>,
}

/// The bytes that end the plain part of a string: its closing quote, and those that need a closer check.
const ENDS_STRING: [bool; 256] = {
    let mut ends = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        ends[control] = true;
        control += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

/// Reads a request of the usual shape.
pub(crate) fn glance(text: &str) -> Option<Envelope<'_>> {
    let mut cursor = Cursor { text, at: 0 };
    let (mut version, mut id, mut method, mut params) = (None, None, None, None);
    let (mut timeout, mut traceparent) = (None, None);
    cursor.take(b'{')?;
    loop {
        let (slot, value) = match cursor.member()? {
            Member::Version => (&mut version, cursor.word("\"2.0\"")?),
            Member::Id => (&mut id, cursor.id()?),
            Member::Method => (&mut method, cursor.string()?),
            Member::Params => (&mut params, cursor.nested()?),
            Member::Timeout => (&mut timeout, cursor.id()?),
            Member::Traceparent => (&mut traceparent, cursor.string()?),
        };
        if slot.replace(value).is_some() {
            return None;
        }
        if cursor.take(b',').is_none() {
            break;
        }
    }
    cursor.take(b'}')?;
    (cursor.peek().is_none() && version.is_some()).then_some(Envelope {
        id,
        method: method?,
        params,
        timeout,
        traceparent,
    })
}

enum Member {
    Version,
    Id,
    Method,
    Params,
    Timeout,
    Traceparent,
}

/// A position in JSON text. Every step skips the white space before it.
struct Cursor<'a> {
    text: &'a str,
    /// Always at a character boundary: it only stops before or after ASCII.
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.rest().first()? {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// Accepts exactly these characters.
    #[inline]
    fn word(&mut self, wanted: &str) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        self.rest().starts_with(wanted.as_bytes()).then(|| self.at += wanted.len())?;
        self.text.get(start..self.at)
    }

    #[inline]
    fn member(&mut self) -> Option<Member> {
        self.peek()?;
        let rest = self.rest();
        let (member, length) = if rest.starts_with(b"\"jsonrpc\":") {
            (Member::Version, 10)
        } else if rest.starts_with(b"\"id\":") {
            (Member::Id, 5)
        } else if rest.starts_with(b"\"method\":") {
            (Member::Method, 9)
        } else if rest.starts_with(b"\"params\":") {
            (Member::Params, 9)
        } else if rest.starts_with(b"\"timeout\":") {
            (Member::Timeout, 10)
        } else if rest.starts_with(b"\"traceparent\":") {
            (Member::Traceparent, 14)
        } else {
            return None;
        };
        self.at += length;
        Some(member)
    }

    /// Reads a string without escapes; returns it without its quotes.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let start = self.at;
        // Names are short: a plain loop beats an optimised search. A string must not contain a control character.
        let length = self.rest().iter().position(|byte| ENDS_STRING[usize::from(*byte)])?;
        self.at += length;
        (self.rest().first() == Some(&b'"')).then(|| self.at += 1)?;
        self.text.get(start..start + length)
    }

    /// Reads a string without escapes, with its quotes, or an integer, or null.
    fn id(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => drop(self.string()?),
            b'n' => drop(self.word("null")?),
            _ => self.integer()?,
        }
        self.text.get(start..self.at)
    }

    /// Skips digits without a leading zero.
    fn integer(&mut self) -> Option<()> {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        match digits {
            0 => None,
            1 => Some(()),
            _ => (rest[0] != b'0').then_some(()),
        }
    }

    /// Reads an array or an object, up to its closing bracket.
    fn nested(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        if !matches!(first, b'[' | b'{') {
            return None;
        }
        let mut depth = 0_usize;
        loop {
            match self.rest().first()? {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                b'"' => self.skip_string()?,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return self.text.get(start..self.at);
            }
        }
    }

    /// Skips from the opening quote of a string to the closing one.
    fn skip_string(&mut self) -> Option<()> {
        loop {
            self.at += 1;
            self.at += quote_or_escape(self.rest())?;
            if self.rest()[0] == b'"' {
                return Some(());
            }
            self.at += 1;
        }
    }
}

/// Returns the position of the first quote or backslash.
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    // Most strings are so short that a plain loop beats an optimised search.
    let (head, tail) = bytes.split_at(bytes.len().min(16));
    let short = head.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    short.or_else(|| Some(head.len() + memchr::memchr2(b'"', b'\\', tail)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(Option<&str>, &str, Option<&str>)> {
        glance(text).map(|envelope| (envelope.id, envelope.method, envelope.params))
    }

    #[test]
    fn requests_of_the_usual_shape_are_taken_as_they_stand() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":["a"]}"#, (Some("1"), "m", Some(r#"["a"]"#))),
            (r#"{"jsonrpc":"2.0","method":"m"}"#, (None, "m", None)),
            (
                r#" { "params": {"a]":[{}]} , "method": "é", "id": "x", "jsonrpc":"2.0" } "#,
                (Some(r#""x""#), "é", Some(r#"{"a]":[{}]}"#)),
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"m","params":["\"]\\"]}"#,
                (Some("null"), "m", Some(r#"["\"]\\"]"#)),
            ),
            (r#"{"jsonrpc":"2.0","id":0,"method":""}"#, (Some("0"), "", None)),
        ] {
            assert_eq!(parts(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for text in [
            "",
            r#"{"jsonrpc" :"2.0","method":"m"}"#,
            "{}",
            "[]",
            "{",
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"1.0","method":"m"}"#,
            r#"{"jsonrpc":2.0,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","method":"m","method":"m"}"#,
            r#"{"jsonrpc":"2.0","method":"m\n"}"#,
            "{\"jsonrpc\":\"2.0\",\"method\":\"m\t\"}",
            r#"{"jsonrpc":"2.0","method":"m","id":1.0}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":-1}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":01}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":nul}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":[]}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":"\u0041"}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":1}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":["}"#,
            r#"{"jsonrpc":"2.0","method":"m","extra":1}"#,
            r#"{"jsonrpc":"2.0","method":"m",}"#,
            r#"{"jsonrpc":"2.0","method":"m"}}"#,
            r#"{"jsonrpc":"2.0","method":"m"} x"#,
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
