//! Whether a call that failed is sent again: what did not begin always is, what may have run only if that does no harm.
//!
//! It reads no clock and does no I/O.

use std::time::Duration;

/// How often what did not begin is sent again, at most. The time that the call has usually ends it before.
const MOST_UNBEGUN: u32 = 64;
/// The shortest and the longest pause before something is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(4), Duration::from_millis(250));

/// How an attempt ended that has no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No complete request was read by the daemon, so that the method did not run.
    Unbegun,
    /// The method may have run.
    Unknown,
}

/// What to do about a call that has no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Send it again after this pause.
    Again(Duration),
    /// Return the error.
    Give,
}

/// The attempts of one call.
#[derive(Debug)]
pub(super) struct Attempts {
    /// Whether the method does the same if it runs twice.
    idempotent: bool,
    /// How many more times what may have run is sent again.
    left: u32,
    unbegun: u32,
}

impl Attempts {
    /// Of a call that is sent again at most `retries` times if it may have run; of one that is not `idempotent`, never.
    pub(super) fn new(idempotent: bool, retries: u32) -> Self {
        Attempts { idempotent, left: retries, unbegun: 0 }
    }

    /// Decides about an attempt without a reply. `budget` is that of all calls; `random` is from 0 to 1.
    pub(super) fn next(&mut self, lost: Lost, budget: &mut Budget, random: f64) -> Next {
        match lost {
            Lost::Unbegun if self.unbegun < MOST_UNBEGUN => {
                self.unbegun += 1;
                // Usually a connection of a process that has ended: the next one is to its successor.
                match self.unbegun {
                    1 => Next::Again(Duration::ZERO),
                    tries => Next::Again(pause(tries - 1, random)),
                }
            }
            Lost::Unknown if self.idempotent && self.left > 0 && budget.spend() => {
                self.left -= 1;
                Next::Again(Duration::ZERO)
            }
            Lost::Unbegun | Lost::Unknown => Next::Give,
        }
    }
}

/// Returns the pause before the try with this number, the first of which is 1. `random`, from 0 to 1, keeps callers apart.
pub(super) fn pause(tries: u32, random: f64) -> Duration {
    let (shortest, longest) = PAUSES;
    let doubled = shortest.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(longest).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// How many calls may be sent again: a tenth of those that succeed, and a few more.
///
/// When it is empty, calls that fail are not sent again, so that retries never add more than a tenth to the load of daemons
/// that are busy.
#[derive(Debug)]
pub(super) struct Budget {
    /// In tenths of a retry.
    tenths: u32,
}

/// How many retries a budget holds.
const FULL: u32 = 10;

impl Budget {
    /// Returns a full one.
    pub(super) fn new() -> Self {
        Budget { tenths: FULL * 10 }
    }

    /// Records a call that has succeeded.
    pub(super) fn earn(&mut self) {
        self.tenths = (self.tenths + 1).min(FULL * 10);
    }

    /// Takes one retry; returns whether there was one.
    fn spend(&mut self) -> bool {
        let left = self.tenths.checked_sub(10);
        self.tenths = left.unwrap_or(self.tenths);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Next = Next::Again(Duration::ZERO);

    #[test]
    fn what_may_have_run_is_sent_again_only_if_it_is_idempotent() {
        let mut budget = Budget::new();
        let mut once = Attempts::new(false, 3);
        assert_eq!(once.next(Lost::Unknown, &mut budget, 0.0), Next::Give);
        let mut again = Attempts::new(true, 2);
        let decided: Vec<Next> = (0..3).map(|_| again.next(Lost::Unknown, &mut budget, 0.0)).collect();
        assert_eq!(decided, [AT_ONCE, AT_ONCE, Next::Give]);
    }

    #[test]
    fn what_did_not_begin_is_always_sent_again_with_pauses_and_a_bound() {
        let mut budget = Budget { tenths: 0 };
        let mut attempts = Attempts::new(false, 0);
        assert_eq!(attempts.next(Lost::Unbegun, &mut budget, 0.0), AT_ONCE);
        let rest: Vec<Next> = std::iter::from_fn(|| match attempts.next(Lost::Unbegun, &mut budget, 1.0) {
            Next::Give => None,
            again @ Next::Again(_) => Some(again),
        })
        .take(1000)
        .collect();
        assert_eq!(rest.len(), 63);
        assert_eq!(rest[0], Next::Again(Duration::from_millis(4)));
        assert_eq!(rest[62], Next::Again(Duration::from_millis(250)));
    }

    #[test]
    fn a_pause_doubles_is_bounded_and_differs() {
        let pauses: Vec<u128> = [1, 2, 3, 7, 40].map(|tries| pause(tries, 1.0).as_millis()).into();
        assert_eq!(pauses, [4, 8, 16, 250, 250]);
        assert_eq!(pause(2, 0.0), Duration::from_millis(4));
    }

    #[test]
    fn retries_add_no_more_than_a_tenth_to_the_load() {
        let mut budget = Budget::new();
        let spent = (0..1000).filter(|_| budget.spend()).count();
        assert_eq!(spent, 10);
        let mut again = 0;
        for _ in 0..1000 {
            budget.earn();
            again += usize::from(budget.spend());
        }
        assert_eq!(again, 100);
        (0..1000).for_each(|_| budget.earn());
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 10);
    }
}
