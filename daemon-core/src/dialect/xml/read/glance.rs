//! A fast path for calls of the usual shape, before the XML parser.
//!
//! It never rejects anything: when in doubt (a reference, an attribute, an array, a comment) it returns `None` and leaves
//! the text to the parser, which would read everything that it reads in the same way.

use std::borrow::Cow;

use serde::Serialize;

use super::{MethodCall, scalar};

/// The bytes that end the plain part of a text, or need a closer look.
const ENDS_TEXT: [bool; 256] = {
    let mut ends = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        ends[control] = control != b'\t' as usize && control != b'\n' as usize;
        control += 1;
    }
    ends[b'<' as usize] = true;
    ends[b'>' as usize] = true;
    ends[b'&' as usize] = true;
    // Some characters that begin with it are not allowed.
    ends[0xef] = true;
    ends
};

/// Reads a call of the usual shape.
pub(super) fn glance(text: &str) -> Option<MethodCall<'_>> {
    let mut cursor = Cursor { rest: text };
    cursor.tag("<methodCall>")?;
    cursor.tag("<methodName>")?;
    let method = cursor.text("</methodName>")?;
    let mut json = Vec::with_capacity(text.len() / 4);
    json.push(b'[');
    cursor.tag("<params>")?;
    while cursor.tag("<param>").is_some() {
        if json.len() > 1 {
            json.push(b',');
        }
        cursor.tag("<value>")?;
        cursor.value(&mut json)?;
        cursor.tag("</param>")?;
    }
    cursor.tag("</params>")?;
    cursor.tag("</methodCall>")?;
    json.push(b']');
    let params = String::from_utf8(json).ok()?;
    let call = MethodCall { method: Cow::Borrowed(method), params };
    cursor.after_blanks().is_empty().then_some(call)
}

/// A position in a document.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn after_blanks(&self) -> &'a str {
        self.rest.trim_start_matches([' ', '\t', '\r', '\n'])
    }

    /// Reads a tag, and the white space before it.
    #[inline]
    fn tag(&mut self, tag: &str) -> Option<()> {
        self.rest = match self.rest.strip_prefix(tag) {
            Some(rest) => rest,
            None => self.after_blanks().strip_prefix(tag)?,
        };
        Some(())
    }

    /// Reads a plain text and the tag after it.
    #[inline]
    fn text(&mut self, end: &str) -> Option<&'a str> {
        let length = self.rest.bytes().position(|byte| ENDS_TEXT[usize::from(byte)])?;
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest.strip_prefix(end)?;
        Some(text)
    }

    /// Reads what is in a value, and its end.
    fn value(&mut self, json: &mut Vec<u8>) -> Option<()> {
        if !self.rest.starts_with('<') {
            return write(json, self.text("</value>")?);
        }
        if self.is_next("<string>") {
            return write(json, self.text("</string></value>")?);
        }
        if self.is_next("<int>") {
            return write(json, &scalar::int(self.text("</int></value>")?).ok()?);
        }
        if self.is_next("<i4>") {
            return write(json, &scalar::int(self.text("</i4></value>")?).ok()?);
        }
        if self.is_next("<boolean>") {
            return write(json, &scalar::boolean(self.text("</boolean></value>")?).ok()?);
        }
        self.is_next("<double>").then_some(())?;
        write(json, &scalar::double(self.text("</double></value>")?).ok()?)
    }

    /// Reads this tag if it is next.
    #[inline]
    fn is_next(&mut self, tag: &str) -> bool {
        self.rest.strip_prefix(tag).map(|rest| self.rest = rest).is_some()
    }
}

fn write<T: Serialize + ?Sized>(json: &mut Vec<u8>, value: &T) -> Option<()> {
    serde_json::to_writer(json, value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(values: &str) -> Option<String> {
        let text =
            format!("<methodCall>\n<methodName>m</methodName>\n<params>{values}</params></methodCall>\n");
        glance(&text).map(|call| call.params)
    }

    #[test]
    fn calls_of_the_usual_shape_are_read() {
        for (values, json) in [
            ("", "[]"),
            ("<param><value>a \"b\"\n</value></param>", r#"["a \"b\"\n"]"#),
            ("\n<param>\n<value><string>é</string></value>\n</param>\n", r#"["é"]"#),
            ("<param><value><int>1</int></value></param><param><value><i4>-2</i4></value></param>", "[1,-2]"),
            ("<param><value><boolean>1</boolean></value></param>", "[true]"),
            ("<param><value><double>1</double></value></param>", "[1.0]"),
        ] {
            assert_eq!(params(values).as_deref(), Some(json), "{values}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for values in [
            "<param><value>&lt;</value></param>",
            "<param><value>a\r</value></param>",
            "<param><value>\u{1}</value></param>",
            "<param><value>]]></value></param>",
            "<param><value>\u{ffff}</value></param>",
            "<param><value> <int>1</int></value></param>",
            "<param><value><int>x</int></value></param>",
            "<param><value><int>1</i4></value></param>",
            "<param><value><nil/></value></param>",
            "<param><value/></param>",
            "<param><value></value></param>",
            "<param a=''><value>a</value></param>",
            "<param><value>a</value>",
            "a<param><value>a</value></param>",
            "<!-- a --><param><value>a</value></param>",
        ] {
            assert_eq!(params(values), None, "{values}");
        }
        assert_eq!(glance("<methodCall><methodName>m</methodName><params></params></methodCall>a"), None);
        assert_eq!(glance("<methodCall><methodName>m</methodName></methodCall>"), None);
    }
}
