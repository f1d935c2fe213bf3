//! The clock of all time stamps: CLOCK_MONOTONIC.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Returns the time since the clock began.
pub(crate) fn now() -> Duration {
    // It cannot fail: every system has this clock.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}
