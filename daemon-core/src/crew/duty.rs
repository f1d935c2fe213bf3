//! What workers there are to be, and what each of them is told first.

use crate::declare::worker::Role;
use crate::logs::LogTarget;
use crate::worker::message::Begin;

/// The workers of a daemon, with the settings that hold for all of them.
pub(crate) struct Duties {
    /// Of the daemon.
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where the daemon was started.
    pub(crate) directory: String,
    /// In the order of their start.
    pub(crate) roles: Vec<Box<dyn Role>>,
    /// What the command line and the environment say for the flags of each, in the same order.
    pub(crate) flags: Vec<RoleFlags>,
    /// Bytes that an answer may have.
    pub(crate) answer: usize,
    /// Descriptors that the daemon needs beside those for its workers.
    pub(crate) descriptors: u64,
    pub(crate) verbosity: i32,
    pub(crate) log: LogTarget,
    /// The daemon has no terminal to keep: neither may a worker hold the one that it was started from.
    pub(crate) detached: bool,
}

/// What was given for the flags of one worker, by their place in its table.
pub(crate) type RoleFlags = Vec<Option<Vec<String>>>;

impl Duties {
    /// What a process is told first.
    pub(crate) fn begin(&self, role: usize, process: usize, rests: bool) -> Begin {
        let job = self.roles[role].job();
        Begin {
            name: self.name.clone(),
            version: self.version.clone(),
            worker: job.name.to_owned(),
            process,
            directory: self.directory.clone(),
            flags: self.flags.get(role).cloned().unwrap_or_default(),
            answer: self.answer,
            verbosity: self.verbosity,
            log: self.log.to_string(),
            rests,
            grace: job.policy.stop_grace,
        }
    }
}

/// Descriptors that a daemon needs for so many processes, while they are started.
pub(crate) fn descriptors(processes: usize) -> u64 {
    6 * processes as u64
}
