//! Text from outside, made safe for a log or a terminal: it can neither move the cursor nor start a new line.
//!
//! A message may contain text that a peer has sent. Control characters in it, and those that change the direction of
//! text, are written as escapes.

use std::fmt::{self, Debug, Display, Write};

/// Prints a value on one line.
pub(crate) struct OneLine<T>(pub(crate) T);

/// Prints a text with its line ends and tabs, but nothing else that a terminal would act on.
pub(crate) struct Lines<'t>(pub(crate) &'t str);

impl<T: Display> Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

impl<T: Debug> Debug for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{:?}", self.0)
    }
}

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.0.split('\n').enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            for (index, cell) in line.split('\t').enumerate() {
                if index > 0 {
                    f.write_char('\t')?;
                }
                write!(f, "{}", OneLine(cell))?;
            }
        }
        Ok(())
    }
}

/// Writes text, with escapes for characters that a terminal would act on.
struct Escaping<'w, W: Write>(&'w mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_active) {
            let (plain, active) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = active.chars();
            if let Some(character) = characters.next() {
                write!(self.0, "{}", character.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Whether a terminal or an editor acts on a character instead of showing it: controls (C0, DEL, C1), line and
/// paragraph separators, and the marks that change the direction of text (Unicode Standard Annex 9).
fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        for (text, shown) in [
            ("plain é 漢", "plain é 漢"),
            ("a\nforged\r\tline", "a\\nforged\\r\\tline"),
            ("\x1b[2J\x07\x7f\u{9b}", "\\u{1b}[2J\\u{7}\\u{7f}\\u{9b}"),
            ("\u{202e}evil\u{2028}", "\\u{202e}evil\\u{2028}"),
        ] {
            assert_eq!(OneLine(text).to_string(), shown);
        }
        assert_eq!(format!("{:?}", OneLine("a\nb")), "\"a\\nb\"", "as Debug does");
    }

    #[test]
    fn lines_and_columns_are_kept() {
        assert_eq!(Lines("a\tb\n\x1b[31mc\r\n").to_string(), "a\tb\n\\u{1b}[31mc\\r\n");
    }
}
