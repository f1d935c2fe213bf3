//! Deadlines in order, one for each key.
//!
//! It reads no clock: the caller passes the time.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::time::Instant;

use foldhash::{HashMap, HashMapExt};

/// One deadline for each key, the soonest first.
///
/// It grows only with the number of keys, which its owner bounds.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Deadlines<K> {
    order: BTreeSet<(Instant, K)>,
    at: HashMap<K, Instant>,
}

impl<K: Copy + Ord + Hash> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Deadlines { order: BTreeSet::new(), at: HashMap::new() }
    }

    /// Arms `key` for this time, unless it is armed for an earlier one.
    pub(crate) fn arm(&mut self, key: K, at: Instant) {
        if self.at.get(&key).is_some_and(|armed| *armed <= at) {
            return;
        }
        self.set(key, Some(at));
    }

    /// Sets the deadline of `key`, or removes it.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        if self.at.get(&key).copied() == at {
            return;
        }
        self.disarm(key);
        if let Some(at) = at {
            self.at.insert(key, at);
            self.order.insert((at, key));
        }
    }

    /// Removes a key.
    pub(crate) fn disarm(&mut self, key: K) {
        if let Some(at) = self.at.remove(&key) {
            self.order.remove(&(at, key));
        }
    }

    /// The deadline of a key.
    pub(crate) fn of(&self, key: K) -> Option<Instant> {
        self.at.get(&key).copied()
    }

    /// Whether a key has a deadline.
    pub(crate) fn is_armed(&self, key: K) -> bool {
        self.at.contains_key(&key)
    }

    /// The soonest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Removes and returns a key whose deadline has passed.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, K)> {
        let (at, key) = *self.order.first().filter(|(at, _)| *at <= now)?;
        self.disarm(key);
        Some((at, key))
    }
}

impl<K: Copy + Ord + Hash> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn deadlines_come_in_order_and_once() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::new();
        deadlines.arm('b', at(2));
        deadlines.arm('a', at(1));
        deadlines.arm('b', at(5));
        deadlines.arm('c', at(9));
        deadlines.arm('c', at(3));
        assert_eq!(deadlines.next(), Some(at(1)));
        assert_eq!(deadlines.pop(start), None);
        deadlines.disarm('a');
        assert_eq!(deadlines.pop(at(4)), Some((at(2), 'b')));
        assert_eq!(deadlines.pop(at(4)), Some((at(3), 'c')));
        assert_eq!(deadlines.pop(at(100)), None);
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn a_deadline_that_is_set_replaces_the_one_before() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::new();
        deadlines.set('a', Some(at(1)));
        deadlines.set('a', Some(at(3)));
        deadlines.set('a', Some(at(3)));
        assert_eq!((deadlines.next(), deadlines.pop(at(2))), (Some(at(3)), None));
        deadlines.set('a', None);
        assert_eq!(deadlines.next(), None);
    }
}
