//! The contenders: ways to send messages between two processes, as implementations of one trait.

mod iceoryx;
mod ipc;
mod ours;
mod seqpacket;
mod stream;

use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::case::Case;
use crate::child;
use crate::common::Outcome;
use crate::cores::Cores;
use crate::run::{self, Run};

/// One end of a connection between parent and child, for messages of one size.
///
/// Both calls wait as long as necessary, asleep unless the contender says otherwise. If the other end is gone, they
/// fail or wait forever; a signal ends a process that waits forever.
pub(crate) trait End: Sized {
    /// Whether both ends stay awake for a while before they sleep.
    const SPINS: bool = false;

    /// Creates the parent's end. Calls `start` once, with what the child needs, as soon as the child may connect.
    fn host(size: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self>;

    /// Creates the child's end, from what [`host`](End::host) has passed.
    fn join(size: usize, pass: Pass) -> Outcome<Self>;

    /// Sends a message, and wakes the other end if it sleeps.
    fn send(&mut self, message: &[u8]) -> Outcome<()>;

    /// Replaces `message` by a private copy of the next one.
    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()>;
}

/// What the child gets from its parent.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) name: String,
    /// They become the standard input and output of the child.
    pub(crate) descriptors: [Option<OwnedFd>; 2],
}

/// A way to send messages.
pub(crate) struct Contender {
    /// Its name in tables and options.
    pub(crate) name: &'static str,
    /// Whether both ends stay awake for a while, which makes no sense on one core.
    pub(crate) spins: bool,
    /// Starts a child and measures a run, for the time given.
    pub(crate) run: fn(&Contender, Case, Duration, &Cores) -> Outcome<Run>,
    /// Does the child's part.
    pub(crate) serve: fn(Case, Pass) -> Outcome<()>,
}

/// The name of the baseline.
pub(crate) const BASELINE: &str = "seqpacket";

/// All contenders, the baseline first.
pub(crate) const ALL: &[Contender] = &[
    Contender::of::<seqpacket::Seqpacket>(BASELINE),
    Contender::of::<stream::Stream>("stream"),
    Contender::of::<iceoryx::Iceoryx>("iceoryx2"),
    Contender::of::<ipc::IpcChannel>("ipc-channel"),
    Contender::of::<ours::Ours<false, false>>("ours"),
    Contender::of::<ours::Ours<false, true>>("ours-awake"),
    Contender::of::<ours::Ours<true, true>>("ours-spin"),
];

impl Contender {
    const fn of<E: End>(name: &'static str) -> Self {
        Contender { name, spins: E::SPINS, run: run::run::<E>, serve: child::serve::<E> }
    }

    /// Returns the contender called `name`.
    pub(crate) fn named(name: &str) -> Outcome<&'static Contender> {
        let names = || ALL.iter().map(|contender| contender.name).collect::<Vec<_>>().join(", ");
        let found = ALL.iter().find(|contender| contender.name == name);
        Ok(found.ok_or_else(|| format!("there is no `{name}`, but {}", names()))?)
    }
}
