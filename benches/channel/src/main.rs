//! How fast the channel of daemon-core is between two processes, compared with other ways to send messages.
//!
//! `RUSTFLAGS="--cfg daemon_bench" cargo run --release --manifest-path benches/channel/Cargo.toml` runs each contender
//! in each case, in turn, and prints for each the median and its ratio to the baseline, a socketpair of messages
//! (`SOCK_SEQPACKET`). Without `daemon_bench`, daemon-core does not export its channel.
//!
//! Cases: messages of 64, 4096 and 65536 bytes one way, as fast as they are taken; and a message of 64 bytes that goes
//! back and forth, one at a time: `trip` between two cores, `trip-together` on one.
//!
//! Between two cores, a sleeping process is woken on an idle core. That takes long, in a virtual machine tens of
//! microseconds and much longer than everything else, so that `trip` says more about the machine than about the
//! contenders. On one core there is no such wait: `trip-together` shows the cost of each contender alone.
//!
//! What makes the ratios fair:
//! - Parent and child are processes, each pinned to its core. The child is this program, started again for each run.
//! - Each message is sent by a separate call, and the receiver is woken for it if it sleeps. No contender batches
//!   messages.
//! - The receiver ends up with its own copy of each message, and checks its number, its middle and its end: a lost,
//!   duplicated or truncated one ends the bench.
//! - No contender drops a message: a sender waits for room, asleep except for that of iceoryx2.
//! - They take turns, the ratio is the median of the ratios of neighbouring runs, and the first tenth of a second is
//!   not counted.
//!
//! The baseline has the least work: the system preserves message boundaries, one call sends and one receives. `stream`
//! is a variant whose receiver reads everything available at once, which saves calls where messages are small.
//!
//! `ours` sleeps when it has nothing to do, at both ends. In `ours-awake` the child checks for 50 µs before it sleeps,
//! as a busy worker may; in `ours-spin` both ends do, which no daemon does: it shows the cost of the rings alone. It
//! does not run on one core, where an end that spins only keeps the other from running.
//!
//! Other work on the machine distorts the figures: a line is marked as disturbed if a process waited for its core. A
//! run that hangs is killed after half a minute, by SIGALRM; no child outlives the bench. Files that iceoryx2 leaves in
//! /tmp/iceoryx2 and /dev/shm are its own.
//!
//! Options, after `--`: `--pairs 5`, `--seconds 0.5` (per run), `--case 4096`, `--case trip-together` and `--only
//! iceoryx2`, both repeatable; the baseline always runs. A missed target is printed but does not fail the bench.

mod case;
mod child;
mod common;
mod contender;
#[path = "../../load/core_time.rs"]
mod core_time;
mod cores;
mod message;
mod options;
mod report;
mod run;

use std::process::ExitCode;

use case::Case;
use common::Outcome;
use contender::Contender;
use cores::{Cores, Placement};
use options::Options;
use report::Runs;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let outcome = match arguments.next_if(|argument| argument == child::CHILD) {
        Some(_) => child::main(arguments).map_err(|cause| format!("child: {cause}").into()),
        None => bench(arguments),
    };
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("bench failed: {error}");
    ExitCode::FAILURE
}

fn bench(arguments: impl Iterator<Item = String>) -> Outcome<()> {
    let options = Options::from_arguments(arguments)?;
    let cores = Cores::allowed()?;
    report::head(&options, &cores);
    for case in &options.cases {
        report::rows(*case, &measure(*case, &options, &cores)?);
    }
    Ok(())
}

/// Lets the contenders take turns at `case`.
fn measure(case: Case, options: &Options, cores: &Cores) -> Outcome<Vec<Runs>> {
    let runs = |contender: &&'static _| Runs { contender, runs: Vec::new() };
    let sensible = |contender: &&&Contender| case.placement() == Placement::Apart || !contender.spins;
    let mut all: Vec<Runs> = options.contenders.iter().filter(sensible).map(runs).collect();
    for _ in 0..options.pairs {
        for Runs { contender, runs } in &mut all {
            let run = (contender.run)(contender, case, options.run, cores)
                .map_err(|cause| format!("{}, {case}: {cause}", contender.name))?;
            runs.push(run);
        }
    }
    Ok(all)
}
