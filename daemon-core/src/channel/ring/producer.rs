//! The writing side of a ring: a grant of room, filled and committed.

use std::mem;
use std::sync::atomic::Ordering;

use super::{Broken, MARK, MORE, Memory, RingWord, Word, quarter, record, should_wake};

/// The writing side of a ring.
#[derive(Debug)]
pub(crate) struct Producer<M> {
    pub(super) memory: M,
    /// Bytes ever written, a multiple of [`MARK`].
    tail: u64,
    /// The consumer's position as last read: at most `tail`, at least `tail` minus the capacity.
    head: u64,
    /// Whether a record was committed since the consumer was last notified.
    news: bool,
}

/// Room for one record, to fill and commit. Dropping it leaves the ring unchanged.
pub(crate) struct Grant<'a, M> {
    producer: &'a mut Producer<M>,
    /// At most the free bytes, minus the record's word.
    length: usize,
    /// At most `length`.
    written: usize,
    more: bool,
}

impl<M: Memory> Producer<M> {
    /// Creates the producer of a ring that has not been used yet.
    pub(crate) fn new(memory: M) -> Self {
        Producer { memory, tail: 0, head: 0, news: false }
    }

    /// Grants room for `bytes` bytes; for fewer, if at least a quarter of the ring is free; `None` if it is not.
    pub(crate) fn grant(&mut self, bytes: usize) -> Result<Option<Grant<'_, M>>, Broken> {
        let whole = record(bytes as u64);
        if self.free() < whole {
            self.look()?;
        }
        let free = self.free();
        let more = free < whole;
        if more && free < quarter(&self.memory) {
            return Ok(None);
        }
        let length = if more { (free - MARK) as usize } else { bytes };
        Ok(Some(Grant { producer: self, length, written: 0, more }))
    }

    /// Whether the consumer must be woken for records committed since the last call. This is reported once.
    pub(crate) fn notify(&mut self) -> bool {
        mem::take(&mut self.news) && should_wake(&self.memory, RingWord::WantsData)
    }

    /// Announces that this side sleeps until a quarter of the ring is free. Returns `false` if it is by now.
    pub(crate) fn enable_wakeup(&mut self) -> bool {
        // Relaxed: the fence orders it before the check, and pairs with the one in `should_wake`.
        self.memory.word(RingWord::WantsSpace).store(1, Ordering::Relaxed);
        M::fence();
        let paused = self.look().is_ok() && self.free() < quarter(&self.memory);
        if !paused {
            self.memory.word(RingWord::WantsSpace).store(0, Ordering::Relaxed);
        }
        paused
    }

    fn free(&self) -> u64 {
        self.memory.capacity() - (self.tail - self.head)
    }

    /// Reads the position of the consumer.
    pub(super) fn look(&mut self) -> Result<(), Broken> {
        // Acquire: pairs with the release in `publish`; what is overwritten has been read.
        let head = self.memory.word(RingWord::Head).load(Ordering::Acquire);
        if head < self.head || head > self.tail || !head.is_multiple_of(MARK) {
            return Err(Broken("the position of the reader is impossible"));
        }
        self.head = head;
        Ok(())
    }
}

impl<M: Memory> Grant<'_, M> {
    /// How many bytes this record holds.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Whether only a part of the requested bytes fits.
    pub(crate) fn more(&self) -> bool {
        self.more
    }

    /// Appends bytes to those already written, as many as still fit.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(self.length - self.written)];
        self.producer.memory.write(self.producer.tail + MARK + self.written as u64, bytes);
        self.written += bytes.len();
    }

    /// Makes the record visible.
    pub(crate) fn commit(self) {
        let Producer { memory, tail, news, .. } = self.producer;
        let length = self.written as u64;
        memory.mark(*tail, if self.more { length | MORE } else { length });
        *tail += record(length);
        // Release: pairs with the acquire in the consumer's `look`: if it sees the position, it sees the record.
        memory.word(RingWord::Tail).store(*tail, Ordering::Release);
        *news = true;
    }
}
