//! What is counted of a method: calls, failures, and how long they took.

use std::time::Duration;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::Serialize;

/// The longest duration that is told apart: everything above counts as this.
const LONGEST: Duration = Duration::from_secs(60);

/// The counts of one method. The histogram takes some 30 KiB and is made at the first call.
#[derive(Default)]
pub(crate) struct Stats {
    calls: u64,
    errors: u64,
    nanoseconds: Option<Box<Histogram<u64>>>,
}

/// Counts as `daemon.status` shows them; durations in microseconds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
        let histogram = match &mut self.nanoseconds {
            Some(histogram) => histogram,
            empty => match new_histogram() {
                Some(histogram) => empty.insert(histogram),
                None => return,
            },
        };
        histogram.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors
    }

    /// The counts for people; `None` if the method was never called.
    pub(crate) fn summary(&self) -> Option<Summary> {
        let histogram = self.nanoseconds.as_ref()?;
        let quantile = |q| microseconds(histogram.value_at_quantile(q));
        Some(Summary {
            calls: self.calls,
            errors: self.errors,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: microseconds(histogram.max()),
        })
    }
}

/// Two significant digits from a nanosecond to a minute.
fn new_histogram() -> Option<Box<Histogram<u64>>> {
    let longest = u64::try_from(LONGEST.as_nanos()).ok()?;
    Histogram::new_with_bounds(1, longest, 2).ok().map(Box::new)
}

#[allow(clippy::cast_precision_loss)] // A minute in nanoseconds is far below 2^53.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
