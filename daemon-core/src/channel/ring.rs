//! A ring of records in shared memory: one side produces, the other consumes, and neither waits for the other.
//!
//! Two positions count all bytes ever written and ever taken. Each has one writer, which keeps its own copy and never
//! reads back what it published. It caches the other side's position, and reads it again only when the cached value is
//! not enough. The positions never wrap: at 100 GB a second, 64 bits last for five years. They are published in steps:
//! the producer publishes each record, the consumer each quarter of the ring, and when it notifies.
//!
//! A side that is about to sleep sets a flag, then checks once more for news; the other side publishes its news, then
//! checks the flag. Each side has a full fence between its two steps, so at least one of them sees the other's first
//! step. A sleeping side is woken out of band, once: the waker clears its flag.
//!
//! Messages, even those longer than the ring, are handled in `channel`.
//!
//! # Safety
//!
//! This module may use unsafe code: copies between private memory and the bytes of a [`Segment`], which the other
//! process may change at any moment. A value read there is checked before it is used, and never read twice. Addresses
//! to copy from and to are computed from positions kept here, within a range that [`Area::new`] has checked.
#![allow(unsafe_code)]

mod producer;
mod consumer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

pub(crate) use self::consumer::Consumer;
pub(crate) use self::producer::Producer;
use crate::sys::memory::{PAGE, Segment, Words};

/// The distance between words that must not share a cache line, in words: 128 bytes, since processors fetch cache
/// lines in pairs.
pub(crate) const CACHE_LINE_WORDS: usize = 16;

/// How many words a ring needs.
pub(crate) const RING_WORDS: usize = 4 * CACHE_LINE_WORDS;

/// Bytes of the smallest ring: a quarter of it is a record that can hold data.
pub(crate) const SMALLEST: usize = 64;

/// Bytes of the word in front of a record. Records start at multiples of it, so that it never wraps around.
const MARK: u64 = 8;

/// The bits of a record's word that hold its length, and the bit for a message that continues in the next record.
const LENGTH: u64 = u32::MAX as u64;
const MORE: u64 = 1 << 32;

/// A word that both sides can see.
pub(crate) trait Word {
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn swap(&self, value: u64, order: Ordering) -> u64;
}

/// The words of a ring, each on its own cache line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RingWord {
    /// Bytes ever written. Written by the producer.
    Tail,
    /// Bytes ever taken. Written by the consumer.
    Head,
    /// Not zero while the consumer sleeps until there is a record.
    WantsData,
    /// Not zero while the producer sleeps until a quarter of the ring is free.
    WantsSpace,
}

/// The memory that a ring lives in: shared memory, or a model of it.
pub(crate) trait Memory {
    type Word: Word;

    fn word(&self, place: RingWord) -> &Self::Word;

    /// Bytes of the ring: a power of two.
    fn capacity(&self) -> u64;

    /// Writes the word of the record at a position that is a multiple of [`MARK`].
    fn mark(&self, position: u64, mark: u64);

    /// Reads, once, the word that [`mark`](Memory::mark) has written.
    fn marked(&self, position: u64) -> u64;

    /// Copies bytes in, at most the capacity.
    fn write(&self, position: u64, bytes: &[u8]);

    /// Copies bytes out and appends them, at most the capacity.
    fn read(&self, position: u64, length: usize, into: &mut Vec<u8>);

    /// A sequentially consistent fence.
    fn fence();
}

/// The other side violates the protocol; the text is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken(pub(super) &'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shared memory is corrupt: {}", self.0)
    }
}

impl std::error::Error for Broken {}

/// Whether the other side sleeps and the caller must wake it. Called after the news was published.
fn should_wake<M: Memory>(memory: &M, place: RingWord) -> bool {
    // Orders the news before the check of the flag; pairs with the fence in `enable_wakeup`.
    M::fence();
    let wants = memory.word(place);
    // The load leaves the cache line where it is while the other side is awake.
    wants.load(Ordering::Relaxed) != 0 && wants.swap(0, Ordering::Relaxed) != 0
}

/// The bytes of the ring that a record with this many bytes occupies.
fn record(length: u64) -> u64 {
    length.saturating_add(2 * MARK - 1) & !(MARK - 1)
}

/// How many bytes must be free before a producer is woken or splits a message.
fn quarter<M: Memory>(memory: &M) -> u64 {
    memory.capacity() / 4
}

/// A ring's part of a segment.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    segment: Arc<Segment>,
    /// The first of [`RING_WORDS`] words in the segment's first page.
    words: usize,
    /// Where the bytes of the ring start: a multiple of [`MARK`], after the first page.
    start: usize,
    /// The number of these bytes: a power of two, at least [`SMALLEST`]. They all lie inside the segment.
    capacity: usize,
}

impl Area {
    /// Creates a ring with its words starting at index `words`, and `capacity` bytes at `start`; `None` if that does
    /// not fit the segment.
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
        // SAFETY: `start` and `capacity` lie inside the segment, checked in `new`, and `offset` is below the capacity.
        unsafe { self.segment.as_ptr().add(self.start + offset).as_ptr() }
    }

    fn mark_at(&self, position: u64) -> &AtomicU64 {
        let offset = self.offset(position) & !(MARK as usize - 1);
        // SAFETY: the capacity is a multiple of eight, so eight bytes from a multiple of eight below it lie inside the
        // segment; it is mapped while `self` lives, and starts at a page.
        unsafe { AtomicU64::from_ptr(self.byte(offset).cast()) }
    }

    /// Copies bytes in without wrapping: `offset` plus their number is at most the capacity.
    fn copy_in(&self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        // SAFETY: the bytes fit between `offset` and the end of the ring, which both callers ensure. Private memory is
        // never inside a segment. The other side may see any mixture of old and new bytes, until the position is
        // published.
        unsafe { self.byte(offset).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// Appends bytes without wrapping: `offset` plus `length` is at most the capacity.
    fn copy_out(&self, offset: usize, length: usize, into: &mut Vec<u8>) {
        if length == 0 {
            return;
        }
        into.reserve(length);
        let free = into.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: the bytes lie between `offset` and the end of the ring, which both callers ensure, and the room for
        // them is reserved above. If the other side changes them meanwhile, any mixture of bytes is acceptable.
        unsafe { self.byte(offset).copy_to_nonoverlapping(free, length) };
        // SAFETY: this many bytes after the old length have just been written, within the capacity.
        unsafe { into.set_len(into.len() + length) };
    }
}

impl Memory for Area {
    type Word = AtomicU64;

    fn word(&self, place: RingWord) -> &AtomicU64 {
        &self.segment.words()[self.words + place as usize * CACHE_LINE_WORDS]
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
pub(super) mod model;
#[cfg(test)]
mod tests;
