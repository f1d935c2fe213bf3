//! The bytes that a controller sends, cut into lines.

use crate::text::Line;

/// The size of the buffer: a line and its end must fit.
const BUFFER: usize = 1024;

/// What comes next in the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A line; it was copied to where the caller wanted it.
    Line,
    /// A line that was longer than the buffer, and is dropped.
    TooLong,
    /// The bytes after the last end of a line, once the input has ended; they were copied.
    Unfinished,
}

/// The bytes that have arrived and were not taken yet.
pub(crate) struct Input {
    buffer: [u8; BUFFER],
    start: usize,
    end: usize,
    /// Whether all bytes up to the next end of a line are dropped.
    skips: bool,
    has_ended: bool,
}

impl Input {
    pub(crate) fn new() -> Self {
        Input { buffer: [0; BUFFER], start: 0, end: 0, skips: false, has_ended: false }
    }

    /// Returns the room for more bytes; empty if the buffer is full.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        &mut self.buffer[self.end..]
    }

    /// Adds bytes, which are in the room already.
    pub(crate) fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(BUFFER);
        if self.skips {
            self.skip();
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.end - self.start == BUFFER
    }

    /// Notes that nothing more will arrive.
    pub(crate) fn end(&mut self) {
        self.has_ended = true;
    }

    /// Drops everything, now and later.
    pub(crate) fn close(&mut self) {
        (self.start, self.end, self.has_ended) = (0, 0, true);
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether it has ended, and all was taken.
    pub(crate) fn is_done(&self) -> bool {
        self.has_ended && self.start == self.end
    }

    /// Whether [`next`](Input::next) would return something.
    pub(crate) fn has_next(&self) -> bool {
        let waiting = &self.buffer[self.start..self.end];
        self.is_full() || (self.has_ended && !waiting.is_empty()) || waiting.contains(&b'\n')
    }

    /// Takes what comes next, and copies a line to `line`. Comments that are too long are dropped without a word.
    pub(crate) fn next(&mut self, line: &mut Line) -> Option<Command> {
        let waiting = &self.buffer[self.start..self.end];
        if let Some(length) = waiting.iter().position(|byte| *byte == b'\n') {
            *line = Line::of(&waiting[..length]);
            self.start += length + 1;
            return Some(Command::Line);
        }
        if self.is_full() {
            let is_comment = waiting[0] == b'#';
            self.skips = true;
            self.skip();
            return if is_comment { None } else { Some(Command::TooLong) };
        }
        if !self.has_ended || waiting.is_empty() {
            return None;
        }
        *line = Line::of(waiting);
        self.close();
        Some(Command::Unfinished)
    }

    /// Drops bytes up to the next end of a line, as far as they are here.
    fn skip(&mut self) {
        let waiting = &self.buffer[self.start..self.end];
        match waiting.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                self.start += length + 1;
                self.skips = false;
            }
            None => self.start = self.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends all bytes in pieces of this size, and returns what comes out.
    fn read(bytes: &[u8], piece: usize) -> Vec<String> {
        let (mut input, mut taken, mut line) = (Input::new(), Vec::new(), Line::new());
        let mut take = |input: &mut Input| {
            while let Some(command) = input.next(&mut line) {
                let text = String::from_utf8_lossy(line.as_bytes()).into_owned();
                taken.push(match command {
                    Command::Line => text,
                    Command::Unfinished => format!("{text}, unfinished"),
                    Command::TooLong => "too long".to_owned(),
                });
            }
        };
        for piece in bytes.chunks(piece) {
            let mut left = piece;
            while !left.is_empty() {
                let room = input.room();
                let count = room.len().min(left.len());
                room[..count].copy_from_slice(&left[..count]);
                input.filled(count);
                left = &left[count..];
                take(&mut input);
            }
        }
        input.end();
        take(&mut input);
        assert!(input.is_done());
        taken
    }

    #[test]
    fn lines_come_out_whole_however_they_came_in() {
        let longest = "x".repeat(1023);
        let too_long = "y".repeat(1024);
        let text = format!(
            "a\n\nb\tc\r\n{longest}\n{too_long}\nd\n#{too_long}{too_long}\ne\n{too_long}{too_long}{too_long}\nf"
        );
        for piece in [1, 2, 7, 1023, 1024, 1025, 10_000] {
            let expected = ["a", "", "b\tc\r", &longest, "too long", "d", "e", "too long", "f, unfinished"];
            assert_eq!(read(text.as_bytes(), piece), expected, "{piece}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_may_end_with_the_input() {
        assert_eq!(read(&[b'x'; 5000], 100), ["too long"]);
        assert_eq!(read(&[b'#'; 5000], 100), Vec::<String>::new());
        assert_eq!(read(b"a\n", 1), ["a"]);
    }

    #[test]
    fn what_is_closed_takes_no_more_lines() {
        let (mut input, mut line) = (Input::new(), Line::new());
        input.room()[..4].copy_from_slice(b"a\nb\n");
        input.filled(4);
        assert_eq!(input.next(&mut line), Some(Command::Line));
        input.close();
        assert!(input.next(&mut line).is_none() && input.is_done());
    }
}
