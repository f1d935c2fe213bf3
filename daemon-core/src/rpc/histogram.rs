//! A histogram of durations: bounded in size, and exact to two digits.
//!
//! Each power of two is split into 64 buckets of equal width. So a value is exact to one part in 64, whatever its size,
//! and finding its bucket takes a shift.

use std::time::Duration;

/// The longest duration that is distinguished, in seconds: everything above counts as this.
const LONGEST_SECONDS: u64 = 60;
/// The same in nanoseconds.
const LONGEST: u64 = LONGEST_SECONDS * 1_000_000_000;

/// Buckets for each power of two, as a power of two.
const FINENESS: u32 = 6;

/// How many buckets [`LONGEST`] needs.
const BUCKETS: usize = bucket(LONGEST) + 1;

/// How often each duration was recorded. It takes some 15 KiB.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    counts: Box<[u64; BUCKETS]>,
    total: u64,
    /// Exact even above [`LONGEST`].
    sum: Duration,
    longest: u64,
}

impl Histogram {
    #[cold]
    pub(crate) fn new() -> Self {
        Histogram { counts: Box::new([0; BUCKETS]), total: 0, sum: Duration::ZERO, longest: 0 }
    }

    #[inline(always)]
    pub(crate) fn record(&mut self, duration: Duration) {
        let nanoseconds = nanoseconds(duration);
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
        self.sum = self.sum.saturating_add(duration);
        self.longest = self.longest.max(nanoseconds);
    }

    /// Returns the duration, in nanoseconds, that this percentage of all durations does not exceed; 0 if nothing was
    /// recorded.
    pub(crate) fn percentile(&self, percent: u64) -> u64 {
        let wanted = (u128::from(self.total) * u128::from(percent)).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if seen >= wanted && seen > 0 {
                return last_of(bucket).min(self.longest);
            }
        }
        self.longest
    }

    /// Returns how many durations were not longer than each of these, which are in order, or than the end of its bucket.
    #[cfg(feature = "metrics")]
    pub(crate) fn count_up_to(&self, ends: impl IntoIterator<Item = Duration>) -> Vec<u64> {
        let (mut next, mut count) = (0, 0);
        let up_to = |end: Duration| {
            let nanoseconds = nanoseconds(end);
            let end = bucket(nanoseconds) + 1;
            count += self.counts[next..end.max(next)].iter().sum::<u64>();
            next = end.max(next);
            count
        };
        ends.into_iter().map(up_to).collect()
    }

    /// Returns how many durations were recorded.
    pub(crate) fn count(&self) -> u64 {
        self.total
    }

    /// Returns how long all of them are together.
    pub(crate) fn sum(&self) -> Duration {
        self.sum
    }

    /// Returns the longest duration, in nanoseconds.
    pub(crate) fn longest(&self) -> u64 {
        self.longest
    }
}

/// Returns a duration in nanoseconds, as far as it is distinguished.
fn nanoseconds(duration: Duration) -> u64 {
    match duration.as_secs() {
        seconds @ 0..LONGEST_SECONDS => seconds * 1_000_000_000 + u64::from(duration.subsec_nanos()),
        _ => LONGEST,
    }
}

/// Returns the bucket of a value: its power of two, and the bits after the first one.
#[allow(clippy::cast_possible_truncation)] // It is far below 2^32.
const fn bucket(value: u64) -> usize {
    // Each value below 64 has a bucket of its own.
    let power = (value | 1 << FINENESS).ilog2() - FINENESS;
    ((power as usize) << FINENESS) + (value >> power) as usize
}

/// Returns the largest value of a bucket.
fn last_of(bucket: usize) -> u64 {
    let (power, rest) = (bucket >> FINENESS, bucket as u64 & ((1 << FINENESS) - 1));
    match power.checked_sub(1) {
        None => rest,
        Some(shift) => ((((1 << FINENESS) | rest) + 1) << shift) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_a_bucket_that_ends_close_above_it() {
        let powers = (0..36).map(|power| 1_u64 << power);
        let values = powers.flat_map(|power| [power - 1, power, power + 1, power + power / 3]);
        for value in (0..5000).chain(values).chain([LONGEST]) {
            let last = last_of(bucket(value));
            assert!(last >= value && last - value <= value / 64, "{value} is recorded as {last}");
            assert_eq!(bucket(last), bucket(value), "{value}");
            assert_eq!(bucket(last + 1), bucket(value) + 1, "{value}");
        }
    }

    #[test]
    fn percentiles_are_told_to_two_digits() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.percentile(50), histogram.longest()), (0, 0));
        for microseconds in 1..=1000 {
            histogram.record(Duration::from_micros(microseconds));
        }
        for percent in [1, 50, 90, 99, 100] {
            let (exact, told) = (percent * 10_000, histogram.percentile(percent));
            assert!(told >= exact && told - exact <= exact / 64, "{percent} %: {told}");
        }
        assert_eq!(histogram.percentile(100), 1_000_000);
    }

    #[test]
    fn what_takes_longer_than_the_longest_counts_as_that() {
        let mut histogram = Histogram::new();
        histogram.record(Duration::MAX);
        assert_eq!((histogram.percentile(50), histogram.longest()), (LONGEST, LONGEST));
    }
}
