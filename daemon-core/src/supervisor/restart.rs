//! When a child that ended without being asked to is started again.
//!
//! Pure: the time and the random number are passed in. An end that was requested is not handled here.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::spec::{Backoff, Intensity, Policy};

/// What follows an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is restarted after a delay, which may be zero.
    After(Duration),
    /// It is given up.
    Never,
}

impl Next {
    pub(super) const AT_ONCE: Next = Next::After(Duration::ZERO);
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Whether it ended by itself, with exit code 0.
    pub(crate) clean: bool,
    /// How long it was ready; `None` if it never was.
    pub(crate) lived: Option<Duration>,
    /// Whether the child was not at fault.
    pub(crate) excused: bool,
}

/// The restart history of a child.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct History {
    /// Early ends and failed starts in a row.
    early: u32,
    /// Whether the last end exceeded the intensity.
    excess: bool,
    /// The times of restarts: at most as many as the intensity allows; the oldest is dropped for a new one.
    restarts: VecDeque<Instant>,
}

impl History {
    /// Returns what follows this end; `chance` is from 0 to 1.
    pub(crate) fn next(&mut self, policy: &Policy, end: End, now: Instant, chance: f64) -> Next {
        if !policy.restart.applies(end.clean) {
            return Next::Never;
        }
        let bearable = policy.intensity.unwrap_or(Intensity::USUAL);
        let excess = !end.excused && self.is_too_often(bearable, now);
        let next = match (excess, policy.intensity) {
            (true, Some(_)) => Next::Never,
            (true, None) => Next::After(shortened(policy.backoff.to, chance)),
            (false, _) if end.excused || end.lived.is_some_and(|lived| lived >= policy.min_uptime) => {
                self.early = 0;
                Next::AT_ONCE
            }
            (false, _) => self.after_failed_start(policy, chance),
        };
        self.excess = excess;
        next
    }

    /// Whether the last end was one more than the intensity allows.
    pub(crate) fn is_excess(&self) -> bool {
        self.excess
    }

    /// Whether the delay after the last end is the longest one.
    pub(crate) fn is_at_longest(&self, policy: &Policy) -> bool {
        let before = self.early.checked_sub(1);
        self.excess || before.is_some_and(|before| delay(policy.backoff, before, 0.0) == policy.backoff.to)
    }

    /// Returns what follows a failed start: a delay, and another attempt. Running out of processes or memory is not the
    /// child's fault, and passes, so it counts for the delay and not for the intensity.
    pub(crate) fn after_failed_start(&mut self, policy: &Policy, chance: f64) -> Next {
        self.excess = false;
        let delay = delay(policy.backoff, self.early, chance);
        self.early = self.early.saturating_add(1);
        Next::After(delay)
    }

    /// Whether one more restart would be too many; otherwise counts it.
    fn is_too_often(&mut self, intensity: Intensity, now: Instant) -> bool {
        let allowed = usize::try_from(intensity.restarts).unwrap_or(usize::MAX);
        while self.restarts.front().is_some_and(|at| now.duration_since(*at) > intensity.within) {
            self.restarts.pop_front();
        }
        if self.restarts.len() >= allowed {
            return true;
        }
        self.restarts.push_back(now);
        false
    }
}

/// Returns the delay after an end that followed `before` early ends.
///
/// Chance shortens it by a quarter at most: enough to keep many children from restarting in step, and too little to
/// decide whether the intensity is reached.
fn delay(backoff: Backoff, before: u32, chance: f64) -> Duration {
    let doubled = 1_u32.checked_shl(before).and_then(|times| backoff.from.checked_mul(times));
    shortened(doubled.unwrap_or(backoff.to).min(backoff.to), chance)
}

