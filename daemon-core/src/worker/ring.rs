//! A ring of records in shared memory: one side produces, the other consumes, and neither waits for the other.
//!
//! Two positions count the bytes that were ever written and ever taken. Each has one writer, which keeps its own copy and
//! never reads back what it told; of the other side's it keeps the last one it saw, and looks again only when that one does
//! not do. They never wrap: at 100 GB a second, 64 bits last for five years. What is told becomes true for the other side
//! in steps: the producer tells of each record, the consumer of each quarter of the ring, or when it has taken all.
//!
//! A side that is going to sleep says so, and looks once more; the other side says what is new, and then looks who sleeps.
//! Between the two halves of either stands a full fence, so at least one of them sees the other. Who is found asleep has to
//! be woken by other means, once: its word is taken back by the one who wakes it.
//!
//! Messages, and what to do with one that is longer than the room for it, are the concern of `channel`.
//!
//! # Safety
//!
//! This module may use unsafe code: copies between private memory and the bytes of a [`Segment`], which the other process
//! may change at any moment. Nothing that is read there is used before it is checked, nothing is read twice, and where to
//! copy is computed from positions that are kept here, within a range that [`Area::new`] has checked.
#![allow(unsafe_code)]

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use crate::sys::memory::{PAGE, Segment, Words};

/// Words from one place to the next: 128 bytes, since processors fetch cache lines in pairs.
pub(crate) const LINE: usize = 16;

/// Words that a ring needs.
pub(crate) const RING_WORDS: usize = 4 * LINE;

/// The smallest ring in bytes: a quarter of it is a record that carries something.
pub(crate) const SMALLEST: usize = 64;

/// Bytes of the word in front of a record. Records start at multiples of it, so that it never wraps around.
const MARK: u64 = 8;

/// The bits of a record's word that are its length, and the bit that says that the message goes on in the next record.
const LENGTH: u64 = u32::MAX as u64;
const MORE: u64 = 1 << 32;

/// A word that both sides see.
pub(crate) trait Word {
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn swap(&self, value: u64, order: Ordering) -> u64;
}

/// The words of a ring, each on a line of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// Bytes ever written; the producer's.
    Tail,
    /// Bytes ever taken; the consumer's.
    Head,
    /// Not zero while the consumer sleeps until there is a record.
    WantsData,
    /// Not zero while the producer sleeps until a quarter of the ring is free.
    WantsSpace,
}

/// The memory that a ring lives in: shared memory, or a model of it.
pub(crate) trait Memory {
    type Word: Word;

    fn word(&self, place: Place) -> &Self::Word;

    /// Bytes of the ring: a power of two.
    fn capacity(&self) -> u64;

    /// Writes the word of the record at a position that is a multiple of [`MARK`].
    fn mark(&self, position: u64, mark: u64);

    /// Reads, once, what [`mark`](Memory::mark) has written.
    fn marked(&self, position: u64) -> u64;

    /// Copies bytes in, no more than the ring has.
    fn write(&self, position: u64, bytes: &[u8]);

    /// Appends bytes that were copied out, no more than the ring has.
    fn read(&self, position: u64, length: usize, into: &mut Vec<u8>);

    /// A sequentially consistent fence.
    fn fence();
}

/// The other side does what no sound one does; why is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken(pub(super) &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shared memory is corrupt: {}", self.0)
    }
}

impl std::error::Error for Broken {}

/// The side of a ring that writes.
#[derive(Debug)]
pub(crate) struct Producer<M> {
    memory: M,
    tail: u64,
    /// What was last seen of the consumer's: at most `tail`, at least `tail` less the capacity.
    head: u64,
    /// Whether there is a record that the consumer was not woken for.
    news: bool,
}

/// Room for one record, to be filled and committed. Dropped before that, it leaves the ring as it was.
pub(crate) struct Grant<'a, M> {
    producer: &'a mut Producer<M>,
    length: usize,
    written: usize,
    more: bool,
}

impl<M: Memory> Producer<M> {
    /// The producer of a ring that nobody has used yet.
    pub(crate) fn new(memory: M) -> Self {
        Producer { memory, tail: 0, head: 0, news: false }
    }

    /// Room for that many bytes; for fewer of them, if a quarter of the ring is free; `None` if not even that is.
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

    /// Whether the consumer is to be woken up, for records that were committed since the last time. It is asked once.
    pub(crate) fn knock(&mut self) -> bool {
        mem::take(&mut self.news) && wakes(&self.memory, Place::WantsData)
    }

