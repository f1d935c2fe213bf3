//! The reading side of a ring: it peeks at the next record, then takes it as a whole.

use std::mem;
use std::sync::atomic::Ordering;

use super::{Broken, LENGTH, MARK, MORE, Memory, RingWord, Word, quarter, record, should_wake};

/// The reading side of a ring.
#[derive(Debug)]
pub(crate) struct Consumer<M> {
    pub(super) memory: M,
    /// Bytes ever taken, a multiple of [`MARK`].
    head: u64,
    /// The `head` that the producer can see.
    published: u64,
    /// The producer's position as last read: at least `head`, at most `head` plus the capacity.
    tail: u64,
    /// Whether something was taken since the producer was last notified.
    news: bool,
}

/// The next record: its length in bytes, and whether its message continues in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) length: usize,
    pub(crate) more: bool,
}

impl<M: Memory> Consumer<M> {
    /// Creates the consumer of a ring that has not been used yet.
    pub(crate) fn new(memory: M) -> Self {
        Consumer { memory, head: 0, published: 0, tail: 0, news: false }
    }

    /// Returns the next record; `None` if there is none. A record with [`more`](Record::more) takes at least a quarter
    /// of the ring.
    pub(crate) fn peek(&mut self) -> Result<Option<Record>, Broken> {
        if self.head == self.tail {
            self.look()?;
            if self.head == self.tail {
                return Ok(None);
            }
        }
        let mark = self.memory.marked(self.head);
        let (length, more) = (mark & LENGTH, mark & MORE != 0);
        let size = record(length);
        if mark & !(LENGTH | MORE) != 0 || size > self.tail - self.head {
            return Err(Broken("a record is longer than what was written"));
        }
        if more && size < quarter(&self.memory) {
            return Err(Broken("a message is cut into pieces that are too small"));
        }
        Ok(Some(Record { length: length as usize, more }))
    }

    /// Appends the bytes of a record that was just [peeked](Consumer::peek) at, and moves on to the next one.
    pub(crate) fn take(&mut self, record: Record, into: &mut Vec<u8>) {
        self.memory.read(self.head + MARK, record.length, into);
        self.head += super::record(record.length as u64);
        self.news = true;
        if self.head - self.published >= quarter(&self.memory) {
            self.publish();
        }
    }

    /// Whether the producer must be woken for what was taken since the last call. This is reported once.
    pub(crate) fn notify(&mut self) -> bool {
        if !mem::take(&mut self.news) {
            return false;
        }
        self.publish();
        // Less may be free, as more may have been written since `tail` was read; the producer checks again by itself.
        let free = self.memory.capacity() - (self.tail - self.head);
        free >= quarter(&self.memory) && should_wake(&self.memory, RingWord::WantsSpace)
    }

    /// Announces that this side sleeps until there is a record. Returns `false` if there is one by now.
    pub(crate) fn enable_wakeup(&mut self) -> bool {
        // Relaxed: the fence orders it before the check, and pairs with the one in `should_wake`.
        self.memory.word(RingWord::WantsData).store(1, Ordering::Relaxed);
        M::fence();
        let paused = self.look().is_ok() && self.head == self.tail;
        if !paused {
            self.memory.word(RingWord::WantsData).store(0, Ordering::Relaxed);
        }
        paused
    }

    /// Reads the position of the producer.
    fn look(&mut self) -> Result<(), Broken> {
        // Acquire: pairs with the release in `commit`.
        let tail = self.memory.word(RingWord::Tail).load(Ordering::Acquire);
        if tail < self.tail || tail - self.head > self.memory.capacity() || !tail.is_multiple_of(MARK) {
            return Err(Broken("the position of the writer is impossible"));
        }
        self.tail = tail;
        Ok(())
    }

    /// Publishes what was taken.
    pub(super) fn publish(&mut self) {
        if self.published != self.head {
            self.published = self.head;
            // Release: pairs with the acquire in the producer's `look`; what it overwrites has been read.
            self.memory.word(RingWord::Head).store(self.head, Ordering::Release);
        }
    }
}
