//! Stopping the workers: in order, at once, or because one has failed that the daemon cannot run without.

use std::time::Instant;

use super::Workers;
use crate::supervisor::{ChildId, State, Supervisor, Want};

/// How far the workers' shutdown has come.
#[derive(Default)]
pub(super) struct Shutdown {
    /// The daemon completes the calls that it has accepted, and then stops.
    draining: bool,
    /// How many workers, the first ones, were not asked to stop yet; `None` before the shutdown.
    remaining: Option<usize>,
    /// The first worker that was given up although the daemon cannot run without it.
    pub(super) fatal: Option<FatalExit>,
}

/// Why the daemon has to end.
pub(crate) struct FatalExit {
    /// The reason, for people.
    pub(crate) why: String,
    /// Whether the worker's process ended with success.
    pub(crate) clean: bool,
}

impl Shutdown {
    pub(super) fn is_draining(&self) -> bool {
        self.draining
    }

    pub(super) fn has_begun(&self) -> bool {
        self.remaining.is_some()
    }
}

impl Workers {
    /// Prepares for the shutdown: a process that ends from now on is restarted only if calls wait for it, and none is
    /// replaced because it is worn.
    pub(crate) fn drain(&mut self) {
        self.shutdown.draining = true;
        self.processes.keep_all();
    }

    /// Leaves down what ended while draining: a service manager may have signalled the whole process group.
    pub(super) fn leave_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        if !self.shutdown.draining {
            return;
        }
        for worker in 0..self.workers.len() {
            let waits = |process: &usize| {
                matches!(supervisor.state(self.processes[*process].child), State::Waiting(_))
            };
            if self.workers[worker].queue.is_empty() {
                let idle: Vec<usize> =
                    self.workers[worker].processes.iter().filter(|process| waits(process)).copied().collect();
                idle.into_iter().for_each(|process| self.want(supervisor, process, Want::Stop, now));
            }
        }
    }

    /// Begins to stop every worker, the last one first; each has its grace period.
    pub(crate) fn shut_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        if !self.shutdown.has_begun() {
            self.shutdown.remaining = Some(self.workers.len());
            self.shut_down_next(supervisor, now);
        }
    }

    pub(super) fn shut_down_next(&mut self, supervisor: &mut Supervisor, now: Instant) {
        while let Some(remaining) = self.shutdown.remaining.filter(|remaining| *remaining > 0) {
            let worker = remaining - 1;
            if !self.is_down(supervisor, worker) {
                if !std::mem::replace(&mut self.workers[worker].asked_to_stop, true) {
                    self.want_all(supervisor, worker, Want::Stop, now);
                }
                return;
            }
            self.shutdown.remaining = Some(worker);
        }
    }

    /// Whether every worker has stopped.
    pub(crate) fn are_down(&self, supervisor: &Supervisor) -> bool {
        // This includes surplus processes.
        self.processes.iter().all(|(_, process)| supervisor.state(process.child).is_down())
    }

    /// Kills every process that does not stop at once. Each is still reaped.
    pub(crate) fn hurry(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.shut_down(supervisor, now);
        let children: Vec<ChildId> = self.processes.iter().map(|(_, process)| process.child).collect();
        for worker in 0..self.workers.len() {
            self.want_all(supervisor, worker, Want::Stop, now);
        }
        for child in children {
            supervisor.hurry(child, self, now);
        }
        self.apply_changes(supervisor, now);
    }

    /// Returns the worker that was given up although the daemon cannot run without it, if there is one.
    pub(crate) fn fatal(&self) -> Option<&FatalExit> {
        self.shutdown.fatal.as_ref()
    }

    pub(crate) fn take_fatal(&mut self) -> Option<FatalExit> {
        self.shutdown.fatal.take()
    }
}
