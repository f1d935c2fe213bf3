//! From runs to the table: medians, ratios to the baseline, and whether a target is reached.

use crate::case::Case;
use crate::common::median;
use crate::contender::Contender;
use crate::cores::{Cores, Placement};
use crate::options::Options;
use crate::run::Run;

/// A run in which a process waits longer than this share for its own core is disturbed.
const DISTURBED: f64 = 0.02;

/// What the channel of daemon-core must reach.
enum Target {
    /// Messages per second.
    Rate(f64),
    /// A multiple of the baseline.
    Ratio(f64),
}

fn target(contender: &Contender, case: Case) -> Option<Target> {
    match (contender.name, case) {
        ("ours", Case::OneWay(64)) => Some(Target::Rate(10e6)),
        ("ours", Case::OneWay(4096)) => Some(Target::Rate(1.5e6)),
        ("ours", Case::OneWay(65536)) => Some(Target::Rate(0.15e6)),
        ("ours", Case::RoundTrip(_)) => Some(Target::Ratio(1.0)),
        ("ours-spin", Case::RoundTrip(_)) => Some(Target::Ratio(5.0)),
        _ => None,
    }
}

/// All runs of one contender in one case, in order.
pub(crate) struct Runs {
    pub(crate) contender: &'static Contender,
    pub(crate) runs: Vec<Run>,
}

impl Runs {
    /// Returns the median of the ratios to the runs of the same turns.
    fn ratio_to(&self, other: &Self) -> f64 {
        median(self.runs.iter().zip(&other.runs).map(|(run, other)| run.rate / other.rate))
    }
}

/// Prints what is run and how, and the head of the table.
pub(crate) fn head(options: &Options, cores: &Cores) {
    println!("{} runs of {:?} each, in turn\n{cores}", options.pairs, options.run);
    println!("\n{:>13} {:<12} {:>12} {:>9} {:>6}  target", "case", "", "a second", "us each", "ratio");
}

/// Prints the lines of a case; the first of `all` is the baseline.
pub(crate) fn rows(case: Case, all: &[Runs]) {
    let Some(baseline) = all.first() else { return };
    for runs in all {
        let rate = median(runs.runs.iter().map(|run| run.rate));
        let waited = median(runs.runs.iter().map(|run| run.waited));
        let ratio = runs.ratio_to(baseline);
        let name = runs.contender.name;
        print!("{case:>13} {name:<12} {rate:>12.0} {:>9.3} {ratio:>6.2}", 1e6 / rate);
        match target(runs.contender, case) {
            Some(Target::Rate(least)) => print!("  {:.2} M {}", least / 1e6, verdict(rate >= least)),
            Some(Target::Ratio(least)) => print!("  {least:.2} {}", verdict(ratio >= least)),
            None => {}
        }
        if case.placement() == Placement::Apart && waited > DISTURBED {
            print!("  disturbed: waited {:.0}% of the time", 100.0 * waited);
        }
        println!();
    }
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}
