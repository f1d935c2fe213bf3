//! What is due at a time: schedules, retries, and checks.

use std::time::{Duration, Instant};

use humantime::format_duration;
use tracing::info;

use super::Services;
use super::plan::Clocks;
use crate::supervisor::{State, Supervisor};
use crate::sys::process;
use crate::timers::after;

/// What is due for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Due {
    /// To find out whether it is ready.
    Probe,
    /// To restart it because of its age.
    Age,
    /// To look at its memory.
    Memory,
    /// To start it by its schedule.
    Schedule,
    /// To start it again after it was given up.
    Retry,
}

impl Due {
    const ALL: [Due; 5] = [Due::Probe, Due::Age, Due::Memory, Due::Schedule, Due::Retry];
}

/// How often the memory of a service is looked at, if it has a limit.
const MEMORY_EVERY: Duration = Duration::from_secs(2);

impl Services {
    /// Does what is due for a service.
    pub(super) fn on_due(&mut self, supervisor: &mut Supervisor, index: usize, due: Due, now: Instant) {
        if self.table.get(index).is_none() {
            return;
        }
        match due {
            Due::Probe => self.probe(supervisor, index, now),
            Due::Age => self.check_age(supervisor, index, now),
            Due::Memory => self.check_memory(supervisor, index, now),
            Due::Schedule => self.start_by_schedule(supervisor, index, now),
            Due::Retry => self.start_all(supervisor, &[index], now),
        }
    }

    /// Forgets everything that is due for a service.
    pub(super) fn disarm(&mut self, index: usize) {
        Due::ALL.into_iter().for_each(|due| self.deadlines.disarm((index, due)));
    }

    /// Begins to watch how worn a service is that is ready now.
    pub(super) fn watch_wear(&mut self, index: usize, now: Instant) {
        let recycle = self.table[index].service.recycle;
        let age = recycle.age.map(|age| after(now, age.into()));
        let memory = recycle.memory.map(|_| after(now, MEMORY_EVERY));
        self.deadlines.set((index, Due::Age), age);
        self.deadlines.set((index, Due::Memory), memory);
    }

    fn check_age(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let age = self.table[index].service.recycle.age.unwrap_or_default();
        self.renew(supervisor, index, &format!("it has run for {}", format_duration(age.into())), now);
    }

    fn check_memory(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let entry = &self.table[index];
        let (Some(pid), Some(most)) = (entry.pid, entry.service.recycle.memory) else { return };
        match process::memory(pid).filter(|kib| kib.saturating_mul(1024) > most.bytes()) {
            Some(kib) => self.renew(supervisor, index, &format!("it uses {kib} KiB of memory"), now),
            None => self.deadlines.set((index, Due::Memory), Some(after(now, MEMORY_EVERY))),
        }
    }

    /// Restarts a service that is well, and worn.
    fn renew(&mut self, supervisor: &mut Supervisor, index: usize, why: &str, now: Instant) {
        let entry = &self.table[index];
        if supervisor.state(entry.child) == State::Running {
            info!("{} is restarted: {why}", entry.name);
            supervisor.renew(entry.child, self, now);
            self.apply_changes(supervisor, now);
        }
    }

    /// Starts a service whose time has come, unless it still runs; and sets the next time.
    fn start_by_schedule(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let entry = &mut self.table[index];
        if !entry.plan.has_come(&Clocks::new(now)) {
            // The clock may have been set.
            return self.schedule(index, now);
        }
        let runs = !supervisor.state(entry.child).is_down();
        if runs {
            info!("{} still runs: it is not started again now", entry.name);
        }
        self.schedule(index, now);
        if !runs {
            self.start_all(supervisor, &[index], now);
        }
    }
}
