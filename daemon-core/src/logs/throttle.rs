//! Repeated messages are counted, and logged once a second.

use std::time::{Duration, Instant};

use crate::timers::after;

/// The time between two messages.
const PERIOD: Duration = Duration::from_secs(1);

/// Counts events until they are logged, and keeps the latest.
#[derive(Debug)]
pub(crate) struct Throttled<T> {
    count: u64,
    latest: Option<T>,
    logged: Option<Instant>,
}

impl<T> Default for Throttled<T> {
    fn default() -> Self {
        Throttled { count: 0, latest: None, logged: None }
    }
}

impl<T> Throttled<T> {
    /// Counts one more event.
    pub(crate) fn count(&mut self, what: T) {
        self.count += 1;
        self.latest = Some(what);
    }

    /// When the counted events are due; `None` if there are none, or if nothing has been logged yet.
    pub(crate) fn due(&self) -> Option<Instant> {
        let logged = self.logged?;
        (self.count > 0).then(|| after(logged, PERIOD))
    }

    /// The number of events since the last message, and the latest event, if a message is due.
    pub(crate) fn take(&mut self, now: Instant) -> Option<(u64, T)> {
        if self.due().is_some_and(|due| now < due) {
            return None;
        }
        let taken = self.flush()?;
        self.logged = Some(now);
        Some(taken)
    }

    /// The same, whether a message is due or not.
    pub(crate) fn flush(&mut self) -> Option<(u64, T)> {
        let latest = self.latest.take()?;
        Some((std::mem::take(&mut self.count), latest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_logged_at_once_and_the_others_once_a_second() {
        let (mut throttled, start) = (Throttled::default(), Instant::now());
        assert_eq!((throttled.take(start), throttled.due()), (None, None));
        throttled.count(0);
        assert_eq!(throttled.take(start), Some((1, 0)));
        (1..8).for_each(|number| throttled.count(number));
        assert_eq!(throttled.take(start + PERIOD / 2), None);
        assert_eq!(throttled.due(), Some(start + PERIOD));
        assert_eq!(throttled.take(start + PERIOD), Some((7, 7)));
        assert_eq!((throttled.take(start + PERIOD * 9), throttled.due()), (None, None));
    }

    #[test]
    fn a_flush_does_not_wait() {
        let (mut throttled, start) = (Throttled::default(), Instant::now());
        throttled.count('a');
        throttled.take(start);
        throttled.count('b');
        assert_eq!(
            (throttled.take(start), throttled.flush(), throttled.flush()),
            (None, Some((1, 'b')), None)
        );
    }
}
