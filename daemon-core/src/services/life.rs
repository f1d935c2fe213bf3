//! The life of services among each other: they start when what they need is ready, and stop when nothing needs them.

use std::time::Instant;

use super::entry::{Entry, Held};
use super::plan::Clocks;
use super::{Due, Effect, Services};
use crate::event::ServiceState;
use crate::supervisor::{Change, State, Supervisor, Then, Want};
use crate::sys::exit::Exit;

impl Services {
    /// Starts a service with the daemon: one with a schedule waits for its time.
    pub(super) fn begin(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        if self.table[index].service.schedule.is_some() {
            self.schedule(index, now);
            self.announce(index, ServiceState::Scheduled, None, None);
        } else {
            self.start_all(supervisor, &[index], now);
        }
    }

    /// Starts services, and what they need.
    pub(super) fn start_all(&mut self, supervisor: &mut Supervisor, asked: &[usize], now: Instant) {
        for index in self.table.with_needs(asked) {
            let entry = &mut self.table[index];
            if entry.is_removed {
                continue;
            }
            if entry.held == Some(Held::Stop) {
                entry.held = None;
            }
            let child = entry.child;
            match supervisor.state(child) {
                State::Down | State::Failed => self.try_start(supervisor, index, now),
                // This ends its delay.
                State::Waiting(_) if asked.contains(&index) => {
                    supervisor.want(child, Want::Start, self, now);
                }
                State::Stopping(_) | State::Killed(_) => supervisor.want(child, Want::Start, self, now),
                State::Waiting(_)
                | State::Starting(_)
                | State::Running
                | State::Paused
                | State::Failing(_) => {}
            }
            if self.table[index].service.schedule.is_some() && self.table[index].plan.next().is_none() {
                self.schedule(index, now);
            }
        }
        self.apply_changes(supervisor, now);
    }

    /// Starts a service that is down if all that it needs is ready; otherwise holds its start back.
    fn try_start(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        self.deadlines.disarm((index, Due::Retry));
        match self.hindrance(supervisor, index) {
            None => {
                self.table[index].held = None;
                supervisor.want(self.table[index].child, Want::Start, self, now);
            }
            Some(reason) if self.table[index].held != Some(Held::Start) => {
                let entry = &mut self.table[index];
                (entry.held, entry.reason) = (Some(Held::Start), Some(reason.clone()));
                self.announce(index, ServiceState::Waiting, None, Some(reason));
            }
            Some(_) => {}
        }
    }

    /// Returns why a service can't be started yet: it needs another one.
    fn hindrance(&self, supervisor: &Supervisor, index: usize) -> Option<String> {
        if let Some(need) = self.table.missing_need(index) {
            return Some(format!("it needs `{need}`, which is not there"));
        }
        let need = self.unready_need(supervisor, index)?;
        Some(format!("it needs `{}`, which is not ready", self.table[need].name))
    }

    /// Returns the first service that this one needs, and that is not ready.
    pub(super) fn unready_need(&self, supervisor: &Supervisor, index: usize) -> Option<usize> {
        let is_ready = |need: usize| supervisor.state(self.table[need].child) == State::Running;
        self.table.needs(index).into_iter().find(|need| !is_ready(*need))
    }

    /// Stops services, after all that need them.
    pub(super) fn stop_all(&mut self, supervisor: &mut Supervisor, asked: &[usize], now: Instant) {
        let all = self.table.with_dependents(asked);
        for index in &all {
            self.forget_starts(supervisor, *index);
        }
        for index in all {
            self.try_stop(supervisor, index, now);
        }
        self.apply_changes(supervisor, now);
    }

    /// Forgets when a service will be started, and has it stopped as soon as that is possible.
    fn forget_starts(&mut self, supervisor: &Supervisor, index: usize) {
        self.deadlines.disarm((index, Due::Retry));
        self.deadlines.disarm((index, Due::Schedule));
        let entry = &mut self.table[index];
        let was_waiting = entry.held == Some(Held::Start) || entry.plan.clear();
        entry.held = Some(Held::Stop);
        if supervisor.state(entry.child) == State::Down {
            entry.held = None;
            if was_waiting {
                self.announce(index, ServiceState::Down, None, None);
            }
        }
    }

    /// Stops a service whose stop is held back, if nothing that needs it is left.
    fn try_stop(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let entry = &mut self.table[index];
        if entry.held == Some(Held::Stop) && entry.alive_dependents == 0 {
            entry.held = None;
            supervisor.want(entry.child, Want::Stop, self, now);
        }
    }

