//! How a child is looked after, as plain data.
//!
//! Nothing here acts, and nothing here says what a child *is*: the program and its channel are the owner's.

use std::time::Duration;

use nix::libc;

/// When a child is started again, and how it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether it is started again when it has ended by itself.
    pub restart: Restart,
    /// How long it may take from its start until it is ready.
    pub start_timeout: Duration,
    /// What asks it to stop, by number.
    pub stop_signal: i32,
    /// How long it may take to stop before it is killed.
    pub stop_grace: Duration,
    /// How long it must have been ready to be started again at once.
    pub min_uptime: Duration,
    /// How long it waits before it is started again otherwise.
    pub backoff: Backoff,
    /// How many restarts are too many: then it is given up. `None` if it never is: more than [`Intensity::USUAL`] lead to
    /// the longest delay then.
    pub intensity: Option<Intensity>,
}

/// Whether a child that has ended by itself is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// In any case.
    Always,
    /// Unless it has ended with exit code 0.
    OnFailure,
    /// In no case.
    Never,
}

impl Restart {
    /// Whether an end is one to start again after; it is clean if the exit code was 0.
    pub(crate) fn applies(self, clean: bool) -> bool {
        match self {
            Restart::Always => true,
            Restart::OnFailure => !clean,
            Restart::Never => false,
        }
    }
}

/// The delay between an early end and the next start: it doubles each time, and is then shortened at random, by a
/// quarter at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first time.
    pub from: Duration,
    /// At most.
    pub to: Duration,
}

/// How many restarts within how long are too many, as in Erlang's supervisors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// One more is too many.
    pub restarts: u32,
    /// Within this time.
    pub within: Duration,
}

impl Intensity {
    /// What is bearable where nobody says it.
    pub(crate) const USUAL: Intensity = Intensity { restarts: 10, within: Duration::from_secs(60) };
}

impl Policy {
    /// The usual one: always, with a minimum up-time of 1 s and a delay from 100 ms to 30 s; it is never given up.
    pub const fn new() -> Self {
        Policy {
            restart: Restart::Always,
            start_timeout: Duration::from_secs(30),
            stop_signal: libc::SIGTERM,
            stop_grace: Duration::from_secs(5),
            min_uptime: Duration::from_secs(1),
            backoff: Backoff { from: Duration::from_millis(100), to: Duration::from_secs(30) },
            intensity: None,
        }
    }

    /// Sets how many restarts are too many, so that it is given up.
    pub const fn intensity(mut self, restarts: u32, within: Duration) -> Self {
        self.intensity = Some(Intensity { restarts, within });
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy::new()
    }
}

/// A child: what it is called in the log, and how it is looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChildSpec {
    pub(crate) name: String,
    pub(crate) policy: Policy,
}
