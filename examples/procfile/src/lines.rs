//! What a program writes, line by line.

use std::io::{ErrorKind, Read};

/// The longest line. A longer one comes in pieces.
const LONGEST: usize = 4096;

/// The beginning of a line that has not ended.
#[derive(Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// Reads once, and passes on each line that is complete.
    pub(crate) fn read(&mut self, from: &mut impl Read, mut take: impl FnMut(&str)) {
        let mut bytes = [0; LONGEST];
        match from.read(&mut bytes) {
            Ok(count) => self.0.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => take(&format!("(cannot be read: {error})")),
        }
        while let Some(end) = self.0.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.0.drain(..=end).collect();
            take(String::from_utf8_lossy(&line).trim_end());
        }
        if self.0.len() >= LONGEST {
            take(&String::from_utf8_lossy(&std::mem::take(&mut self.0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_passed_on_when_they_are_complete() {
        let (mut lines, mut taken) = (Lines::default(), Vec::new());
        for piece in ["one\ntw", "o\r\n\n", "the end"] {
            lines.read(&mut piece.as_bytes(), |line| taken.push(line.to_owned()));
        }
        assert_eq!(taken, ["one", "two", ""]);
        lines.read(&mut vec![b'x'; 2 * LONGEST].as_slice(), |line| taken.push(line.to_owned()));
        assert!(taken[3].starts_with("the endxxx"));
    }
}
