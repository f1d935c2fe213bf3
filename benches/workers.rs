//! What a worker costs: a call's round trip, its loss and its replacement, its share of the cores, its memory.
//!
//! `cargo bench --bench workers` measures the daemon of `plain_workers.rs`, and beside it what the machine can do without us:
//! - **round trip**: calls that the daemon's loop makes to its worker, one after the other, beside an echo of the same
//!   words over a blocking socketpair between two processes. Who asks is on one core, who answers on another. *Both
//!   asleep* is the time of a call after a pause of 2 ms: by then a worker that stays awake for 50 µs sleeps. *In quick
//!   succession* a worker stays awake between calls; there the time is that of all calls through their number, with so
//!   many of them under way, beside the socketpair in quick succession.
//! - **loss**: from a SIGKILL to the moment at which the daemon's listener hears of it, and to the one at which the
//!   replacement is ready; beside a child of this process that is killed, waited for and started anew by the standard
//!   library, until it has echoed a byte. Once with a small daemon, once with one that holds 1 GiB.
//! - **pool**: how many times faster all cores do the same work than one worker, beside threads.
//! - **idle**: the proportional memory of a worker beside that of the socketpair's echo; how often worker and daemon
//!   wake up in two seconds without a call, and what the daemon uses of its core meanwhile.
//!
//! The two take turns; the ratio is the median of the ratios of neighbours, below 1 where the worker takes less time.
//! Other work on the machine spoils it: a line is marked as disturbed if somebody waited for a core.
//!
//! Options, after `--`: `--pairs 7`, `--losses 1000`, and any of `loss`, `pool`, `idle`, `trip` for these parts alone. A
//! missed target is printed and is not a failure; a wrong answer is one.

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