fn shortened(longest: Duration, chance: f64) -> Duration {
    longest.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 4.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::supervisor::spec::Restart;

    const EARLY: End = End { clean: false, lived: None, excused: false };
    const LATE: End = End { lived: Some(Duration::from_secs(3600)), ..EARLY };

    fn policy() -> Policy {
        Policy { intensity: None, ..Policy::new() }
    }

    #[test]
    fn the_policy_says_which_ends_are_restarted() {
        let cases = [
            (Restart::Always, true, true),
            (Restart::Always, false, true),
            (Restart::OnFailure, true, false),
            (Restart::OnFailure, false, true),
            (Restart::Never, true, false),
            (Restart::Never, false, false),
        ];
        for (restart, clean, again) in cases {
            let policy = Policy { restart, ..Policy::new() };
            let next = History::default().next(&policy, End { clean, ..LATE }, Instant::now(), 0.0);
            assert_eq!(next, if again { Next::AT_ONCE } else { Next::Never }, "{restart:?}, clean: {clean}");
        }
    }

    #[test]
    fn early_ends_wait_twice_as_long_each_time_up_to_the_longest() {
        let mut history = History::default();
        let paused: Vec<Next> =
            (0..11).map(|_| history.next(&policy(), EARLY, Instant::now(), 0.0)).collect();
        let expected = [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000];
        assert_eq!(paused, expected.map(|delay| Next::After(Duration::from_millis(delay))));
    }

    #[test]
    fn a_life_of_the_minimum_uptime_is_restarted_at_once_and_ends_the_backoff() {
        let (mut history, policy, now) = (History::default(), policy(), Instant::now());
        let lived = |lived| End { lived: Some(lived), ..EARLY };
        for _ in 0..5 {
            history.next(&policy, EARLY, now, 0.0);
        }
        let short = policy.min_uptime - Duration::from_nanos(1);
        assert_eq!(history.next(&policy, lived(short), now, 0.0), Next::After(Duration::from_millis(3200)));
        assert_eq!(history.next(&policy, lived(policy.min_uptime), now, 0.0), Next::AT_ONCE);
        assert_eq!(history.next(&policy, EARLY, now, 0.0), Next::After(policy.backoff.from));
    }

    #[test]
    fn an_end_that_is_excused_is_no_early_one() {
        let (mut history, policy, now) = (History::default(), policy(), Instant::now());
        history.next(&policy, EARLY, now, 0.0);
        assert_eq!(history.next(&policy, End { excused: true, ..EARLY }, now, 0.0), Next::AT_ONCE);
        assert_eq!(history.next(&policy, EARLY, now, 0.0), Next::After(policy.backoff.from));
    }

    #[test]
    fn a_child_that_was_never_ready_rests_even_if_no_uptime_is_asked_for() {
        let policy = Policy { min_uptime: Duration::ZERO, ..policy() };
        let next = History::default().next(&policy, EARLY, Instant::now(), 0.0);
        assert_eq!(next, Next::After(policy.backoff.from));
    }

    #[test]
    fn failed_starts_never_end_a_child_whatever_the_intensity() {
        let (mut history, now) = (History::default(), Instant::now());
        let policy = Policy::new().intensity(1, Duration::from_secs(60));
        for _ in 0..1000 {
            assert!(matches!(history.after_failed_start(&policy, 0.5), Next::After(_)));
        }
        assert_eq!(history.next(&policy, LATE, now, 0.5), Next::AT_ONCE);
        assert_eq!(history.next(&policy, LATE, now, 0.5), Next::Never);
    }

    #[test]
    fn too_many_restarts_lead_to_the_longest_rest_where_nobody_says_what_is_too_many() {
        let (mut history, policy, mut now) = (History::default(), policy(), Instant::now());
        for _ in 0..Intensity::USUAL.restarts {
            assert_eq!(history.next(&policy, LATE, now, 0.0), Next::AT_ONCE);
            assert!(!history.is_at_longest(&policy));
        }
        assert_eq!(history.next(&policy, LATE, now, 0.0), Next::After(policy.backoff.to));
        assert!(history.is_excess() && history.is_at_longest(&policy));
        assert_eq!(history.next(&policy, End { excused: true, ..LATE }, now, 0.0), Next::AT_ONCE);
        now += Intensity::USUAL.within + Duration::from_nanos(1);
        assert_eq!(history.next(&policy, LATE, now, 0.0), Next::AT_ONCE);
        assert!(!history.is_at_longest(&policy));
    }

    #[test]
    fn a_rest_that_has_grown_to_the_longest_is_told() {
        let (mut history, policy, now) = (History::default(), policy(), Instant::now());
        let told: Vec<bool> = (0..10)
            .map(|_| {
                history.next(&policy, EARLY, now, 0.5);
                history.is_at_longest(&policy)
            })
            .collect();
        assert_eq!(told.iter().position(|told| *told), Some(9));
    }

    #[test]
    fn an_intensity_of_none_restarts_never() {
        let policy = Policy::new().intensity(0, Duration::from_secs(60));
        assert_eq!(History::default().next(&policy, LATE, Instant::now(), 0.5), Next::Never);
    }

    proptest! {
        #[test]
        fn a_rest_is_within_its_bounds(
            from in 0_u64..100_000, more in 0_u64..10_000_000, before in 0_u32..200, chance in 0.0..1.0,
        ) {
            let backoff = Backoff { from: Duration::from_millis(from), to: Duration::from_millis(from + more) };
            let delay = delay(backoff, before, chance);
            prop_assert!(delay <= backoff.to);
            prop_assert!(delay >= backoff.from.mul_f64(0.74), "{delay:?}");
            let longer = super::delay(backoff, before + 1, chance);
            prop_assert!(longer >= delay);
        }

        #[test]
        fn more_restarts_than_the_intensity_allows_are_never_made_within_its_time(
            restarts in 0_u32..8, within in 1_u64..100, gaps in prop::collection::vec(0_u64..40, 1..100),
        ) {
            let within = Duration::from_secs(within);
            let policy = Policy { intensity: Some(Intensity { restarts, within }), ..policy() };
            let (mut history, mut now, mut made) = (History::default(), Instant::now(), Vec::new());
            for gap in gaps {
                now += Duration::from_secs(gap);
                let recent = made.iter().filter(|at| now.duration_since(**at) <= within).count();
                let next = history.next(&policy, LATE, now, 0.0);
                prop_assert_eq!(next == Next::Never, recent >= restarts as usize);
                if next == Next::AT_ONCE {
                    made.push(now);
                }
                prop_assert!(history.restarts.len() <= restarts as usize);
            }
        }

        /// As `docs/supervision.md` describes the usual settings.
        #[test]
        fn a_child_that_fails_at_once_is_usually_tried_for_ever(chances in prop::collection::vec(0.0..1.0, 100)) {
            let (mut history, mut now) = (History::default(), Instant::now());
            for chance in chances {
                match history.next(&Policy::new(), EARLY, now, chance) {
                    Next::After(delay) => now += delay,
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }
}
