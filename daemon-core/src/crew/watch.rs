//! What the crew finds out by looking: which processes have ended, hang, or work on a call for too long.

use std::time::Instant;

use super::Crew;
use super::hand::Hand;
use super::link::Verdict;
use crate::supervisor::State;

impl Crew {
    /// Processes have ended, as SIGCHLD says. Of many some are left to the next turn.
    pub(crate) fn reap(&mut self, now: Instant) {
        let (supervisor, mut yard) = self.yard(now);
        self.unreaped = supervisor.reap(&mut yard, now);
        self.take_changes(now);
    }

    /// Reaps a process if it has ended.
    pub(super) fn reap_one(&mut self, index: usize, now: Instant) {
        let Some(child) = self.hands.get(index).map(|hand| hand.child) else { return };
        let (supervisor, mut yard) = self.yard(now);
        supervisor.reap_one(child, &mut yard, now);
        self.take_changes(now);
    }

    /// Does what is due: of the supervisor, of the heartbeats, of calls that take too long.
    pub(crate) fn tick(&mut self, now: Instant) {
        if self.unreaped {
            self.reap(now);
        }
        while let Some((_, ask)) = self.expiries.pop(now) {
            self.expire(ask, now);
        }
        for index in 0..self.hands.capacity() {
            if self.hands.get_mut(index).is_some_and(|hand| hand.asks(now)) {
                self.reap_one(index, now);
            }
            let looked_at = |hand: &Hand| self.is_at_work(hand) && hand.is_due(&self.posts[hand.post], now);
            if self.hands.get(index).is_some_and(looked_at) {
                // The daemon may have been busy itself: what was said in time counts.
                self.listen_to(index, now);
                let hand = self.hands.get_mut(index);
                let verdict = hand.and_then(|hand| hand.examine(&self.posts[hand.post], now));
                if let Some(verdict) = verdict {
                    self.judge(index, &verdict, now);
                }
            }
        }
        if self.supervisor.next_deadline().is_some_and(|due| due <= now) {
            let (supervisor, mut yard) = self.yard(now);
            supervisor.tick(&mut yard, now);
            self.take_changes(now);
        }
    }

    /// Ends a process that has been found wanting.
    pub(super) fn judge(&mut self, index: usize, verdict: &Verdict, now: Instant) {
        let hand = &mut self.hands[index];
        hand.doom(verdict);
        let child = hand.child;
        let (supervisor, mut yard) = self.yard(now);
        match verdict {
            Verdict::Silent(reason) => supervisor.unfit(child, reason, &mut yard, now),
            Verdict::Overdue => supervisor.replace(child, verdict.reason(), &mut yard, now),
        }
        self.take_changes(now);
    }

    /// When there is something due.
    pub(crate) fn next(&self) -> Option<Instant> {
        let at_work = self.hands.iter().map(|(_, hand)| hand).filter(|hand| self.is_at_work(hand));
        let examined = at_work.filter_map(|hand| hand.next_look(&self.posts[hand.post]));
        let asked = self.hands.iter().filter_map(|(_, hand)| hand.next_ask());
        examined.chain(asked).chain(self.supervisor.next_deadline()).chain(self.expiries.next()).min()
    }

    /// Whether a process is looked at: one that was told to leave has its grace instead.
    fn is_at_work(&self, hand: &Hand) -> bool {
        matches!(self.supervisor.state(hand.child), State::Running | State::Paused)
    }
}
