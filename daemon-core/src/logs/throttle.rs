//! What would be said again and again is counted, and said once a second.

use std::time::{Duration, Instant};

use crate::timers::after;

/// From one message to the next.
const PERIOD: Duration = Duration::from_secs(1);

/// Counts what happens until it is told.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    count: u64,
    told: Option<Instant>,
}

impl Throttle {
    /// It has happened once more.
    pub(crate) fn count(&mut self) {
        self.count += 1;
    }

    /// When there is something to tell.
    pub(crate) fn due(&self) -> Option<Instant> {
        let told = self.told?;
        (self.count > 0).then(|| after(told, PERIOD))
    }

    /// How often it has happened since it was told last, if it is time to tell.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u64> {
        if self.count == 0 || self.due().is_some_and(|due| now < due) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_once_a_second() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!((throttle.take(start), throttle.due()), (None, None));
        throttle.count();
        assert_eq!(throttle.take(start), Some(1));
        (0..7).for_each(|_| throttle.count());
        assert_eq!(throttle.take(start + PERIOD / 2), None);
        assert_eq!(throttle.due(), Some(start + PERIOD));
        assert_eq!(throttle.take(start + PERIOD), Some(7));
        assert_eq!((throttle.take(start + PERIOD * 9), throttle.due()), (None, None));
    }
}
