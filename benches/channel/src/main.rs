//! How fast the channel of daemon-core is between two processes, beside other ways to do the same.
//!
//! `RUSTFLAGS="--cfg daemon_bench" cargo run --release --manifest-path benches/channel/Cargo.toml` runs each
//! contender in each case, in turn, and prints for each the median and its ratio to the baseline, a
//! socketpair of messages (`SOCK_SEQPACKET`). Without `daemon_bench`, daemon-core keeps its channel to
//! itself.
//!
//! Cases: messages of 64, 4096 and 65536 bytes one way, as fast as they are taken; and a message of 64 bytes
//! that goes there and back, one at a time: `trip` between two cores, `trip-together` on one.
//!
//! Between two cores, who sleeps is woken on a core that is idle. That takes long, in a virtual machine tens
//! of microseconds and much longer than all else, so that `trip` says more of the machine than of the
//! contenders. On one core nobody waits for that: `trip-together` is what each costs by itself.
//!
//! What makes the ratios fair:
//! - Parent and child are processes, each pinned to its core. The child is this program, started again for
//!   each run.
//! - Each message is sent by a call of its own, and the receiver is woken for it if it sleeps. Nobody gathers
//!   messages.
//! - The receiver ends with a copy of its own of each message, and looks at its number, its middle and its
//!   end: a lost, doubled or cut one ends the bench.
//! - Nobody drops a message: a sender waits for room, asleep but for the one of iceoryx2.
//! - They take turns, the ratio is the median of the ratios of neighbours, and the first tenth of a second is
//!   not counted.
//!
//! The baseline is the one that has to do least: the system keeps messages apart, one call sends and one
//! receives. Beside it is a `stream` whose receiver takes out all that is there at once, which saves calls
//! where messages are small.
//!
//! `ours` sleeps when it has nothing to do, at both ends. In `ours-awake` the child looks for 50 µs before it
//! sleeps, as a busy worker may; in `ours-spin` both ends do, which no daemon does: it shows what the rings
//! cost alone. It does not run on one core, where who looks only keeps the other from being there.
//!
//! Other work on the machine spoils the figures: a line is marked as disturbed when a process waited for its
//! core. A run that hangs is ended after half a minute, by SIGALRM; no child outlives the bench. What
//! iceoryx2 leaves in /tmp/iceoryx2 and /dev/shm is its own.
//!
//!
//! Options, after `--`: `--pairs 5`, `--seconds 0.5` (a run), `--case 4096`, `--case trip-together` and
//! `--only iceoryx2`, both repeatable; the baseline always runs. A missed target is printed and is not a
//! failure.

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
