//! What every part of the bench uses.

use std::error::Error;

/// The result of a step of the bench: its value, or what was tried and why it failed.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Returns the median of `values`, the upper of two; NaN if there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
