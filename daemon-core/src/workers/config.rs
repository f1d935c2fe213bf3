//! What workers there are to be, and what each of them is told first.

use crate::channel::message::{FlagValues, Hello};
use crate::declare::worker::WorkerType;
use crate::logs::LogTarget;
use crate::settings::Shared;

/// The workers of a daemon, with the settings that hold for all of them.
pub(crate) struct WorkersConfig {
    /// Of the daemon.
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where the daemon was started.
    pub(crate) directory: String,
    /// In the order of their start.
    pub(crate) types: Vec<Box<dyn WorkerType>>,
    /// What the command line and the environment say for the flags of each, in the same order.
    pub(crate) flags: Vec<FlagValues>,
    pub(crate) settings: Shared,
    /// Descriptors that the daemon needs beside those for its workers.
    pub(crate) descriptors: u64,
    pub(crate) verbosity: i32,
    pub(crate) log: LogTarget,
    /// The daemon has no terminal to keep: neither may a worker hold the one that it was started from.
    pub(crate) detached: bool,
}

impl WorkersConfig {
    /// Bytes that a reply may have.
    pub(crate) fn max_reply(&self) -> usize {
        self.settings.get().limits.output_hard
    }

    /// What a process is told first.
    pub(crate) fn hello(&self, worker_type: usize, process: usize, paused: bool) -> Hello {
        let spec = self.types[worker_type].spec();
        Hello {
            name: self.name.clone(),
            version: self.version.clone(),
            worker: spec.name.to_owned(),
            process,
            directory: self.directory.clone(),
            flags: self.flags.get(worker_type).cloned().unwrap_or_default(),
            max_reply: self.max_reply(),
            verbosity: self.verbosity,
            log: self.log.to_string(),
            paused,
            grace: spec.policy.stop_grace,
        }
    }
}

/// Descriptors that a daemon needs for so many processes, while they are started.
pub(crate) fn descriptors(processes: usize) -> u64 {
    6 * processes as u64
}
