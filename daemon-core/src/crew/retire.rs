//! The end of a crew: in order, in a hurry, or because it has lost somebody that the daemon cannot do without.

use std::time::Instant;

use super::Crew;
use crate::supervisor::{ChildId, State, Wish};

/// Why the daemon has to end.
pub(crate) struct Lost {
    /// In words.
    pub(crate) why: String,
    /// Whether it ended as it should.
    pub(crate) clean: bool,
}

impl Crew {
    /// The daemon is on its way to its end: who ends now is not started again, unless calls wait for it.
    pub(crate) fn drain(&mut self) {
        self.drains = true;
    }

    /// Lets those be down that have ended in the meantime, as a service manager may tell them all at once.
    pub(super) fn let_down(&mut self, now: Instant) {
        if !self.drains {
            return;
        }
        for post in 0..self.posts.len() {
            let waits =
                |hand: &usize| matches!(self.supervisor.state(self.hands[*hand].child), State::Waiting(_));
            if self.posts[post].waiting.is_empty() {
                let idle: Vec<usize> =
                    self.posts[post].hands.iter().filter(|hand| waits(hand)).copied().collect();
                idle.into_iter().for_each(|hand| self.wish(hand, Wish::Stop, now));
            }
        }
    }

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
