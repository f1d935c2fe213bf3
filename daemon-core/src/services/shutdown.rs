//! Stopping all services: in the reverse order of their start, or at once.

use std::time::Instant;

use super::Services;
use crate::supervisor::{ChildId, Supervisor, Want};

/// How far the shutdown has come.
#[derive(Default)]
pub(super) struct Shutdown {
    begun: bool,
}

impl Shutdown {
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }
}

impl Services {
    /// Begins to stop every service; those that need others come first. Each has its grace.
    pub(crate) fn shut_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.shutdown.begun = true;
        self.stop_all(supervisor, &self.table.indices(), now);
        let helpers: Vec<ChildId> = self.helpers.iter().copied().collect();
        for helper in helpers {
            supervisor.want(helper, Want::Stop, self, now);
        }
        self.apply_changes(supervisor, now);
    }

    /// Whether no process is left.
    pub(crate) fn are_down(&self) -> bool {
        self.alive == 0 && self.helpers.is_empty()
    }

    /// Kills every process that does not stop at once. Each is still reaped.
    pub(crate) fn hurry(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.shut_down(supervisor, now);
        let children: Vec<ChildId> = self.roles.keys().copied().collect();
        for child in children {
            supervisor.want(child, Want::Stop, self, now);
            supervisor.hurry(child, self, now);
        }
        self.apply_changes(supervisor, now);
    }
}