    /// Restarts services, each by itself; those that are down are started.
    pub(super) fn restart_all(&mut self, supervisor: &mut Supervisor, asked: &[usize], now: Instant) {
        for index in asked {
            let child = self.table[*index].child;
            match supervisor.state(child) {
                State::Down | State::Failed => self.start_all(supervisor, &[*index], now),
                _ => {
                    self.table[*index].held = None;
                    supervisor.want(child, Want::Restart, self, now);
                }
            }
        }
        self.apply_changes(supervisor, now);
    }

    /// Takes over a change of a service that the supervisor reports.
    pub(super) fn apply_change(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        change: Change,
        now: Instant,
    ) {
        let entry = &mut self.table[index];
        entry.exit = change.exit.or(entry.exit);
        if change.reason.is_some() {
            entry.reason.clone_from(&change.reason);
        }
        let state = state_after(change.to, entry);
        if change.exit.is_some() {
            self.stop_probe(supervisor, index, false, now);
        }
        let is_alive = !change.to.is_down();
        if self.table.set_alive(index, is_alive) {
            self.alive = if is_alive { self.alive + 1 } else { self.alive.saturating_sub(1) };
        }
        self.announce(index, state, self.table[index].pid, change.reason);
        match change.to {
            State::Running => self.on_running(supervisor, index, now),
            State::Failed => self.on_failed(supervisor, index, now),
            State::Down => self.on_down(supervisor, index, now),
            State::Waiting(_)
            | State::Starting(_)
            | State::Paused
            | State::Stopping(_)
            | State::Killed(_)
            | State::Failing(_) => {}
        }
    }

    /// A service is ready: starts what has waited for it.
    fn on_running(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        self.watch_wear(index, now);
        for dependent in self.table.dependents(index) {
            if self.table[dependent].held == Some(Held::Start) {
                self.try_start(supervisor, dependent, now);
            }
        }
    }

    /// A service has ended by itself, and is not restarted.
    fn on_failed(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let entry = &self.table[index];
        let (ended_well, is_stopped) = (entry.has_ended_well(), entry.held == Some(Held::Stop));
        if entry.service.main && !self.shutdown.has_begun() {
            self.effects.push(Effect::Exit(exit_status(entry.exit)));
        } else if !ended_well && !is_stopped && !self.shutdown.has_begun() {
            self.give_up(supervisor, index, now);
        }
        self.on_down(supervisor, index, now);
    }

    /// A service is down: stops what has waited for that, or forgets it.
    fn on_down(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let needs = self.table.needs(index);
        match self.table[index].held {
            Some(Held::Stop) => self.try_stop(supervisor, index, now),
            Some(Held::Start) => self.try_start(supervisor, index, now),
            None => {}
        }
        if self.table[index].is_removed && supervisor.state(self.table[index].child).is_down() {
            self.forget(supervisor, index, now);
        }
        for need in needs {
            self.try_stop(supervisor, need, now);
        }
    }

    /// Sets when the schedule of a service starts it.
    pub(super) fn schedule(&mut self, index: usize, now: Instant) {
        let entry = &mut self.table[index];
        if let Some(schedule) = &entry.service.schedule {
            entry.plan.set(schedule, &Clocks::new(now));
        }
        let deadline = entry.plan.deadline(now);
        self.deadlines.set((index, Due::Schedule), deadline);
    }

    /// Returns the state of a service.
    pub(super) fn state_of(&self, supervisor: &Supervisor, entry: &Entry) -> ServiceState {
        state_after(supervisor.state(entry.child), entry)
    }
}

/// Returns the state of a service whose child is in this state.
fn state_after(state: State, entry: &Entry) -> ServiceState {
    match state {
        State::Down if entry.held == Some(Held::Start) => ServiceState::Waiting,
        State::Down | State::Failed if entry.plan.next().is_some() => ServiceState::Scheduled,
        State::Down => ServiceState::Down,
        State::Waiting(_) => ServiceState::Waiting,
        State::Starting(_) => ServiceState::Starting,
        State::Running | State::Paused => ServiceState::Running,
        State::Stopping(Then::Down | Then::Restart(_)) | State::Killed(_) | State::Failing(_) => {
            ServiceState::Stopping
        }
        State::Failed if entry.has_ended_well() => ServiceState::Ended,
        State::Failed => ServiceState::Failed,
    }
}

/// Returns an exit as a shell has it.
pub(super) fn exit_status(exit: Option<Exit>) -> u8 {
    let code = match exit {
        Some(Exit::Code(code)) => code,
        Some(Exit::Signal(number)) => 128 + number,
        None => 1,
    };
    u8::try_from(code).unwrap_or(1)
}
