//! What a worker costs: the round trip of a call, its loss and replacement, its use of the cores, its memory.
//!
//! `cargo bench --bench workers` measures the daemon of `plain_workers.rs`, and as a baseline what the machine can do
//! without us:
//! - **round trip**: calls that the daemon's loop makes to its worker, one after the other; the baseline is an echo of
//!   the same text over a blocking socketpair between two processes. The caller is on one core, the callee on another.
//!   *Both asleep* is the time of a call after a pause of 2 ms: by then a worker, which stays awake for 50 µs, sleeps.
//!   *In quick succession* a worker stays awake between calls; there the time is the total divided by the number of
//!   calls, with several calls in flight, and the socketpair's calls are in quick succession, too.
//! - **loss**: from a SIGKILL until the daemon's listener is notified, and until the replacement is ready; the baseline
//!   is a child of this process that is killed, reaped and restarted by the standard library, until it has echoed a
//!   byte. Once with a small daemon, once with one that holds 1 GiB.
//! - **pool**: how many times faster all cores do the same work than one worker; the baseline is threads.
//! - **idle**: the proportional memory of a worker, compared with the socketpair's echo; how often worker and daemon
//!   wake up in two seconds without a call, and how much of its core the daemon uses meanwhile.
//!
//! The two take turns; the ratio is the median of the ratios of neighbouring runs, below 1 where the worker is faster.
//! Other work on the machine distorts it: a line is marked as disturbed if a process waited for a core.
//!
//! Options, after `--`: `--pairs 7`, `--losses 1000`, and any of `loss`, `pool`, `idle`, `trip` for only these parts. A
//! missed target is printed but does not fail the bench; a wrong reply does.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

#[allow(dead_code, reason = "what the other benches need of it")]
mod common;

#[path = "load/core_time.rs"]
mod core_time;
#[path = "workers/daemon.rs"]
mod daemon;
#[path = "workers/idle.rs"]
mod idle;
#[path = "workers/loss.rs"]
mod loss;
#[path = "workers/options.rs"]
mod options;
#[path = "workers/pair.rs"]
mod pair;
#[path = "workers/pool.rs"]
mod pool;
#[allow(dead_code, reason = "what the other benches need of it")]
#[path = "footprint/process.rs"]
mod process;
#[path = "workers/report.rs"]
mod report;
#[path = "workers/trip.rs"]
mod trip;

use std::process::ExitCode;

use common::Outcome;
use common::cores::Cores;
use options::{Options, Part};

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    let cores = Cores::allowed()?;
    report::head(&options);
    for part in options.parts() {
        match part {
            Part::Loss => loss::report(options.losses, &cores)?,
            Part::Pool => pool::report(options.pairs, &cores)?,
            Part::Idle => idle::report(&cores)?,
            Part::Trip => trip::report(options.pairs, &cores)?,
        }
    }
    Ok(())
}
