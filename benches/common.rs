//! What the benches share: the contenders, their cores, starting and stopping them, connecting to them.
//!
//! Used by `load` and `footprint`. Code that only one of them needs is in its own folder.

pub(crate) mod connect;
pub(crate) mod contender;
pub(crate) mod cores;
pub(crate) mod server;

use std::error::Error;
use std::process::ExitCode;

/// The result of a step of a bench: its value, or what was tried, on what, and why it failed.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Returns the median of `values`; NaN if there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Ends a bench: with 0, or with 1 and what went wrong.
#[allow(clippy::print_stderr, reason = "there is nobody else to tell")]
pub(crate) fn exit(outcome: Outcome<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("bench failed: {error}");
    ExitCode::FAILURE
}
