//! Text of any length, cut to what a person reads: the size of a reply must not grow with what the peer has sent.

use std::fmt::{Display, Write};

/// How many characters of the start, and of the end, are kept.
const START: usize = 384;
const END: usize = 127;

/// Returns the text if it has at most 512 characters; otherwise its start and its end, with "…" in between.
///
/// The whole text is never held in memory.
pub(crate) fn brief(text: impl Display) -> String {
    let mut cut = Cut { start: String::new(), room: START, end: String::new(), complete: true };
    // If a value fails to print, the text so far is enough.
    let _ = write!(cut, "{text}");
    match cut.complete {
        true => cut.start + &cut.end,
        false => cut.start + "…" + last(&cut.end, END),
    }
}

/// The first characters of a name that comes from outside.
pub(crate) fn start(name: &str, longest: usize) -> &str {
    name.char_indices().nth(longest).map_or(name, |(at, _)| &name[..at])
}

/// Keeps the start and the end of the text written into it.
struct Cut {
    start: String,
    /// Characters that `start` may still take.
    room: usize,
    end: String,
    /// Whether nothing was dropped between the two.
    complete: bool,
}

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let first = start(text, self.room);
        self.start.push_str(first);
        self.room -= first.chars().count();
        let rest = &text[first.len()..];
        let (piece, before) = (last(rest, END + 1), self.end.len());
        self.end.push_str(piece);
        // One character more than the end of a cut text, so that a text that just fits stays whole.
        let kept = last(&self.end, END + 1).to_owned();
        self.complete &= piece.len() == rest.len() && kept.len() == before + rest.len();
        self.end = kept;
        Ok(())
    }
}

fn last(text: &str, longest: usize) -> &str {
    let at = text.char_indices().rev().nth(longest - 1).map_or(0, |(at, _)| at);
    &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_kept_and_long_text_is_cut_in_the_middle() {
        for length in [0, 1, START, START + 1, START + END, START + END + 1] {
            assert_eq!(brief("ü".repeat(length)), "ü".repeat(length));
        }
        let long = format!("start {} end", "ü".repeat(1000));
        let told = brief(&long);
        assert_eq!(told.chars().count(), START + END + 1);
        assert!(told.starts_with("start ü") && told.ends_with("ü end") && told.contains("ü…ü"), "{told}");
    }

    #[test]
    fn a_text_written_in_pieces_is_cut_the_same_way() {
        struct Pieces<'a>(&'a str, usize);
        impl Display for Pieces<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let characters: Vec<char> = self.0.chars().collect();
                characters.chunks(self.1).try_for_each(|piece| f.write_str(&piece.iter().collect::<String>()))
            }
        }
        let alphabet: String = ('a'..='z').cycle().take(600).collect();
        for length in [500, 511, 512, 513, 514, 600] {
            for piece in [1, 2, 127, 128, 129, 383, 384, 385, 600] {
                let text = &alphabet[..length];
                assert_eq!(brief(Pieces(text, piece)), brief(text), "{length} in pieces of {piece}");
            }
        }
    }
}
