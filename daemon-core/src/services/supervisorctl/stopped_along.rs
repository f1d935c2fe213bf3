//! The services that were stopped because one that they need was: `supervisorctl` restarts by a stop and a start, and they
//! must be back after that.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use crate::services::Services;
use crate::services::entry::Held;
use crate::supervisor::Supervisor;

/// By the name of the service that was stopped. At most as many as there are services; see [`StoppedAlong::keep`].
#[derive(Default)]
pub(super) struct StoppedAlong(BTreeMap<Rc<str>, Vec<Rc<str>>>);

impl StoppedAlong {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps only what is about these services.
    pub(super) fn keep(&mut self, is_known: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_known(name));
    }

    /// Forgets a service that is stopped because a caller wants that.
    fn forget(&mut self, stopped: &str) {
        self.0.values_mut().for_each(|others| others.retain(|other| **other != *stopped));
    }
}

impl Services {
    /// Remembers what else is stopped with these services.
    pub(super) fn remember_stopped_along(&mut self, supervisor: &Supervisor, stopped: &[usize]) {
        for index in stopped {
            let name = self.table[*index].name.clone();
            self.supervisorctl.stopped_along.forget(&name);
            let mut others = self.table.with_dependents(&[*index]);
            others.retain(|other| !stopped.contains(other) && self.is_wanted(supervisor, *other));
            let others: Vec<Rc<str>> =
                others.into_iter().map(|other| self.table[other].name.clone()).collect();
            if !others.is_empty() {
                self.supervisorctl.stopped_along.0.insert(name, others);
            }
        }
    }

    /// Starts what was stopped with these services, which are started.
    pub(super) fn restart_stopped_along(
        &mut self,
        supervisor: &mut Supervisor,
        started: &[usize],
        now: Instant,
    ) {
        for index in started {
            let Some(name) = self.table.get(*index).map(|entry| entry.name.clone()) else { continue };
            let others = self.supervisorctl.stopped_along.0.remove(&name).unwrap_or_default();
            let others: Vec<usize> = others.iter().filter_map(|other| self.table.find(other)).collect();
            for other in others {
                self.begin(supervisor, other, now);
            }
        }
    }

    /// Whether a service runs, or will be started.
    fn is_wanted(&self, supervisor: &Supervisor, index: usize) -> bool {
        let entry = &self.table[index];
        entry.held != Some(Held::Stop)
            && (!self.is_down(supervisor, index) || entry.held.is_some() || entry.plan.next().is_some())
    }
}
