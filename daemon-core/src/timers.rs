//! Arithmetic with times, which never overflows.

use std::time::{Duration, Instant};

/// `now + delay`, capped so that it cannot overflow.
pub(crate) fn after(now: Instant, delay: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    now + delay.min(CENTURY)
}

/// The earliest of these times, if there is any.
pub(crate) fn earliest<const COUNT: usize>(times: [Option<Instant>; COUNT]) -> Option<Instant> {
    let mut earliest = None;
    for time in times {
        earliest = match (earliest, time) {
            (Some(earlier), Some(time)) if time >= earlier => Some(earlier),
            (earlier, None) => earlier,
            (_, time) => time,
        };
    }
    earliest
}

/// The next time, after `now`, of something periodic that was due at `due`. It keeps in step; missed turns are skipped.
pub(crate) fn next_period(due: Instant, period: Duration, now: Instant) -> Instant {
    let next = after(due, period);
    if next > now {
        return next;
    }
    let behind = now.duration_since(due).as_nanos();
    let into = u64::try_from(behind % period.as_nanos().max(1)).unwrap_or_default();
    now + period - Duration::from_nanos(into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_delay_does_not_overflow() {
        let now = Instant::now();
        assert!(after(now, Duration::MAX) > now + Duration::from_secs(1 << 30));
        assert_eq!(after(now, Duration::from_secs(1)), now + Duration::from_secs(1));
    }

    #[test]
    fn the_earliest_time_is_found_wherever_it_stands() {
        let now = Instant::now();
        let (soon, late) = (Some(now), Some(now + Duration::from_secs(1)));
        for times in [[None, late, soon], [soon, late, None], [late, soon, late], [None, soon, None]] {
            assert_eq!(earliest(times), soon, "{times:?}");
        }
        assert_eq!(earliest([None, None]), None);
    }

    #[test]
    fn missed_turns_are_skipped_and_later_ones_keep_in_step() {
        let due = Instant::now();
        let period = Duration::from_secs(10);
        let after = |seconds| due + Duration::from_secs(seconds);
        assert_eq!(next_period(due, period, after(1)), after(10));
        assert_eq!(next_period(due, period, after(10)), after(20));
        assert_eq!(next_period(due, period, after(34)), after(40));
    }
}
