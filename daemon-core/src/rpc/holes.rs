//! Text with holes that are filled later: a batch, or the result of a multicall, while some of its calls are running.

use super::output::{Output, Part};

/// A text with holes, and what has been filled in so far.
#[derive(Default)]
pub(crate) struct Holes {
    written: Vec<u8>,
    /// Bytes of the results in it so far.
    results: usize,
    holes: Vec<Hole>,
    /// How many holes are still empty.
    left: usize,
}

struct Hole {
    /// Its position in the text.
    at: usize,
    filled: Vec<u8>,
}

impl Holes {
    /// Creates a text with holes at these positions, in order.
    pub(crate) fn new(written: Part, at: impl IntoIterator<Item = usize>) -> Self {
        let holes: Vec<Hole> = at.into_iter().map(|at| Hole { at, filled: Vec::new() }).collect();
        Holes { written: written.bytes, results: written.results, left: holes.len(), holes }
    }

    /// Fills a hole. The results in the whole text may have `limit` bytes together.
    pub(crate) fn fill(&mut self, hole: usize, limit: usize, write: impl FnOnce(&mut Output)) {
        let mut output = Output::beside(self.results, limit);
        let start = output.mark();
        write(&mut output);
        let part = output.split_off(start);
        if let Some(hole) = self.holes.get_mut(hole) {
            self.results += part.results;
            hole.filled = part.bytes;
            self.left -= 1;
        }
    }

    /// Whether every hole is filled.
    pub(crate) fn is_whole(&self) -> bool {
        self.left == 0
    }

    /// Assembles the text.
    pub(crate) fn join(self) -> Part {
        let length = self.written.len() + self.holes.iter().map(|hole| hole.filled.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        let mut from = 0;
        for hole in &self.holes {
            bytes.extend_from_slice(&self.written[from..hole.at]);
            bytes.extend_from_slice(&hole.filled);
            from = hole.at;
        }
        bytes.extend_from_slice(&self.written[from..]);
        Part { bytes, results: self.results }
    }
}
