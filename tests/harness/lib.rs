//! Drives compiled daemons from outside: starts them, calls them, signals them, checks what they leave.
//!
//! Nothing here sleeps. Every wait is for an event, with a deadline: a line of the log, a reply, the end of a process.
//! When the deadline passes, the test fails with what was seen so far. A daemon that a failed test leaves running is
//! killed by its process id.
//!
//! ```no_run
//! use harness::Daemon;
//! use serde_json::json;
//!
//! let daemon = Daemon::start("target/debug/echo", &[]);
//! assert_eq!(daemon.client().ask("my.echo", json!(["hi"])), "hi");
//! daemon.finish();
//! ```

// A panic here fails the calling test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::time::Duration;

mod authority;
mod calls;
mod client;
mod daemon;
mod detached;
mod fifo;
mod home;
mod log;
mod pattern;
mod piped;
mod process;
mod random;
mod session;
mod storm;
mod tools;
mod tracer;

pub use authority::{Authority, Certificate};
pub use calls::Call;
pub use client::{Client, Endpoint};
pub use daemon::{Daemon, Ended};
pub use detached::Detached;
pub use fifo::{Fifo, Held};
pub use home::{Finished, Home, run, run_within};
pub use log::Log;
pub use pattern::mismatch;
pub use piped::Piped;
pub use process::Process;
pub use random::Random;
pub use session::{Session, type_in};
pub use storm::Storm;
pub use tools::{
    NO_NODE, file_in, is_root, node, node_modules, program, python, raise_descriptor_limit, skip,
    tell_skipped,
};
pub use tracer::{Blow, End, Followed, Known, Point, Tracer};

/// Asks until the result is true. Each question must be a round trip of some kind, so that other processes make
/// progress meanwhile.
#[track_caller]
pub fn until(what: &str, mut ask: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + DEADLINE;
    while !ask() {
        assert!(std::time::Instant::now() < deadline, "never happened: {what}");
    }
}

/// How long anything may take before a test gives up on it. Generous, because machines that run tests are busy.
pub const DEADLINE: Duration = Duration::from_secs(30);
