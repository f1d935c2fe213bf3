//! The memory of a ring as loom models it: it finds every interleaving that a processor allows, and every race.

use std::fmt;
use std::sync::atomic::Ordering;

use loom::cell::Cell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, fence};

use super::{MARK, Memory, RingWord, SMALLEST, Word};

/// A ring of the smallest size, shared by the threads of a model.
#[derive(Clone)]
pub(crate) struct Model(Arc<Parts>);

struct Parts {
    words: [AtomicU64; 4],
    bytes: Vec<Cell<u8>>,
}

impl Model {
    pub(crate) fn new() -> Self {
        let words = std::array::from_fn(|_| AtomicU64::new(0));
        Model(Arc::new(Parts { words, bytes: (0..SMALLEST).map(|_| Cell::new(0)).collect() }))
    }

    fn byte(&self, position: u64) -> &Cell<u8> {
        &self.0.bytes[position as usize % SMALLEST]
    }
}

/// Checks every run of a model with at most this many preemptions.
pub(crate) fn check(switches: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(model);
}

impl Memory for Model {
    type Word = AtomicU64;

    fn word(&self, place: RingWord) -> &AtomicU64 {
        &self.0.words[place as usize]
    }

    fn capacity(&self) -> u64 {
        SMALLEST as u64
    }

    fn mark(&self, position: u64, mark: u64) {
        self.write(position, &mark.to_le_bytes());
    }

    fn marked(&self, position: u64) -> u64 {
        let bytes = std::array::from_fn(|at| self.byte(position + at as u64).get());
        assert!(position.is_multiple_of(MARK));
        u64::from_le_bytes(bytes)
    }

    fn write(&self, position: u64, bytes: &[u8]) {
        for (at, byte) in (position..).zip(bytes) {
            self.byte(at).set(*byte);
        }
    }

    fn read(&self, position: u64, length: usize, into: &mut Vec<u8>) {
        into.extend((position..).take(length).map(|at| self.byte(at).get()));
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

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Model")
    }
}
