//! Messages waiting for room in the ring.

use std::collections::VecDeque;

/// Bytes of capacity that an empty backlog keeps.
const KEPT: usize = 64 * 1024;

/// Messages in sending order. The start of the first one may already be in the ring.
///
/// It has no bound of its own: the caller checks [`len`](Backlog::len) and stops in time.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    bytes: VecDeque<u8>,
    /// How many bytes of each message are waiting.
    lengths: VecDeque<usize>,
}

impl Backlog {
    /// The bytes that are waiting, plus a few for each message, so that empty ones count too.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.lengths.len() * size_of::<usize>()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Adds the rest of a message whose first `sent` bytes have been sent.
    pub(super) fn push(&mut self, parts: &[&[u8]], sent: usize) {
        let before = self.bytes.len();
        let mut skip = sent;
        for part in parts {
            let start = skip.min(part.len());
            skip -= start;
            self.bytes.extend(&part[start..]);
        }
        self.lengths.push_back(self.bytes.len() - before);
    }

    /// How many bytes of the first message are waiting.
    pub(super) fn first(&self) -> Option<usize> {
        self.lengths.front().copied()
    }

    /// All waiting bytes, in two parts.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let (first, second) = self.bytes.as_slices();
        [first, second]
    }

    /// Removes the first bytes of the first message, or all of it.
    pub(super) fn remove(&mut self, bytes: usize, whole: bool) {
        self.bytes.drain(..bytes);
        if whole {
            self.lengths.pop_front();
        } else if let Some(length) = self.lengths.front_mut() {
            *length -= bytes;
        }
        if self.is_empty() {
            self.bytes.shrink_to(KEPT);
            self.lengths.shrink_to(KEPT / size_of::<usize>());
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Backlog::default();
    }
}
