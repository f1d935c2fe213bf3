//! The first page of a worker's segment: its layout, the worker's status, its last words.
//!
//! It consists of words that either side may write at any moment. Readers cannot trust them: numbers may jump, and the
//! last words may come from any process. The words of the two rings behind the page are also in it.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::ring::{Area, Broken, CACHE_LINE_WORDS, RING_WORDS, SMALLEST};
use crate::sys::memory::{PAGE, Segment, Words};

/// Marks a segment as ours, with this layout: another layout has another number.
const MAGIC: u64 = u64::from_le_bytes(*b"dmnwrk\0\x01");

/// The longest last words, in bytes; longer text is cut off.
pub(crate) const LAST_WORDS: usize = 1000;

// The indices of the words. The first line is written once.
const LAYOUT: usize = 0;
const LENGTH: usize = 1;
const RING: usize = 2;
// The second line is the worker's.
const STATE: usize = CACHE_LINE_WORDS;
const HEARTBEAT: usize = CACHE_LINE_WORDS + 1;
const BEGUN: usize = CACHE_LINE_WORDS + 2;
const LOOPS: usize = CACHE_LINE_WORDS + 3;
// The words of the rings: from the daemon to the worker, and back.
const DOWN: usize = 2 * CACHE_LINE_WORDS;
const UP: usize = DOWN + RING_WORDS;
const LAST_WORDS_LENGTH: usize = UP + RING_WORDS;
const LAST_WORDS_TEXT: usize = LAST_WORDS_LENGTH + 1;

const _: () = assert!(LOOPS < DOWN && LAST_WORDS.is_multiple_of(8));
const _: () = assert!((LAST_WORDS_TEXT + LAST_WORDS / 8) * size_of::<u64>() <= size_of::<Words>());

/// The first page of a worker's segment.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    segment: Arc<Segment>,
}

/// The two rings of a segment.
#[derive(Debug)]
pub(crate) struct Areas {
    /// From the daemon to the worker.
    pub(crate) down: Area,
    /// From the worker to the daemon.
    pub(crate) up: Area,
}

impl Header {
    /// Lays out a new segment.
    pub(crate) fn write(segment: Arc<Segment>) -> Header {
        let words = segment.words();
        words[LENGTH].store(segment.len() as u64, Relaxed);
        words[RING].store(ring(segment.len()) as u64, Relaxed);
        words[LAYOUT].store(MAGIC, Release);
        Header { segment }
    }

    /// Opens the header of a segment that another process has laid out.
    ///
    /// # Errors
    ///
    /// If it does not have the layout of this program.
    pub(crate) fn check(segment: Arc<Segment>) -> Result<Header, Broken> {
        let words = segment.words();
        if words[LAYOUT].load(Acquire) != MAGIC {
            return Err(Broken("it has the layout of another version"));
        }
        let published = (words[LENGTH].load(Relaxed), words[RING].load(Relaxed));
        if published != (segment.len() as u64, ring(segment.len()) as u64) {
            return Err(Broken("its size is not the one in its header"));
        }
        Ok(Header { segment })
    }

    /// Returns the rings, as large as the segment allows.
    pub(crate) fn areas(&self) -> Result<Areas, Broken> {
        let capacity = ring(self.segment.len());
        let area = |words, start| {
            Area::new(Arc::clone(&self.segment), words, start, capacity)
                .ok_or(Broken("it is too small for its rings"))
        };
        Ok(Areas { down: area(DOWN, PAGE)?, up: area(UP, PAGE + capacity)? })
    }

    /// The number of the worker's state. The caller interprets it.
    pub(crate) fn state(&self) -> u32 {
        // Acquire: pairs with the release in `set_state`; what the worker did before is visible.
        (self.words()[STATE].load(Acquire) & u64::from(u32::MAX)) as u32
    }

    pub(crate) fn set_state(&self, state: u32) {
        self.words()[STATE].store(u64::from(state), Release);
    }

    /// How many heartbeats the worker has made.
    pub(crate) fn heartbeat(&self) -> u64 {
        self.words()[HEARTBEAT].load(Relaxed)
    }

