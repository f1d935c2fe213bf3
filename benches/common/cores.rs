//! Where client and server run: the same places for every contender.

use std::fmt;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use super::Outcome;

const THIS_THREAD: Pid = Pid::from_raw(0);

/// How client and server share the cores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Each has its own core, if there are two.
    Apart,
    /// Both are on the server's core.
    Together,
    /// The scheduler chooses.
    Free,
}

impl Placement {
    /// The placement that a command-line option asks for.
    pub(crate) fn from_option(option: &str) -> Option<Self> {
        match option {
            "--apart" => Some(Self::Apart),
            "--together" => Some(Self::Together),
            "--no-pin" => Some(Self::Free),
            _ => None,
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Apart => "apart",
            Self::Together => "together",
            Self::Free => "free",
        })
    }
}

/// The cores that a bench may use.
pub(crate) struct Cores {
    allowed: CpuSet,
    client: usize,
    server: usize,
}

impl Cores {
    /// The cores that this process may use; read before anything is pinned.
    pub(crate) fn allowed() -> Outcome<Self> {
        let allowed = sched_getaffinity(THIS_THREAD)?;
        let mut numbers = (0..CpuSet::count()).filter(|core| allowed.is_set(*core) == Ok(true));
        let client = numbers.next().ok_or("there is no core to run on")?;
        let server = numbers.next().unwrap_or(client);
        Ok(Self { allowed, client, server })
    }

    /// Returns the cores for client and server under `placement`.
    pub(crate) fn place(&self, placement: Placement) -> Outcome<Place> {
        let (client, server) = (only(self.client)?, only(self.server)?);
        Ok(match placement {
            Placement::Apart => Place { client, server },
            Placement::Together => Place { client: server, server },
            Placement::Free => Place { client: self.allowed, server: self.allowed },
        })
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, server, .. } = self;
        if client == server {
            return write!(f, "there is core {server} alone, so that apart is together");
        }
        write!(
            f,
            "apart: client pinned to core {client}, server to core {server}; together: both to core {server}"
        )
    }
}

/// The cores of the client, which is this thread, and of the server.
pub(crate) struct Place {
    client: CpuSet,
    server: CpuSet,
}

impl Place {
    /// Calls `start`, which starts a server, on the server's cores, and then moves to the client's.
    ///
    /// The server inherits its cores, and so runs there from its first instruction.
    pub(crate) fn start_server<T>(&self, start: impl FnOnce() -> T) -> Outcome<T> {
        sched_setaffinity(THIS_THREAD, &self.server)?;
        let started = start();
        sched_setaffinity(THIS_THREAD, &self.client)?;
        Ok(started)
    }
}

fn only(core: usize) -> Outcome<CpuSet> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    Ok(cores)
}
