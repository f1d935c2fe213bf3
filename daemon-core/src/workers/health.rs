//! Checks on processes: which ones have ended, hang, or work on a call for too long.

use std::iter;
use std::time::Instant;

use super::Workers;
use super::attention::is_checked;
use super::life::{Action, Event};
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
            let next = process.next_check(&self.workers[process.worker], now);
            is_checked(supervisor.state(process.child)) && next.is_some_and(|due| due <= now)
        };
        if self.processes.get(index).is_some_and(is_due) {
            // The daemon may have been busy itself: what was sent in time counts.
            self.receive_from(supervisor, index, now);
            let process = self.processes.get_mut(index);
            let found = process.and_then(|process| process.check_health(&self.workers[process.worker], now));
            if let Some((event, reason)) = found {
                self.kill_unhealthy(supervisor, index, event, &reason, now);
            }
        }
        self.touch(supervisor, index, now);
    }

    /// Kills an unhealthy process, unless that was done.
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
        let mut spawner = self.spawner(now);
        match action {
            Action::Kill => supervisor.unfit(child, reason, &mut spawner, now),
            Action::Replace => supervisor.replace(child, reason, &mut spawner, now),
            Action::None | Action::Welcome => {}
        }
        self.take_changes(supervisor, now);
    }

    /// When there is something due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.checks.next()
    }
}