    /// Says that this side sleeps until a quarter of the ring is free; `false` if it is by now.
    pub(crate) fn rest(&mut self) -> bool {
        let wants = self.memory.word(Place::WantsSpace);
        // Relaxed: the fence orders it before the look, and pairs with the one in `wakes`.
        wants.store(1, Ordering::Relaxed);
        M::fence();
        let rests = self.look().is_ok() && self.free() < quarter(&self.memory);
        if !rests {
            self.memory.word(Place::WantsSpace).store(0, Ordering::Relaxed);
        }
        rests
    }

    fn free(&self) -> u64 {
        self.memory.capacity() - (self.tail - self.head)
    }

    /// Looks how far the consumer is.
    fn look(&mut self) -> Result<(), Broken> {
        // Acquire: pairs with the release in `publish`; what is written over has been read.
        let head = self.memory.word(Place::Head).load(Ordering::Acquire);
        if head < self.head || head > self.tail || !head.is_multiple_of(MARK) {
            return Err(Broken("the reader is where it cannot be"));
        }
        self.head = head;
        Ok(())
    }
}

impl<M: Memory> Grant<'_, M> {
    /// How many bytes this record takes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Whether the bytes that were asked for do not all fit.
    pub(crate) fn more(&self) -> bool {
        self.more
    }

    /// Copies bytes behind those that were written before, as many as still fit.
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
        // Release: pairs with the acquire in `peek`; who sees the position sees the record.
        memory.word(Place::Tail).store(*tail, Ordering::Release);
        *news = true;
    }
}

/// The side of a ring that reads.
#[derive(Debug)]
pub(crate) struct Consumer<M> {
    memory: M,
    head: u64,
    /// What the producer was told of `head`.
    published: u64,
    /// What was last seen of the producer's: at least `head`, at most `head` and the capacity.
    tail: u64,
    /// Whether something was taken that the producer was not woken for.
    news: bool,
}

/// The next record: how many bytes, and whether its message goes on in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) length: usize,
    pub(crate) more: bool,
}

impl<M: Memory> Consumer<M> {
    /// The consumer of a ring that nobody has used yet.
    pub(crate) fn new(memory: M) -> Self {
        Consumer { memory, head: 0, published: 0, tail: 0, news: false }
    }

    /// What the next record is like; `None` if there is none. A record with [`more`](Record::more) takes a quarter of the
    /// ring at least.
    pub(crate) fn peek(&mut self) -> Result<Option<Record>, Broken> {
        if self.head == self.tail {
            self.publish();
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

    /// Appends the bytes of a record that was just [peeked](Consumer::peek) at, and goes on to the next one.
    pub(crate) fn take(&mut self, record: Record, into: &mut Vec<u8>) {
        self.memory.read(self.head + MARK, record.length, into);
        self.head += self::record(record.length as u64);
        self.news = true;
        if self.head - self.published >= quarter(&self.memory) {
            self.publish();
        }
    }

    /// Whether the producer is to be woken up, for what was taken since the last time. It is asked once.
    pub(crate) fn knock(&mut self) -> bool {
        if !mem::take(&mut self.news) {
            return false;
        }
        self.publish();
        // What was written since the last look makes it less; the producer looks again by itself.
        let free = self.memory.capacity() - (self.tail - self.head);
        free >= quarter(&self.memory) && wakes(&self.memory, Place::WantsSpace)
    }

    /// Says that this side sleeps until there is a record; `false` if there is one by now.
    pub(crate) fn rest(&mut self) -> bool {
        let wants = self.memory.word(Place::WantsData);
        // Relaxed: the fence orders it before the look, and pairs with the one in `wakes`.
        wants.store(1, Ordering::Relaxed);
        M::fence();
        let rests = self.look().is_ok() && self.head == self.tail;
        if !rests {
            self.memory.word(Place::WantsData).store(0, Ordering::Relaxed);
        }
        rests
    }

    /// Looks how far the producer is.
    fn look(&mut self) -> Result<(), Broken> {
        // Acquire: pairs with the release in `commit`.
        let tail = self.memory.word(Place::Tail).load(Ordering::Acquire);
        if tail < self.tail || tail - self.head > self.memory.capacity() || !tail.is_multiple_of(MARK) {
            return Err(Broken("the writer is where it cannot be"));
        }
        self.tail = tail;
        Ok(())
    }

    /// Tells the producer what was taken.
    fn publish(&mut self) {
        if self.published != self.head {
            self.published = self.head;
            // Release: pairs with the acquire in the producer's `look`; what it writes over has been read.
            self.memory.word(Place::Head).store(self.head, Ordering::Release);
        }
    }
}

/// Whether the other side sleeps, and is to be woken by the caller. Stands behind a release of what is new.
fn wakes<M: Memory>(memory: &M, place: Place) -> bool {
    // Orders what is new before the look at the flag; pairs with the fence in `rest`.
    M::fence();
    let wants = memory.word(place);
    // The load leaves the line where it is as long as nobody sleeps.
    wants.load(Ordering::Relaxed) != 0 && wants.swap(0, Ordering::Relaxed) != 0
}

/// What a record with that many bytes takes of the ring.
fn record(length: u64) -> u64 {
    length.saturating_add(2 * MARK - 1) & !(MARK - 1)
}

/// How much has to be free before a producer is woken up, or cuts a message.
fn quarter<M: Memory>(memory: &M) -> u64 {
    memory.capacity() / 4
}

/// A ring's part of a segment.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    segment: Arc<Segment>,
    /// The first of [`RING_WORDS`] words in the segment's first page.
    words: usize,
    /// Where the bytes of the ring start: a multiple of [`MARK`], behind the first page.
    start: usize,
    /// How many they are: a power of two, at least [`SMALLEST`]. All of them lie inside of the segment.
    capacity: usize,
}

impl Area {
    /// A ring with its words from the index `words` on, and `capacity` bytes at `start`; `None` if the segment has no such
    /// place.
    pub(crate) fn new(segment: Arc<Segment>, words: usize, start: usize, capacity: usize) -> Option<Area> {
        let fits = start >= PAGE
            && start.is_multiple_of(MARK as usize)
            && start.checked_add(capacity)? <= segment.len()
            && capacity >= SMALLEST
            && capacity.is_power_of_two()
            && words.checked_add(RING_WORDS)? <= size_of::<Words>() / size_of::<AtomicU64>();
        fits.then_some(Area { segment, words, start, capacity })
    }

