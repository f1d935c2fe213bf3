//! Stopping the workers: in order, in a hurry, or because one has failed without which the daemon cannot go on.

use std::time::Instant;

use super::Workers;
use crate::supervisor::{ChildId, State, Supervisor, Want};

/// Why the daemon has to end.
pub(crate) struct FatalExit {
    /// The reason, for people.
    pub(crate) why: String,
    /// Whether it ended as it should.
    pub(crate) clean: bool,
}

impl Workers {
    /// The daemon is about to end: a process that ends now is not started again unless calls wait for it.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
    }

    /// Leaves down what ended while draining: a service manager may have signalled the whole group.
    pub(super) fn leave_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        if !self.draining {
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

    /// Starts to stop every worker, the last one first; each gets its grace.
    pub(crate) fn shut_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        if self.shutting_down.is_none() {
            self.shutting_down = Some(self.workers.len());
            self.shut_down_next(supervisor, now);
        }
    }

    pub(super) fn shut_down_next(&mut self, supervisor: &mut Supervisor, now: Instant) {
        while let Some(left) = self.shutting_down.filter(|left| *left > 0) {
            let worker = left - 1;
            if !self.is_down(supervisor, worker) {
                if !std::mem::replace(&mut self.workers[worker].told_to_stop, true) {
                    self.want_all(supervisor, worker, Want::Stop, now);
                }
                return;
            }
            self.shutting_down = Some(worker);
        }
    }

    /// Whether every worker has stopped.
    pub(crate) fn are_down(&self, supervisor: &Supervisor) -> bool {
        // Also those that a worker has too many.
        self.processes.iter().all(|(_, process)| supervisor.state(process.child).is_down())
    }

    /// Kills every process that does not stop at once; they are still reaped one by one.
    pub(crate) fn hurry(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.shut_down(supervisor, now);
        let children: Vec<ChildId> = self.processes.iter().map(|(_, process)| process.child).collect();
        for worker in 0..self.workers.len() {
            self.want_all(supervisor, worker, Want::Stop, now);
        }
        for child in children {
            let mut spawner = self.spawner(now);
            supervisor.hurry(child, &mut spawner, now);
        }
        self.take_changes(supervisor, now);
    }

    /// The worker that was given up and without which the daemon cannot go on, if there is one.
    pub(crate) fn fatal(&self) -> Option<&FatalExit> {
        self.fatal.as_ref()
    }

    pub(crate) fn take_fatal(&mut self) -> Option<FatalExit> {
        self.fatal.take()
    }
}
