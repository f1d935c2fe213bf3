//! Checks on processes: which ones have ended, hang, or work on a call for too long.

use std::iter;
use std::time::Instant;

use super::Workers;
use super::attention::is_checked;
use super::live::Unhealthy;
use super::process::Process;
use crate::supervisor::Supervisor;

impl Workers {
    /// Reaps a process if it has ended.
    pub(super) fn reap_one(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let Some(child) = self.processes.get(index).map(|process| process.child) else { return };
        let mut spawner = self.spawner(now);
        supervisor.reap_one(child, &mut spawner, now);
        self.take_changes(supervisor, now);
    }

    /// Does what is due: of the heartbeats, of calls that take too long.
    pub(crate) fn tick(&mut self, supervisor: &mut Supervisor, now: Instant) {
        let due: Vec<_> = iter::from_fn(|| self.checks.pop(now)).collect();
        for (_, index) in due {
            self.look_at(supervisor, index, now);
        }
        self.leave_down(supervisor, now);
    }

    /// Goes on with what depends on the states of processes, after the supervisor has done what is due.
    pub(crate) fn supervised(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.take_changes(supervisor, now);
        self.shut_down_next(supervisor, now);
        self.reply_to_waiters(supervisor);
    }

    /// Looks at a process whose time has come.
    fn look_at(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        if self.processes.get_mut(index).is_some_and(|process| process.is_reap_due(now)) {
            self.reap_one(supervisor, index, now);
        }
        let is_due = |process: &Process| {
            is_checked(supervisor.state(process.child))
                && process.is_check_due(&self.workers[process.worker], now)
        };
        if self.processes.get(index).is_some_and(is_due) {
            // The daemon may have been busy itself: what was said in time counts.
            self.receive_from(supervisor, index, now);
            let process = self.processes.get_mut(index);
            let check = process.and_then(|process| process.check_health(&self.workers[process.worker], now));
            if let Some(check) = check {
                self.kill_unhealthy(supervisor, index, &check, now);
            }
        }
        self.touch(supervisor, index, now);
    }

    /// Kills an unhealthy process.
    pub(super) fn kill_unhealthy(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        check: &Unhealthy,
        now: Instant,
    ) {
        let process = &mut self.processes[index];
        process.set_kill_reason(check);
        let child = process.child;
        let mut spawner = self.spawner(now);
        match check {
            Unhealthy::Silent(reason) => supervisor.unfit(child, reason, &mut spawner, now),
            Unhealthy::Overdue => supervisor.replace(child, check.reason(), &mut spawner, now),
        }
        self.take_changes(supervisor, now);
    }

    /// When there is something due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.checks.next()
    }
}
