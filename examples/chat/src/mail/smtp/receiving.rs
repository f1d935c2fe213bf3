//! The text of a mail, as it comes after `DATA`.
//!
//! Only a dot on a line of its own, with `\r\n` before and after it, ends a mail. A bare `\n` is part of the text, so that
//! nobody can hide a second mail, with its own commands, in the first.

use smtp_proto::request::receiver::{DataReceiver, DummyDataReceiver};

/// The longest mail, in bytes. A longer one is read to its end, thrown away, and refused.
pub const LONGEST_MAIL: usize = 256 * 1024;

/// A mail that is not complete.
pub(super) struct Receiving {
    reader: Reader,
    text: Vec<u8>,
}

enum Reader {
    Kept(DataReceiver),
    Skipped(DummyDataReceiver),
}

/// A mail that is complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// All of it.
    Mail(Vec<u8>),
    /// It was too long.
    TooLong,
}

impl Receiving {
    pub(super) fn new() -> Receiving {
        let mut reader = DataReceiver::new();
        // The crate's reader does not know that a mail begins at the head of a line, where a dot has a meaning.
        reader.ingest(&mut b"\r\n".iter(), &mut Vec::new());
        Receiving { reader: Reader::Kept(reader), text: Vec::new() }
    }

    /// Takes bytes from `input`, and returns the mail if it is complete.
    pub(super) fn take(&mut self, input: &mut &[u8]) -> Option<Received> {
        let mut bytes = input.iter();
        let is_complete = match &mut self.reader {
            Reader::Kept(reader) => reader.ingest(&mut bytes, &mut self.text),
            Reader::Skipped(reader) => reader.ingest(&mut bytes),
        };
        *input = bytes.as_slice();
        let is_too_long = matches!(self.reader, Reader::Skipped(_)) || self.text.len() > LONGEST_MAIL;
        if is_complete {
            let text = std::mem::take(&mut self.text);
            return Some(if is_too_long { Received::TooLong } else { Received::Mail(text) });
        }
        if let Reader::Kept(reader) = &self.reader
            && self.text.len() > LONGEST_MAIL + SLACK
        {
            self.reader = Reader::Skipped(DummyDataReceiver::new_data(reader));
            self.text = Vec::new();
        }
        None
    }
}

/// What may be in the text before its end is recognised, and is not of it.
const SLACK: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn received(pieces: &[&[u8]]) -> (Option<Received>, Vec<u8>) {
        let mut receiving = Receiving::new();
        for (index, piece) in pieces.iter().enumerate() {
            let mut rest = *piece;
            if let Some(received) = receiving.take(&mut rest) {
                return (Some(received), [rest, &pieces[index + 1..].concat()].concat());
            }
        }
        (None, Vec::new())
    }

    #[test]
    fn only_a_dot_between_whole_line_ends_ends_a_mail() {
        for inner in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\n\r.\r\n"] {
            let mail = format!("a{inner}MAIL FROM:<x@y>\r\n.\r\nNEXT");
            let (mail, rest) = received(&[mail.as_bytes()]);
            assert!(matches!(mail, Some(Received::Mail(_))));
            assert_eq!(rest, b"NEXT", "{inner:?}");
        }
    }

    #[test]
    fn a_doubled_dot_at_the_head_of_a_line_is_one() {
        for (sent, meant) in [
            ("..a\r\n.\r\n", ".a\r\n"),
            (".\r\n", ""),
            ("a\r\n..\r\n.\r\n", "a\r\n.\r\n"),
            ("a.\r\n.\r\n", "a.\r\n"),
        ] {
            let bytes: Vec<&[u8]> = sent.as_bytes().chunks(1).collect();
            for pieces in [vec![sent.as_bytes()], bytes] {
                assert_eq!(received(&pieces).0, Some(Received::Mail(meant.as_bytes().to_vec())), "{sent:?}");
            }
        }
    }

    #[test]
    fn a_mail_that_is_too_long_is_read_to_its_end() {
        let line = [b'x'; 1022].iter().chain(b"\r\n").copied().collect::<Vec<u8>>();
        let longest = line.repeat(LONGEST_MAIL / line.len());
        assert_eq!(received(&[&longest, b".\r\n"]).0, Some(Received::Mail(longest.clone())));
        for piece in [1, 100, 100_000] {
            let long = [longest.as_slice(), b"y\r\n.\r\nNEXT"].concat();
            let pieces: Vec<&[u8]> = long.chunks(piece).collect();
            assert_eq!(received(&pieces), (Some(Received::TooLong), b"NEXT".to_vec()));
        }
    }
}
