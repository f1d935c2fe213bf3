//! What many children cost calls that do not use them: `cargo bench --bench children`.
//!
//! One daemon of `plain_workers.rs` runs its worker `echo` in 10 processes, another one in 1,000. They take turns.
//! Measured for each:
//! - **call**: the round trip of a call on the socket that the daemon answers itself, which is one turn of its loop.
//! - **worker call**: the same between the daemon's loop and the worker, one call after the other.
//! - **loss**: from the SIGKILL of one process until the daemon's listener is notified, and until the replacement is
//!   ready.
//!
//! The times are medians. The ratio is many children divided by few: 1 if their number does not matter.
//!
//! Options, after `--`: `--few 10`, `--many 1000`, `--calls 2000`, `--losses 30`. A ratio has no target and never fails
//! the bench; a wrong reply does.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

#[allow(dead_code, reason = "what the other benches need of it")]
mod common;

#[allow(dead_code, reason = "what the other bench of workers needs of it")]
#[path = "workers/daemon.rs"]
mod daemon;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::cores::{Cores, Placement};
use common::{Outcome, median};
use daemon::{Daemon, SMALL};

/// Calls to the worker that are timed together.
const BATCH: usize = 20;

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    let Options { few, many, calls, losses } = options;
    let mut sides = [Side::start(few)?, Side::start(many)?];
    println!("{:<34} {few:>8} {many:>8}    ratio", "median, in µs, with so many children");
    let [call] = measure(calls, &mut sides, |side| {
        let start = Instant::now();
        side.daemon.changes()?;
        Ok([micros(start.elapsed())])
    })?;
    report("call", call);
    let batches = calls.div_ceil(BATCH);
    let [call] = measure(batches, &mut sides, |side| Ok([side.daemon.burst(BATCH, 1)? / 1000.0]))?;
    report("worker call", call);
    let [reaped, ready] = measure(losses, &mut sides, Side::lose)?;
    report("killed until reaped", reaped);
    report("killed until ready again", ready);
    sides.into_iter().try_for_each(|side| side.daemon.stop())
}

/// A daemon with a given number of children.
struct Side {
    daemon: Daemon,
    /// How many processes were killed.
    killed: usize,
}

impl Side {
    fn start(children: usize) -> Outcome<Self> {
        let mut daemon = Daemon::start(&SMALL, &Cores::allowed()?.place(Placement::Free)?)?;
        daemon.scale("echo", children)?;
        daemon.changes()?;
        Ok(Self { daemon, killed: 0 })
    }

    /// Kills one process after the other; returns how long it took to notice the end, and to replace the process.
    fn lose(&mut self) -> Outcome<[f64; 2]> {
        let pids = self.daemon.workers("echo")?;
        let loss = self.daemon.lose(pids[self.killed % pids.len()])?;
        self.killed += 1;
        Ok([micros(loss.reaped), micros(loss.ready)])
    }
}

/// Measures both sides in turn, a number of times; returns the median of each value for each side.
fn measure<const N: usize>(
    times: usize,
    sides: &mut [Side; 2],
    step: impl Fn(&mut Side) -> Outcome<[f64; N]>,
) -> Outcome<[[f64; 2]; N]> {
    let mut all = vec![[[0.0; N]; 2]; times];
    for values in &mut all {
        for (side, values) in sides.iter_mut().zip(values) {
            *values = step(side)?;
        }
    }
    Ok(std::array::from_fn(|value| [0, 1].map(|side| median(all.iter().map(|values| values[side][value])))))
}

fn report(name: &str, [few, many]: [f64; 2]) {
    println!("{name:<34} {few:>8.1} {many:>8.1} {:>8.2}", many / few);
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The options of the bench.
struct Options {
    few: usize,
    many: usize,
    calls: usize,
    losses: usize,
}

impl Options {
    /// Reads the arguments after the program's name.
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { few: 10, many: 1000, calls: 2000, losses: 30 };
        while let Some(name) = arguments.next() {
            let option = match name.as_str() {
                "--few" => &mut options.few,
                "--many" => &mut options.many,
                "--calls" => &mut options.calls,
                "--losses" => &mut options.losses,
                // cargo passes this to every bench.
                "--bench" => continue,
                _ => {
                    return Err(
                        format!("unknown option {name}: there are --few, --many, --calls, --losses").into()
                    );
                }
            };
            *option =
                arguments.next().ok_or_else(|| format!("{name} needs a value"))?.parse::<usize>()?.max(1);
        }
        Ok(options)
    }
}
