//! A quick look at a request of the usual shape, before the JSON parser takes its time.
//!
//! The look never finds fault: whatever it is not sure about (an escape, a member that it does not know, a fraction in
//! an id) it leaves to the parser, by answering `None`. What it takes is a request as the parser would see it, but that
//! the inside of `params` has only been skipped: whoever reads them finds their mistakes, and whoever does not has to
//! look for some before it answers with a fault.

/// The members of a request object whose `jsonrpc` is "2.0".
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    /// The id as it stands; a notification has none.
    pub(crate) id: Option<&'a str>,
    pub(crate) method: &'a str,
    /// The text of an array or an object, its brackets matched, its inside unchecked.
    pub(crate) params: Option<&'a str>,
}

/// Reads a request of the usual shape.
pub(crate) fn glance(text: &str) -> Option<Envelope<'_>> {
    let mut cursor = Cursor { text, at: 0 };
    let (mut version, mut id, mut method, mut params) = (None, None, None, None);
    cursor.take("{")?;
    loop {
        let (slot, value) = match cursor.member()? {
            Member::Version => (&mut version, cursor.string()?),
            Member::Id => (&mut id, cursor.id()?),
            Member::Method => (&mut method, cursor.string()?),
            Member::Params => (&mut params, cursor.nested()?),
        };
        if slot.replace(value).is_some() {
            return None;
        }
        if cursor.take(",").is_none() {
            break;
        }
    }
    cursor.take("}")?;
    (cursor.peek().is_none() && version? == "2.0").then_some(Envelope { id, method: method?, params })
}

enum Member {
    Version,
    Id,
    Method,
    Params,
}

/// A place in JSON text. Every step skips the white space before it.
struct Cursor<'a> {
    text: &'a str,
    /// Always at a character boundary: it only ever stops before or behind ASCII.
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.rest().first() {
            self.at += 1;
        }
        self.rest().first().copied()
    }

    #[inline]
    fn take(&mut self, wanted: &str) -> Option<()> {
        self.peek()?;
        self.rest().starts_with(wanted.as_bytes()).then(|| self.at += wanted.len())
    }

    #[inline]
    fn member(&mut self) -> Option<Member> {
        let member = if self.take("\"jsonrpc\"").is_some() {
            Member::Version
        } else if self.take("\"id\"").is_some() {
            Member::Id
        } else if self.take("\"method\"").is_some() {
            Member::Method
        } else {
            self.take("\"params\"")?;
            Member::Params
        };
        self.take(":")?;
        Some(member)
    }

    /// A string without escapes, without its quotes.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.take("\"")?;
        let start = self.at;
        let rest = self.rest();
        let length = memchr::memchr2(b'"', b'\\', rest)?;
        let inside = &rest[..length];
        // A control character must not stand in a string; without an early end the look at all of them is quick.
        let control = inside.iter().fold(false, |control, byte| control | (*byte < 0x20));
        if control || rest[length] != b'"' {
            return None;
        }
        self.at = start + length + 1;
        self.text.get(start..start + length)
    }

    /// A string without escapes, with its quotes, an integer, or null.
    fn id(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => drop(self.string()?),
            b'n' => self.take("null")?,
            _ => self.integer()?,
        }
        self.text.get(start..self.at)
    }

    /// Digits without a leading zero.
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

    /// An array or an object, up to its closing bracket.
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

    /// Goes from the opening quote of a string to the closing one.
    fn skip_string(&mut self) -> Option<()> {
        loop {
            self.at += 1;
            self.at += memchr::memchr2(b'"', b'\\', self.text.as_bytes().get(self.at..)?)?;
            if self.rest()[0] == b'"' {
                return Some(());
            }
            self.at += 1;
        }
    }
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
                r#" { "params" : {"a]":[{}]} , "method" : "é", "id" : "x", "jsonrpc":"2.0" } "#,
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
