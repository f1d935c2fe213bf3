//! What the benches share: who is measured, on which cores, how it is started and stopped, how it is reached.
//!
//! Used by `load` and `footprint`. What only one of them needs lives beside that one.

pub(crate) mod connect;
pub(crate) mod contender;
pub(crate) mod cores;
pub(crate) mod server;

use std::error::Error;
use std::process::ExitCode;

/// What a step of a bench gives: its value, or what was tried, on what, and why it failed.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The middle one of `values`; NaN when there are none.
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

/// Ends a bench: 0, or 1 and what went wrong.
#[allow(clippy::print_stderr, reason = "there is nobody else to tell")]
pub(crate) fn exit(outcome: Outcome<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("bench failed: {error}");
    ExitCode::FAILURE
}
