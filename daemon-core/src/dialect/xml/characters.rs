//! Characters that XML 1.0 does not allow, not even as references (section 2.2).

use memchr::memchr;

/// Returns the first character of a text that XML does not allow.
pub(super) fn first_forbidden(text: &str) -> Option<char> {
    let control = text.bytes().find(|byte| is_control(*byte)).map(char::from);
    control.or_else(|| first_noncharacter(text))
}

/// Whether a byte is a control character that XML does not allow.
pub(super) fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// U+FFFE and U+FFFF begin with the same byte.
fn first_noncharacter(text: &str) -> Option<char> {
    memchr(0xef, text.as_bytes())?;
    text.chars().find(|character| matches!(character, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_noncharacters_are_forbidden() {
        for allowed in ["", "a\t\r\n é", "\u{7f}\u{fffd}\u{10ffff}"] {
            assert_eq!(first_forbidden(allowed), None, "{allowed:?}");
        }
        for forbidden in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            assert_eq!(first_forbidden(&format!("a{forbidden}")), Some(forbidden));
        }
    }
}
