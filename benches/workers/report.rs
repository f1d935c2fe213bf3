//! The lines of the table.

use crate::common::median;
use crate::options::Options;

/// A run in which a process waits longer than this share for its core is disturbed.
const DISTURBED: f64 = 0.02;

/// A limit, and whether the figure must stay under it.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    /// Formats the target and whether `figure` reaches it.
    fn verdict(self, figure: f64) -> String {
        let (sign, limit, reached) = match self {
            Target::AtMost(limit) => ("<=", limit, figure <= limit),
            Target::AtLeast(limit) => (">=", limit, figure >= limit),
        };
        format!("{sign} {limit} {}", if reached { "reached" } else { "missed" })
    }
}

/// Prints what is run and the head of the table.
pub(crate) fn head(options: &Options) {
    println!("{} pairs of runs in turn, {} workers killed", options.pairs, options.losses);
    println!("{:<52} {:>10} {:>10} {:>7}  target", "", "baseline", "worker", "ratio");
}

/// Prints a line whose ratio has the target. Each turn has a figure of the baseline and one of the worker.
pub(crate) fn ratio(what: &str, turns: &[[f64; 2]], target: Option<Target>, waited: f64) {
    let ratio = median(turns.iter().map(|[baseline, worker]| worker / baseline));
    let [baseline, worker] = [0, 1].map(|side| median(turns.iter().map(|turn| turn[side])));
    let verdict = target.map_or_else(|| "-".to_owned(), |target| format!("ratio {}", target.verdict(ratio)));
    print!("{what:<52} {baseline:>10.2} {worker:>10.2} {ratio:>7.3}  {verdict}");
    if waited > DISTURBED {
        print!(" | disturbed: waited {:.0}% of the time", 100.0 * waited);
    }
    println!();
}

/// Prints a line whose figure has the target.
pub(crate) fn figure(what: &str, [baseline, worker]: [f64; 2], target: Option<Target>) {
    let ratio = if baseline > 0.0 { format!("{:.3}", worker / baseline) } else { "-".to_owned() };
    let verdict = target.map_or_else(|| "-".to_owned(), |target| target.verdict(worker));
    println!("{what:<52} {baseline:>10.2} {worker:>10.2} {ratio:>7}  {verdict}");
}

/// Returns the value that this share of all stays under.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