    fn offset(&self, position: u64) -> usize {
        position as usize & (self.capacity - 1)
    }

    /// A pointer to the byte at `offset`, which is below the capacity.
    fn byte(&self, offset: usize) -> *mut u8 {
        // SAFETY: `start` and `capacity` lie inside of the segment, checked in `new`, and `offset` is below the latter.
        unsafe { self.segment.as_ptr().add(self.start + offset).as_ptr() }
    }

    fn mark_at(&self, position: u64) -> &AtomicU64 {
        let offset = self.offset(position) & !(MARK as usize - 1);
        // SAFETY: eight bytes from a multiple of eight below the capacity, which is one, lie inside of the segment; it is
        // mapped for as long as `self` lives, and starts at a page.
        unsafe { AtomicU64::from_ptr(self.byte(offset).cast()) }
    }

    /// Copies bytes in that do not wrap: `offset` and their number are at most the capacity.
    fn copy_in(&self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        // SAFETY: the bytes fit between `offset` and the end of the ring, as both callers see to. Private memory is never
        // inside of a segment. The other side may see any mixture of old and new bytes, until the position is told.
        unsafe { self.byte(offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// Appends bytes that do not wrap: `offset` and `length` are at most the capacity.
    fn copy_out(&self, offset: usize, length: usize, into: &mut Vec<u8>) {
        if length == 0 {
            return;
        }
        into.reserve(length);
        let free = into.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: the bytes lie between `offset` and the end of the ring, as both callers see to, and there is room for
        // them, reserved above. Should the other side change them meanwhile, any mixture of bytes is as good as another.
        unsafe { self.byte(offset).copy_to_nonoverlapping(free, length) };
        // SAFETY: that many bytes behind the old length have just been written, within the capacity.
        unsafe { into.set_len(into.len() + length) };
    }
}

impl Memory for Area {
    type Word = AtomicU64;

    fn word(&self, place: Place) -> &AtomicU64 {
        &self.segment.words()[self.words + place as usize * LINE]
    }

    fn capacity(&self) -> u64 {
        self.capacity as u64
    }

    fn mark(&self, position: u64, mark: u64) {
        // Relaxed: the release of the position comes after it.
        self.mark_at(position).store(mark, Ordering::Relaxed);
    }

    fn marked(&self, position: u64) -> u64 {
        self.mark_at(position).load(Ordering::Relaxed)
    }

    fn write(&self, position: u64, bytes: &[u8]) {
        let (offset, bytes) = (self.offset(position), &bytes[..bytes.len().min(self.capacity)]);
        let (first, second) = bytes.split_at(bytes.len().min(self.capacity - offset));
        self.copy_in(offset, first);
        self.copy_in(0, second);
    }

    fn read(&self, position: u64, length: usize, into: &mut Vec<u8>) {
        let (offset, length) = (self.offset(position), length.min(self.capacity));
        let first = length.min(self.capacity - offset);
        self.copy_out(offset, first, into);
        self.copy_out(0, length - first, into);
    }

    fn fence() {
        fence(Ordering::SeqCst);
    }
}

impl Word for AtomicU64 {
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.swap(value, order)
    }
}

#[cfg(test)]
mod tests;
