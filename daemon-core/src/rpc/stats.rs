//! The statistics of a method: calls, failures and durations.

use std::time::Duration;

use serde::Serialize;

use super::histogram::Histogram;

/// The counts of one method. The histogram is created at the first call.
#[derive(Default)]
pub(crate) struct Stats {
    calls: u64,
    errors: u64,
    /// How often each code was replied, for the first of them; `None` counts the others.
    faults: Vec<(Option<i32>, u64)>,
    durations: Option<Histogram>,
}

/// How many codes of one method are counted by themselves.
const CODES: usize = 32;

/// Counts as shown by `daemon.status`; durations in microseconds.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Summary {
    calls: u64,
    errors: u64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl Stats {
    /// Counts a call that took so long, and the code of its fault.
    #[inline(always)]
    pub(crate) fn record(&mut self, took: Duration, fault: Option<i32>) {
        self.calls += 1;
        if let Some(code) = fault {
            self.errors += 1;
            self.count_fault(code);
        }
        self.durations.get_or_insert_with(Histogram::new).record(took);
    }

    #[cold]
    fn count_fault(&mut self, code: i32) {
        let is_full = self.faults.len() >= CODES;
        let known =
            self.faults.iter_mut().find(|(known, _)| *known == Some(code) || (is_full && known.is_none()));
        match known {
            Some((_, count)) => *count += 1,
            None => self.faults.push(((self.faults.len() + 1 < CODES).then_some(code), 1)),
        }
    }

    /// Returns how often each code was replied; `None` counts the others.
    #[cfg(feature = "metrics")]
    pub(crate) fn faults(&self) -> &[(Option<i32>, u64)] {
        &self.faults
    }

    /// Returns how long calls took; `None` if there was none.
    #[cfg(feature = "metrics")]
    pub(crate) fn durations(&self) -> Option<&Histogram> {
        self.durations.as_ref()
    }

    /// Returns how long all calls took together, and how many those were.
    pub(crate) fn total(&self) -> (Duration, u64) {
        self.durations.as_ref().map_or_else(Default::default, |all| (all.sum(), all.count()))
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
            mean: mean(histogram.sum(), histogram.count()),
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max: microseconds(histogram.longest()),
        })
    }
}

/// Returns the mean of durations, in microseconds; 0 if there is none.
#[allow(clippy::cast_precision_loss)] // There are never so many calls.
pub(crate) fn mean(total: Duration, count: u64) -> f64 {
    if count == 0 { 0.0 } else { total.as_secs_f64() * 1e6 / count as f64 }
}

#[allow(clippy::cast_precision_loss)] // A minute in nanoseconds is far below 2^53.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
