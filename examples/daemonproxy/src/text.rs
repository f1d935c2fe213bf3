//! Short texts in place, and the fields of a line.
//!
//! Nothing here allocates: a text that does not fit is cut, and says so.

use std::fmt;

/// A text of at most `N` bytes.
#[derive(Clone)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
    cut: bool,
}

/// A line: the longest command is 1023 bytes, and no event is much longer than what it reports.
pub(crate) type Line = Text<1536>;

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; N], length: 0, cut: false }
    }

    /// Returns a text with this content.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut text = Text::new();
        text.push(bytes);
        text
    }

    /// Returns a formatted text.
    pub(crate) fn format(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Text::new();
        text.write(arguments);
        text
    }

    /// Adds bytes, as far as they fit.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> &mut Self {
        let fits = bytes.len().min(N - self.length);
        self.bytes[self.length..self.length + fits].copy_from_slice(&bytes[..fits]);
        self.length += fits;
        self.cut |= fits < bytes.len();
        self
    }

    /// Adds bytes, as far as they fit, and returns the text itself.
    pub(crate) fn join(mut self, bytes: &[u8]) -> Self {
        self.push(bytes);
        self
    }

    /// Adds a tab and a field.
    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.push(b"\t").push(bytes)
    }

    /// Adds formatted text.
    pub(crate) fn write(&mut self, arguments: fmt::Arguments<'_>) -> &mut Self {
        // It never fails.
        let _ = fmt::Write::write_fmt(self, arguments);
        self
    }

    /// Replaces each tab by a zero byte.
    pub(crate) fn end_fields(&mut self) {
        self.bytes[..self.length].iter_mut().filter(|byte| **byte == b'\t').for_each(|byte| *byte = 0);
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether something did not fit.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// The name of a service or of a handle: 1 to 31 bytes of `A-Z a-z 0-9 . _ -`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    bytes: [u8; Name::LONGEST],
    length: u8,
}

impl Name {
    const LONGEST: usize = 31;

    /// Returns a name, if this text is one.
    pub(crate) fn new(text: &[u8]) -> Option<Name> {
        let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        if text.is_empty() || text.len() > Name::LONGEST || !text.iter().all(is_allowed) {
            return None;
        }
        let mut bytes = [0; Name::LONGEST];
        bytes[..text.len()].copy_from_slice(text);
        Some(Name { bytes, length: u8::try_from(text.len()).ok()? })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }
}

/// The fields of a line, which are separated by tabs.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'l>(Option<&'l [u8]>);

impl<'l> Fields<'l> {
    pub(crate) fn new(line: &'l [u8]) -> Self {
        Fields(Some(line))
    }

    /// Returns all fields that are left, as one text; empty if there are none.
    pub(crate) fn rest(self) -> &'l [u8] {
        self.0.unwrap_or_default()
    }
}

impl<'l> Iterator for Fields<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let rest = self.0?;
        match rest.iter().position(|byte| *byte == b'\t') {
            Some(end) => {
                self.0 = Some(&rest[end + 1..]);
                Some(&rest[..end])
            }
            None => self.0.take(),
        }
    }
}

/// Reads an integer: an optional `-` and digits, nothing else.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_does_not_fit_is_cut() {
        let mut text = Text::<8>::of(b"abc");
        assert_eq!(text.field(b"d").write(format_args!("{}", 12)).as_bytes(), b"abc\td12");
        assert!(!text.is_cut());
        assert_eq!(text.push(b"xyz").as_bytes(), b"abc\td12x");
        assert!(text.is_cut());
    }

    #[test]
    fn names_have_few_characters_and_are_short() {
        for (text, is_name) in [
            (&b"a"[..], true),
            (b"-", true),
            (b"A-z_0.9", true),
            (&[b'x'; 31], true),
            (&[b'x'; 32], false),
            (b"", false),
            (b"a b", false),
            (b"a/b", false),
            ("é".as_bytes(), false),
            (b"a\0", false),
        ] {
            assert_eq!(Name::new(text).is_some(), is_name, "{text:?}");
        }
    }

    #[test]
    fn fields_are_all_that_is_between_tabs() {
        let split = |line| Fields::new(line).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(split(b""), [b""]);
        assert_eq!(split(b"a"), [b"a"]);
        assert_eq!(split(b"a\t\tb\t"), [&b"a"[..], b"", b"b", b""]);
        let mut fields = Fields::new(b"a\tb\tc");
        fields.next();
        assert_eq!(fields.rest(), b"b\tc");
        fields.by_ref().for_each(drop);
        assert_eq!((fields.rest(), fields.next()), (&b""[..], None));
    }

    #[test]
    fn integers_are_digits_and_nothing_else() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("-12", Some(-12)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("+1", None),
            ("", None),
            ("-", None),
            ("1 ", None),
            ("0x1", None),
            ("--1", None),
        ] {
            assert_eq!(integer(text.as_bytes()), value, "{text}");
        }
    }
}
