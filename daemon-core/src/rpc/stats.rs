//! The statistics of a method: calls, failures and durations.

use std::time::Duration;

use serde::Serialize;

use super::histogram::Histogram;

/// The counts of one method. The histogram is created at the first call.
#[derive(Default)]
pub(crate) struct Stats {
    calls: u64,
    errors: u64,
    durations: Option<Histogram>,
}

/// Counts as shown by `daemon.status`; durations in microseconds.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Summary {
    calls: u64,
    errors: u64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl Stats {
    pub(crate) fn record(&mut self, took: Duration, good: bool) {
        self.calls += 1;
        self.errors += u64::from(!good);
        self.durations.get_or_insert_with(Histogram::new).record(took);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors
    }

    /// Returns the counts for display; `None` if the method was never called.
    pub(crate) fn summary(&self) -> Option<Summary> {
        let histogram = self.durations.as_ref()?;
        let percentile = |percent| microseconds(histogram.percentile(percent));
        Some(Summary {
            calls: self.calls,
            errors: self.errors,
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max: microseconds(histogram.longest()),
        })
    }
}

#[allow(clippy::cast_precision_loss)] // A minute in nanoseconds is far below 2^53.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
