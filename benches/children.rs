//! What many children cost those who do not need them: `cargo bench --bench children`.
//!
//! The daemon of `plain_workers.rs` runs its worker `echo` in 10 processes, and then in 1,000. Each time it is measured:
//! - **call**: the round trip of a call on the socket that the daemon answers itself, which is one turn of its loop.
//! - **worker call**: the same between the daemon's loop and the worker, one call after the other.
//! - **loss**: from the SIGKILL of one process to the moment at which the daemon's listener hears of it, and to the one at
//!   which the replacement is ready.
//!
//! The times are medians. The ratio is the one with many children through the one with few: 1 if their number does not
//! matter. Some of the time is not ours: the kernel takes longer to start a process where there are many.
//!
//! Options, after `--`: `--few 10`, `--many 1000`, `--calls 2000`, `--losses 30`. A ratio has no target, and is no failure; a
//! wrong answer is one.

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

/// Calls of the worker that are timed together.
const BATCH: usize = 20;

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    let Options { few, many, .. } = options;
    let times = [measure(few, &options)?, measure(many, &options)?];
    println!("{:<34} {few:>8} {many:>8}    ratio", "median, in µs, with so many children");
    for (row, name) in
        ["call", "worker call", "killed until reaped", "killed until ready again"].iter().enumerate()
    {
        let [few, many] = [times[0][row], times[1][row]];
        println!("{name:<34} {few:>8.1} {many:>8.1} {:>8.2}", many / few);
    }
    Ok(())
}

/// The medians with so many children: of a call, of a worker's call, of a loss until it is noticed, and until it is made good.
fn measure(children: usize, options: &Options) -> Outcome<[f64; 4]> {
    let mut daemon = Daemon::start(&SMALL, &Cores::allowed()?.place(Placement::Free)?)?;
    daemon.scale("echo", children)?;
    daemon.changes()?;
    let call = (0..options.calls).map(|_| {
        let start = Instant::now();
        daemon.changes()?;
        Ok(micros(start.elapsed()))
    });
    let call = call.collect::<Outcome<Vec<f64>>>()?;
    let worker_call = (0..options.calls.div_ceil(BATCH)).map(|_| Ok(daemon.burst(BATCH, 1)? / 1000.0));
    let worker_call = worker_call.collect::<Outcome<Vec<f64>>>()?;
    let pids = daemon.workers("echo")?;
    let (mut reaped, mut ready) = (Vec::new(), Vec::new());
    // No process is killed twice: the pid of its replacement is not known.
    for pid in pids.iter().take(options.losses) {
        let loss = daemon.lose(*pid)?;
        reaped.push(micros(loss.reaped));
        ready.push(micros(loss.ready));
    }
    daemon.stop()?;
    Ok([call, worker_call, reaped, ready].map(median))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// What the bench is asked to do.
struct Options {
    few: usize,
    many: usize,
    calls: usize,
    losses: usize,
}

impl Options {
    /// Reads what follows the program's name.
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { few: 10, many: 1000, calls: 2000, losses: 30 };
        while let Some(name) = arguments.next() {
            let option = match name.as_str() {
                "--few" => &mut options.few,
                "--many" => &mut options.many,
                "--calls" => &mut options.calls,
                "--losses" => &mut options.losses,
                // cargo's own way to say that this is a bench.
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
