//! The end of a crew: in order, in a hurry, or because it has lost somebody that the daemon cannot do without.

use std::time::Instant;

use super::Crew;
use crate::supervisor::{ChildId, Wish};

/// Why the daemon has to end.
pub(crate) struct Lost {
    /// In words.
    pub(crate) why: String,
    /// Whether it ended as it should.
    pub(crate) clean: bool,
}

impl Crew {
    /// Starts to stop every worker, the last one first; each gets its grace.
    pub(crate) fn retire(&mut self, now: Instant) {
        if self.retiring.is_none() {
            self.retiring = Some(self.posts.len());
            self.retire_further(now);
        }
    }

    pub(super) fn retire_further(&mut self, now: Instant) {
        while let Some(left) = self.retiring.filter(|left| *left > 0) {
            let post = left - 1;
            if !self.is_down(post) {
                if !std::mem::replace(&mut self.posts[post].retired, true) {
                    self.wish_all(post, Wish::Stop, now);
                }
                return;
            }
            self.retiring = Some(post);
        }
    }

    /// Whether every worker has stopped.
    pub(crate) fn is_gone(&self) -> bool {
        // Also those that a worker has too many.
        self.hands.iter().all(|(_, hand)| self.supervisor.state(hand.child).is_down())
    }

    /// Ends every process without mercy; they are still reaped one by one.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.retire(now);
        let children: Vec<ChildId> = self.hands.iter().map(|(_, hand)| hand.child).collect();
        for post in 0..self.posts.len() {
            self.wish_all(post, Wish::Stop, now);
        }
        for child in children {
            let (supervisor, mut yard) = self.yard(now);
            supervisor.hurry(child, &mut yard, now);
        }
        self.take_changes(now);
    }

    /// The worker that the daemon cannot do without and that is down for good, if there is one.
    pub(crate) fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    pub(crate) fn take_lost(&mut self) -> Option<Lost> {
        self.lost.take()
    }
}
