//! Whether a child that has ended by itself is started again, and when.
//!
//! Pure: the time and the dice are given.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::spec::{Policy, Restart};
use super::state::Next;

/// What is remembered of a child's earlier ends.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// When it was started again: as many as the intensity allows, and one.
    restarts: VecDeque<Instant>,
    /// Early ends in a row.
    early: u32,
    /// How long it rests before the next start.
    rest: Duration,
}

/// An end that nobody has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// With exit code 0.
    pub(crate) clean: bool,
    /// How long it had been ready; `None` if it never was.
    pub(crate) ready_for: Option<Duration>,
}

impl History {
    /// What the policy says of an end. `dice` is in 0 to 1.
    pub(crate) fn judge(&mut self, policy: &Policy, end: End, now: Instant, dice: f64) -> Next {
        match policy.restart {
            Restart::Never => return Next::Never,
            Restart::OnFailure if end.clean => return Next::Never,
            Restart::OnFailure | Restart::Always => {}
        }
        if self.is_too_much(policy, now) {
            return Next::Never;
        }
        if end.ready_for.is_some_and(|time| time >= policy.min_uptime) {
            self.early = 0;
            return Next::AtOnce;
        }
        self.back_off(policy, dice);
        Next::Later
    }

    /// The system would not start it. That says nothing of the child: it counts for the back-off alone, so that the child
    /// comes back by itself when the system can.
    pub(crate) fn not_started(&mut self, policy: &Policy, dice: f64) {
        self.back_off(policy, dice);
    }

    /// How long it rests before the next start.
    pub(crate) fn rest(&self) -> Duration {
        self.rest
    }

    /// Forgets everything: it was told to start.
    pub(crate) fn clear(&mut self) {
        *self = History::default();
    }

    /// Counts a restart; as in Erlang, more than so many within so long are too many.
    fn is_too_much(&mut self, policy: &Policy, now: Instant) -> bool {
        let Some(intensity) = policy.intensity else { return false };
        self.restarts.retain(|at| now.saturating_duration_since(*at) < intensity.within);
        self.restarts.push_back(now);
        self.restarts.len() > intensity.restarts as usize
    }

    /// Doubles the rest each time, and takes up to half of it away by chance, so that many children that fail together do
    /// not come back together.
    fn back_off(&mut self, policy: &Policy, dice: f64) {
        let factor = 1_u32.checked_shl(self.early).unwrap_or(u32::MAX);
        let full = policy.backoff.from.saturating_mul(factor).min(policy.backoff.to);
        self.early = self.early.saturating_add(1);
        self.rest = full.mul_f64(1.0 - dice.clamp(0.0, 1.0) / 2.0);
    }
}
