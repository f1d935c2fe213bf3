//! Splits what a mail program sends into lines.

/// The longest line with a command, in bytes, with its end. A longer one is skipped.
pub(super) const LONGEST_LINE: usize = 4096;

/// The line that has begun.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    is_too_long: bool,
}

/// A line that is complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It has its end, `\n`, and may have `\r` before it.
    Whole(Vec<u8>),
    /// It was too long, and is skipped.
    TooLong,
}

impl Lines {
    /// Takes bytes up to the end of a line from `input`; returns the line if that was there.
    pub(super) fn take(&mut self, input: &mut &[u8]) -> Option<Line> {
        let end = memchr::memchr(b'\n', input);
        let (part, rest) = input.split_at(end.map_or(input.len(), |at| at + 1));
        *input = rest;
        if self.begun.len() + part.len() > LONGEST_LINE {
            self.is_too_long = true;
            self.begun.clear();
        }
        if !self.is_too_long {
            self.begun.extend_from_slice(part);
        }
        end?;
        let line = std::mem::take(&mut self.begun);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        Some(if is_too_long { Line::TooLong } else { Line::Whole(line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_at_its_end_and_skipped_if_it_is_too_long() {
        let mut lines = Lines::default();
        let mut input = b"NO".as_slice();
        assert_eq!(lines.take(&mut input), None);
        let mut input = b"OP\r\nQUIT\n".as_slice();
        assert_eq!(lines.take(&mut input), Some(Line::Whole(b"NOOP\r\n".to_vec())));
        assert_eq!(lines.take(&mut input), Some(Line::Whole(b"QUIT\n".to_vec())));
        let long = [b'x'; LONGEST_LINE];
        assert_eq!(lines.take(&mut long.as_slice()), None);
        assert_eq!(lines.take(&mut b"yz".as_slice()), None);
        assert_eq!(lines.take(&mut b"\n".as_slice()), Some(Line::TooLong));
        assert_eq!(lines.take(&mut b"\n".as_slice()), Some(Line::Whole(b"\n".to_vec())));
    }
}
