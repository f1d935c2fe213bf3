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

/// What a byte means outside of strings.
#[derive(Clone, Copy)]
enum Role {
    Plain,
    Opens,
    Closes,
    Quote,
}

const ROLES: [Role; 256] = {
    let mut roles = [Role::Plain; 256];
    roles[b'[' as usize] = Role::Opens;
    roles[b'{' as usize] = Role::Opens;
    roles[b']' as usize] = Role::Closes;
    roles[b'}' as usize] = Role::Closes;
    roles[b'"' as usize] = Role::Quote;
    roles
};

/// Reads a request of the usual shape.
pub(crate) fn glance(text: &str) -> Option<Envelope<'_>> {
    let mut cursor = Cursor { text, rest: text.as_bytes() };
    let (mut id, mut method, mut params) = (None, None, None);
    let (mut timeout, mut traceparent) = (None, None);
    let mut has_version = cursor.begin()?;
    loop {
        match cursor.member()? {
            Member::Version if !has_version => has_version = cursor.version()?,
            Member::Id if id.is_none() => id = Some(cursor.id()?),
            Member::Method if method.is_none() => method = Some(cursor.string()?),
            Member::Params if params.is_none() => params = Some(cursor.nested()?),
            Member::Timeout if timeout.is_none() => timeout = Some(cursor.id()?),
            Member::Traceparent if traceparent.is_none() => traceparent = Some(cursor.string()?),
            // It is given twice.
            _ => return None,
        }
        if cursor.take(b',').is_none() {
            break;
        }
    }
    cursor.take(b'}')?;
    let envelope = Envelope { id, method: method?, params, timeout, traceparent };
    (cursor.peek().is_none() && has_version).then_some(envelope)
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
    /// The bytes from there on. They begin at a character boundary: it only stops before or after ASCII.
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.rest {
                // Nearly always: white space is rare, and below all else that JSON has outside of strings.
                [byte @ b'!'..=u8::MAX, ..] => return Some(*byte),
                [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] => self.rest = rest,
                [byte, ..] => return Some(*byte),
                [] => return None,
            }
        }
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.rest = &self.rest[1..])
    }

    /// Goes on by so many bytes, and returns them.
    #[inline]
    fn advance(&mut self, length: usize) -> Option<&'a str> {
        let start = self.at();
        self.rest = self.rest.get(length..)?;
        self.text.get(start..start + length)
    }

    /// Reads the start of an object. Most requests begin with their version; returns whether this one does.
    #[inline]
    fn begin(&mut self) -> Option<bool> {
        if let Some(rest) = self.rest.strip_prefix(b"{\"jsonrpc\":\"2.0\",") {
            self.rest = rest;
            return Some(true);
        }
        self.take(b'{').map(|()| false)
    }

    /// Reads the version, a string that must be this one.
    #[inline]
    fn version(&mut self) -> Option<bool> {
        self.peek()?;
        self.rest = self.rest.strip_prefix(b"\"2.0\"")?;
        Some(true)
    }

    /// Reads the name of a member, and its colon.
    #[inline]
    fn member(&mut self) -> Option<Member> {
        self.peek()?;
        // Two bytes tell all names apart.
        let (member, rest) = match self.rest {
            [_, b'j', ..] => (Member::Version, self.rest.strip_prefix(b"\"jsonrpc\":")),
            [_, b'i', ..] => (Member::Id, self.rest.strip_prefix(b"\"id\":")),
            [_, b'm', ..] => (Member::Method, self.rest.strip_prefix(b"\"method\":")),
            [_, b'p', ..] => (Member::Params, self.rest.strip_prefix(b"\"params\":")),
            [_, b't', b'i', ..] => (Member::Timeout, self.rest.strip_prefix(b"\"timeout\":")),
            [_, b't', ..] => (Member::Traceparent, self.rest.strip_prefix(b"\"traceparent\":")),
            _ => return None,
        };
        self.rest = rest?;
        Some(member)
    }

    /// Reads a string without escapes; returns it without its quotes.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        // Names are short: a plain loop beats an optimised search. A string must not contain a control character.
        let length = self.rest.iter().position(|byte| ENDS_STRING[usize::from(*byte)])?;
        let string = self.advance(length)?;
        (self.rest[0] == b'"').then(|| self.rest = &self.rest[1..])?;
        Some(string)
    }

    /// Reads a string without escapes, with its quotes, or an integer, or null.
    #[inline(always)]
    fn id(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at();
        match first {
            b'"' => drop(self.string()?),
            b'n' => self.rest = self.rest.strip_prefix(b"null")?,
            _ => self.integer()?,
        }
        self.text.get(start..self.at())
    }

    /// Skips digits without a leading zero.
    #[inline]
    fn integer(&mut self) -> Option<()> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fits = match digits {
            0 => false,
            1 => true,
            _ => self.rest[0] != b'0',
        };
        fits.then(|| self.rest = &self.rest[digits..])
    }

    /// Reads an array or an object, up to its closing bracket.
    #[inline]
    fn nested(&mut self) -> Option<&'a str> {
        if !matches!(self.peek()?, b'[' | b'{') {
            return None;
        }
        let bytes = self.rest;
        let (mut at, mut depth) = (0, 0_usize);
        loop {
            match ROLES[usize::from(*bytes.get(at)?)] {
                Role::Plain => {}
                Role::Opens => depth += 1,
                Role::Closes if depth == 1 => return self.advance(at + 1),
                Role::Closes => depth -= 1,
                Role::Quote => at = end_of_string(bytes, at)?,
            }
            at += 1;
        }
    }
}

/// Returns where the string ends whose opening quote is at `at`: the position of its closing one.
#[inline]
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        at += quote_or_escape(bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 1;
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
