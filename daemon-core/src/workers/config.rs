//! The configuration of a daemon's workers, and the first message to each of their processes.

use std::ffi::OsString;

use crate::channel::message::{FlagValues, Hello};
use crate::declare::worker::WorkerType;
use crate::logs::LogTarget;
use crate::settings::Shared;

/// The workers of a daemon, with the settings that apply to all of them.
pub(crate) struct WorkersConfig {
    /// The daemon's name.
    pub(crate) name: String,
    pub(crate) version: String,
    /// The directory in which the daemon was started.
    pub(crate) directory: String,
    /// The arguments of its processes, after their name.
    pub(crate) arguments: Vec<OsString>,
    /// The types of the workers, in starting order.
    pub(crate) types: Vec<Box<dyn WorkerType>>,
    /// The values of each worker's flags from the command line and the environment, in the same order.
    pub(crate) flags: Vec<FlagValues>,
    pub(crate) settings: Shared,
    /// How many descriptors the daemon needs besides those for its workers.
    pub(crate) descriptors: u64,
    pub(crate) verbosity: i32,
    pub(crate) log: LogTarget,
    /// The daemon has detached from its terminal, so no worker may hold the terminal open either.
    pub(crate) detached: bool,
}

impl WorkersConfig {
    /// Returns how many bytes a reply may have.
    pub(crate) fn max_reply(&self) -> usize {
        self.settings.get().limits.output_hard
    }

    /// Returns the first message to a process.
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

/// Returns how many descriptors a daemon needs for this many processes, including while they start.
pub(crate) fn descriptors(processes: usize) -> u64 {
    6 * processes as u64
}
