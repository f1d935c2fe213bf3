//! Text as XML.

use crate::dialect::xml::characters::first_forbidden;
use crate::rpc::output::{Bounded, Unwritten};

/// What happens to characters that XML does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forbidden {
    Refused,
    Replaced,
}

/// Whether a byte cannot stand for itself, or may begin a character that cannot.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        special[control] = control != b'\t' as usize;
        control += 1;
    }
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'&' as usize] = true;
    special[0xef] = true;
    special
};

/// Appends a text, so that it stays on one line.
pub(super) fn escape(
    mut text: &str,
    forbidden: Forbidden,
    written: &mut Bounded<'_>,
) -> Result<(), Unwritten> {
    while let Some(at) = text.bytes().position(|byte| IS_SPECIAL[usize::from(byte)]) {
        let (plain, rest) = text.split_at(at);
        written.push(plain)?;
        let (character, rest) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
        match character {
            "<" => written.push("&lt;")?,
            ">" => written.push("&gt;")?,
            "&" => written.push("&amp;")?,
            "\n" => written.push("&#10;")?,
            "\r" => written.push("&#13;")?,
            _ if first_forbidden(character).is_none() => written.push(character)?,
            _ if forbidden == Forbidden::Replaced => written.push("\u{fffd}")?,
            _ => return Err(refusal(character)),
        }
        text = rest;
    }
    written.push(text)
}

#[cold]
fn refusal(character: &str) -> Unwritten {
    let number = character.chars().next().map_or(0, u32::from);
    Unwritten::Because(format!(
        "the result contains the character U+{number:04X}, which XML cannot carry; call the method by JSON-RPC"
    ))
}
