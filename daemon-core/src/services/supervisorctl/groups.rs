//! Groups that come and go: what `add`, `remove` and `update` do.

use std::rc::Rc;
use std::time::Instant;

use super::names::{group_of, no_name};
use crate::error::Result as Done;
use crate::fault::{Fault, SupervisorFault};
use crate::service::{Name, Service};
use crate::services::Services;
use crate::services::entry::{Held, Origin};
use crate::supervisor::Supervisor;

impl Services {
    /// Adds the services of a group as they are declared, and starts those that start with the daemon.
    ///
    /// # Errors
    ///
    /// If there is no such group, if it runs already, or if something in it is wrong; then nothing is added.
    pub(super) fn add_group(
        &mut self,
        supervisor: &mut Supervisor,
        group: &str,
        now: Instant,
    ) -> Result<bool, Fault> {
        let members = self.supervisorctl.known.group(group);
        if members.is_empty() {
            return Err(no_name(group));
        }
        if self.is_active(group) {
            return Err(SupervisorFault::AlreadyAdded.of(group));
        }
        self.add_members(supervisor, members, now)
            .map_err(|error| SupervisorFault::Failed.of(error.report()))?;
        Ok(true)
    }

    fn add_members(
        &mut self,
        supervisor: &mut Supervisor,
        members: Vec<(Name, Rc<Service>, Origin)>,
        now: Instant,
    ) -> Done<()> {
        self.held.extend(&self.supervisorctl.known.descriptors)?;
        let mut added = Vec::new();
        for (name, service, origin) in members {
            // It may still run in the group that it was in before: see `join_new_group`.
            if self.table.find(&name).is_some() {
                continue;
            }
            match self.define(supervisor, &name, Service::clone(&service), origin, now) {
                Ok(index) => added.push(index),
                Err(error) => {
                    added.into_iter().for_each(|index| self.forget(supervisor, index, now));
                    return Err(error);
                }
            }
        }
        for index in &added {
            if self.table[*index].service.autostart {
                self.begin(supervisor, *index, now);
            }
        }
        self.restart_stopped_along(supervisor, &added, now);
        self.start_dependents(supervisor, &added, now);
        Ok(())
    }

    /// Starts the services that waited for these to be there.
    fn start_dependents(&mut self, supervisor: &mut Supervisor, added: &[usize], now: Instant) {
        for index in added {
            for dependent in self.table.dependents(*index) {
                if self.table[dependent].held == Some(Held::Start) {
                    self.start_all(supervisor, &[dependent], now);
                }
            }
        }
    }

    /// Forgets the services of a group, which must be stopped. Those that were added by a caller stay, unless the whole
    /// group was.
    ///
    /// # Errors
    ///
    /// If there is no such group, or it is not stopped.
    pub(super) fn remove_group(
        &mut self,
        supervisor: &mut Supervisor,
        group: &str,
        now: Instant,
    ) -> Result<bool, Fault> {
        let mut members = self.group(group)?;
        if self.is_active(group) {
            members.retain(|index| self.table[*index].origin != Origin::Request);
        }
        if members.iter().any(|index| self.can_be_stopped(supervisor, *index)) {
            return Err(SupervisorFault::StillRunning.of(group));
        }
        let names: Vec<Rc<str>> = members.iter().map(|index| self.table[*index].name.clone()).collect();
        members.iter().for_each(|index| self.forget(supervisor, *index, now));
        names.iter().for_each(|name| self.join_new_group(supervisor, name, now));
        Ok(true)
    }

    /// Adds a service that was removed with its old group, if it is declared for another one that runs.
    fn join_new_group(&mut self, supervisor: &mut Supervisor, name: &Rc<str>, now: Instant) {
        let declared = self.supervisorctl.known.services.get_key_value(&**name);
        let Some((name, service, origin)) =
            declared.map(|(name, (service, origin))| (name.clone(), service.clone(), *origin))
        else {
            return;
        };
        let group = group_of(&name.text(), &service);
        if !self.is_active(&group) {
            return;
        }
        if let Err(error) = self.add_members(supervisor, vec![(name, service, origin)], now) {
            tracing::error!("{}", error.report());
        }
    }
}
