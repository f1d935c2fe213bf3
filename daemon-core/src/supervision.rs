//! Looking after child processes in a loop of your own, without the rest of a daemon.
//!
//! A [`Supervisor`] starts, watches, restarts and stops children, and reaps them. A child is data, a [`ChildSpec`], and
//! belongs to an [`Owner`], which starts its process and is notified of its changes. A [`Turn`] is what the loop around
//! it needs: the poll, the signals, and the supervisor.
//!
//! The limit: everything runs on one thread, and only one `Turn` can exist in a process.
//!
//! This program runs `/bin/false` until it has failed three times:
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use daemon_core::Signal;
//! use daemon_core::supervision::{
//!     Backoff, Change, ChildId, ChildSpec, Exit, ExitReport, Owner, OwnerId, Pid, Policy, Turn, Want,
//! };
//!
//! #[derive(Default)]
//! struct Failures(u32);
//!
//! impl Owner for Failures {
//!     fn start(&mut self, _: ChildId, spec: &ChildSpec, _: bool, _: Instant) -> daemon_core::Result<Pid> {
//!         spec.start()
//!     }
//!     fn ended(&mut self, _: ChildId, exit: Exit, _: Instant) -> ExitReport {
//!         self.0 += u32::from(exit == Exit::Code(1));
//!         ExitReport::default()
//!     }
//!     fn changed(&mut self, change: Change) {
//!         println!("{change:?}");
//!     }
//! }
//!
//! # fn main() -> daemon_core::Result<()> {
//! let mut turn = Turn::new(&[Signal::SIGCHLD])?;
//! let mut failures = Failures::default();
//! let tenth = Duration::from_millis(100);
//! let policy = Policy { backoff: Backoff { from: tenth, to: tenth }, ..Policy::new() };
//! let spec = ChildSpec::new("false", "/bin/false").policy(policy);
//! let child = turn.supervisor.add(OwnerId(0), spec, Instant::now());
//! turn.supervisor.want(child, Want::Start, &mut failures, Instant::now());
//! while failures.0 < 3 {
//!     let next = turn.next_deadline().map(|next| next.saturating_duration_since(Instant::now()));
//!     turn.wait(if turn.is_busy() { Some(Duration::ZERO) } else { next })?;
//!     if turn.signals().any(|signal| signal == Signal::SIGCHLD) || turn.is_busy() {
//!         turn.reap(&mut failures, Instant::now());
//!     }
//!     turn.supervisor.tick(&mut failures, Instant::now());
//! }
//! # Ok(())
//! # }
//! ```

use crate::sys::{code, process};

#[doc(no_inline)]
pub use nix::unistd::Pid;

pub use crate::supervisor::spec::{Backoff, ChildSpec, Group, Intensity, Policy, Readiness, Restart};
pub use crate::supervisor::{
    Change, ChildId, ExitReport, Goal, Owner, OwnerId, Owners, State, Supervisor, Then, Want,
};
pub use crate::sys::exit::Exit;
pub use crate::sys::spawn::{Failure, Launcher};
pub use crate::turn::{Ready, Turn};

/// Returns memory to the system that only the start has needed: freed memory, and pages of code, which come back from the
/// page cache if they are used again. Call it once, before the loop.
pub fn trim_memory() {
    process::trim_heap();
    code::forget();
}
