//! From runs to the table: medians, ratios, and whether a target is reached.

use std::time::Duration;

use crate::case::Case;
use crate::client::Rounds;
use crate::common::contender::Contender;
use crate::common::cores::{Cores, Placement};
use crate::common::median;
use crate::core_time::CoreTime;
use crate::options::Options;

/// A run in which client or server waits longer than this share for its own core is disturbed.
const DISTURBED: f64 = 0.02;

/// How long a run took, and the core time of client and server meanwhile.
pub(crate) struct Times {
    pub(crate) took: Duration,
    pub(crate) server: CoreTime,
    pub(crate) client: CoreTime,
}

/// One contender's run in one case.
pub(crate) struct Run {
    /// Replies per second.
    rate: f64,
    /// The server's core time per call, in nanoseconds.
    cost: f64,
    /// The share of the run that the server was on its core.
    busy: f64,
    /// The share of the run that client or server waited for a core.
    waited: f64,
    /// The median time of a round, in microseconds.
    p50: f64,
    p99: f64,
}

impl Run {
    pub(crate) fn new(mut rounds: Rounds, depth: usize, times: &Times) -> Self {
        rounds.times.sort_unstable();
        let share = |time: Duration| time.as_secs_f64() / times.took.as_secs_f64();
        Self {
            rate: (rounds.count * depth) as f64 / rounds.within.as_secs_f64(),
            cost: times.server.used.as_nanos() as f64 / (rounds.total * depth) as f64,
            busy: share(times.server.used),
            waited: share(times.server.waited.max(times.client.waited)),
            p50: quantile(&rounds.times, 0.50),
            p99: quantile(&rounds.times, 0.99),
        }
    }
}

/// All runs of one contender in one case, in order.
pub(crate) struct Runs {
    pub(crate) contender: &'static Contender,
    runs: Vec<Run>,
}

impl Runs {
    pub(crate) fn of(contender: &'static Contender) -> Self {
        Self { contender, runs: Vec::new() }
    }

    pub(crate) fn push(&mut self, run: Run) {
        self.runs.push(run);
    }

    fn median(&self, of: fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(of))
    }

    /// Returns the median of the ratios to the runs of the same turns.
    fn ratio_to(&self, other: &Self) -> f64 {
        median(self.runs.iter().zip(&other.runs).map(|(run, other)| run.rate / other.rate))
    }
}

/// Prints what is run and how, and the head of the table.
pub(crate) fn head(options: &Options, cores: &Cores, contenders: &[&Contender]) {
    println!("{} runs of {:?} each, in turn\n{cores}", options.pairs, options.run);
    if contenders.len() < 3 && !options.xml {
        println!("no redis-server on the PATH: ECHO of Redis is not run");
    }
    print!("\n{:>8} {:<8}", "case", "");
    for contender in contenders {
        let rate = format!("{}/s", contender.name);
        print!(" | {rate:>10} core ns busy  p50 µs  p99 µs");
    }
    print!(" | ratio target        ");
    for contender in others(contenders) {
        print!(" | {} ratio", contender.name);
    }
    println!();
}

/// Prints a case's line: the first of `all` is the baseline, the second has the target, others follow.
pub(crate) fn row(case: &Case, placement: Placement, target: Option<f64>, all: &[Runs]) {
    print!("{case:>8} {placement:<8}");
    for runs in all {
        let rate = thousands(runs.median(|run| run.rate));
        let (cost, busy) = (runs.median(|run| run.cost), 100.0 * runs.median(|run| run.busy));
        let (p50, p99) = (runs.median(|run| run.p50), runs.median(|run| run.p99));
        print!(" | {rate:>10} {cost:>7.0} {busy:>3.0}% {p50:>7.1} {p99:>7.1}");
    }
    let [limit, daemon, ..] = all else { return };
    let ratio = daemon.ratio_to(limit);
    print!(" | {ratio:>5.2} {}", verdict(ratio, target));
    for runs in others(all) {
        let width = runs.contender.name.len() + " ratio".len();
        print!(" | {:>width$.2}", runs.ratio_to(limit));
    }
    let waited = all.iter().map(|runs| runs.median(|run| run.waited)).fold(0.0, f64::max);
    if placement == Placement::Apart && waited > DISTURBED {
        print!(" | disturbed: waited {:.0}% of the time", 100.0 * waited);
    }
    println!();
}

/// Returns those that are neither the baseline nor the daemon.
fn others<T>(contenders: &[T]) -> &[T] {
    contenders.get(2..).unwrap_or_default()
}

/// Formats the target and whether `ratio` reaches it, in 14 columns.
fn verdict(ratio: f64, target: Option<f64>) -> String {
    match target {
        Some(target) if ratio >= target => format!("{target:>6.2} reached"),
        Some(target) => format!("{target:>6.2} missed "),
        None => format!("{:>6} {:7}", "-", ""),
    }
}

fn quantile(sorted: &[u32], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place).map_or(f64::NAN, |nanoseconds| f64::from(*nanoseconds) / 1000.0)
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
