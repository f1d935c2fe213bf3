//! Health checks: which processes have ended, hang, or run a call for too long.

use std::time::Instant;

use tracing::info;

use super::Workers;
use super::life::{Action, Event};
use super::process::Process;
use super::processes::is_checked;
use crate::supervisor::Supervisor;

impl Workers {
    /// Reaps a process if it has ended.
    pub(super) fn reap_one(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let Some(child) = self.processes.get(index).map(|process| process.child) else { return };
        supervisor.reap_one(child, self, now);
        self.apply_changes(supervisor, now);
    }

    /// Checks the processes that are due for it.
    pub(crate) fn tick(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for index in self.processes.take_due(now) {
            self.check(supervisor, index, now);
        }
        self.leave_down(supervisor, now);
    }

    /// Continues what depends on the states of processes, after the supervisor has changed them.
    pub(crate) fn supervised(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.apply_changes(supervisor, now);
        self.shut_down_next(supervisor, now);
        self.reply_to_waiters(supervisor);
    }

    /// Reaps a process if it has ended, and kills it if it is unhealthy.
    fn check(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        if self.processes.get_mut(index).is_some_and(|process| process.is_reap_due(now)) {
            self.reap_one(supervisor, index, now);
        }
        let is_due = |process: &Process| {
            let next = process.next_check(&self.workers[process.worker], now);
            is_checked(supervisor.state(process.child)) && next.is_some_and(|due| due <= now)
        };
        if self.processes.get(index).is_some_and(is_due) {
            // The daemon may have been busy: what was sent in time counts.
            self.receive_from(supervisor, index, now);
            if let Some(process) = self.processes.get_mut(index) {
                process.check_wear(supervisor.pid(process.child), now);
            }
            let process = self.processes.get_mut(index);
            let found = process.and_then(|process| process.check_health(&self.workers[process.worker], now));
            if let Some((event, reason)) = found {
                self.kill_unhealthy(supervisor, index, event, &reason, now);
            }
            self.recycle(supervisor, index, now);
        }
        self.touch(supervisor, index, now);
    }

    /// Replaces a process that has reached a limit and has answered its calls.
    pub(super) fn recycle(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let Some(process) = self.processes.get(index) else { return };
        let Some(reached) = process.worn_out() else { return };
        if is_checked(supervisor.state(process.child)) {
            info!("replace {}: {reached}", self.workers[process.worker].process_name(process.number));
            supervisor.renew(process.child, self, now);
            self.apply_changes(supervisor, now);
        }
    }

    /// Kills an unhealthy process, unless it is already being killed.
    pub(super) fn kill_unhealthy(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        event: Event,
        reason: &str,
        now: Instant,
    ) {
        let process = &mut self.processes[index];
        let (child, action) = (process.child, process.apply(event, reason, now));
        match action {
            Action::Kill => supervisor.unfit(child, reason, self, now),
            Action::Replace => supervisor.replace(child, reason, self, now),
            Action::None | Action::Welcome => {}
        }
        self.apply_changes(supervisor, now);
    }

    /// Returns when the next check is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.processes.next_check()
    }
}