    pub(crate) fn beat(&self) {
        self.count(HEARTBEAT);
    }

    /// How many calls the worker has begun.
    pub(crate) fn begun(&self) -> u64 {
        self.words()[BEGUN].load(Relaxed)
    }

    pub(crate) fn count_begun(&self) {
        self.count(BEGUN);
    }

    /// How many turns of its loop the worker has made.
    pub(crate) fn loops(&self) -> u64 {
        self.words()[LOOPS].load(Relaxed)
    }

    pub(crate) fn count_loop(&self) {
        self.count(LOOPS);
    }

    /// The worker's last words, if any; invalid UTF-8 is replaced.
    pub(crate) fn last_words(&self) -> Option<String> {
        let words = self.words();
        // Acquire: pairs with the release in `LastWords::write`.
        let length = usize::try_from(words[LAST_WORDS_LENGTH].load(Acquire)).unwrap_or(LAST_WORDS);
        if length == 0 {
            return None;
        }
        let text = &words[LAST_WORDS_TEXT..LAST_WORDS_TEXT + LAST_WORDS / 8];
        let mut bytes: Vec<u8> = text.iter().flat_map(|word| word.load(Relaxed).to_le_bytes()).collect();
        bytes.truncate(length);
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Clears the last words: the worker survived what they report.
    pub(crate) fn forget_last_words(&self) {
        let length = &self.words()[LAST_WORDS_LENGTH];
        if length.load(Relaxed) != 0 {
            length.store(0, Relaxed);
        }
    }

    fn words(&self) -> &Words {
        self.segment.words()
    }

    /// Adds one. Only the worker counts, so no count is lost between the load and the store.
    fn count(&self, word: usize) {
        let word = &self.words()[word];
        word.store(word.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

/// Writes a worker's last words, for example from a panic hook: without a lock, and without an allocation.
///
/// It keeps the segment mapped. Two threads that write at once leave a mixture.
#[derive(Debug)]
pub(crate) struct LastWords(Header);

impl LastWords {
    pub(crate) fn of(header: &Header) -> LastWords {
        LastWords(header.clone())
    }

    /// Replaces the last words. Text beyond [`LAST_WORDS`] bytes is lost.
    pub(crate) fn write(&self, text: fmt::Arguments<'_>) {
        let words = self.0.words();
        words[LAST_WORDS_LENGTH].store(0, Relaxed);
        let mut pen = Pen { words, word: 0, length: 0 };
        // It fails when there is no room left.
        let _ = pen.write_fmt(text);
        pen.set_down();
        // Release: pairs with the acquire in `last_words`.
        words[LAST_WORDS_LENGTH].store(pen.length as u64, Release);
    }
}

/// Writes text into words.
struct Pen<'a> {
    words: &'a Words,
    /// The bytes since the last whole word.
    word: u64,
    length: usize,
}

impl Pen<'_> {
    fn push(&mut self, byte: u8) {
        self.word |= u64::from(byte) << (self.length % 8 * 8);
        self.length += 1;
        if self.length.is_multiple_of(8) {
            self.words[LAST_WORDS_TEXT + self.length / 8 - 1].store(self.word, Relaxed);
            self.word = 0;
        }
    }

    /// Writes the rest, which is less than a word.
    fn set_down(&mut self) {
        if !self.length.is_multiple_of(8) {
            self.words[LAST_WORDS_TEXT + self.length / 8].store(self.word, Relaxed);
        }
    }
}

impl Write for Pen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = (LAST_WORDS - self.length).min(text.len());
        let fits = (0..=room).rfind(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.bytes().take(fits).for_each(|byte| self.push(byte));
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The size of each ring in a segment of `len` bytes: the largest power of two that fits twice after the first page.
fn ring(len: usize) -> usize {
    let half = len.saturating_sub(PAGE) / 2;
    if half < SMALLEST { 0 } else { 1 << half.ilog2() }
}

#[cfg(test)]
mod tests;
