//! Which processes have something to do, so that the others cost a turn nothing.
//!
//! What is kept here follows from the state of a process, and is computed anew whenever something has happened to it.

use std::time::Instant;

use super::Workers;
use super::process::Process;
use super::worker::Worker;
use crate::supervisor::{State, Supervisor};

impl Workers {
    /// Something has happened to a process, or it was sent something: it is notified at the end of the turn.
    pub(super) fn touch(&mut self, supervisor: &Supervisor, index: usize, now: Instant) {
        self.touched.insert(index);
        self.arrange(supervisor, index, now);
    }

    /// Ends the share that processes had of a turn: they are notified of what is new for them.
    pub(super) fn notify_touched(&mut self, supervisor: &Supervisor, now: Instant) {
        for index in std::mem::take(&mut self.touched) {
            if self.processes.get_mut(index).is_some_and(Process::notify) {
                self.enqueue(index);
            }
            self.arrange(supervisor, index, now);
        }
    }

    /// Puts a process in its place among those that are looked at, and among those that take calls.
    fn arrange(&mut self, supervisor: &Supervisor, index: usize, now: Instant) {
        self.checks.disarm(index);
        let Some(process) = self.processes.get_mut(index) else { return };
        let worker = &mut self.workers[process.worker];
        let state = supervisor.state(process.child);
        let check = process.next_check(worker, now).filter(|_| is_checked(state));
        if let Some(due) = check.into_iter().chain(process.next_reap()).min() {
            self.checks.arm(index, due);
        }
        let rank = takes_calls(process, worker, state).then(|| process.pending_calls());
        let before = std::mem::replace(&mut process.rank, rank);
        if rank != before {
            before.map(|calls| worker.free.remove(&(calls, index)));
            rank.map(|calls| worker.free.insert((calls, index)));
        }
    }

    /// Forgets a process.
    pub(super) fn forget(&mut self, index: usize) {
        self.checks.disarm(index);
        self.touched.remove(&index);
    }
}

/// Whether a process is looked at: one that was told to leave has its grace instead.
pub(super) fn is_checked(state: State) -> bool {
    matches!(state, State::Running | State::Paused)
}

/// Whether a process has room for another call.
fn takes_calls(process: &Process, worker: &Worker, state: State) -> bool {
    let works = match state {
        State::Running => true,
        // A paused worker still answers calls; a paused pool takes none.
        State::Paused => !worker.is_pool,
        _ => false,
    };
    works && process.pending_calls() < worker.window && process.has_room()
}
