//! Which services there are: those of the program and of its file, and those that were added; and changes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tracing::warn;

use super::entry::{Entry, Held, Origin};
use super::{Due, OWNER, Role, SERVICES, Services, launch};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::service::{Name, Service, ServiceFile, check_order};
use crate::supervisor::{State, Supervisor, Want};
use crate::sys::descriptor;

/// Descriptors that a service needs: its output, and while it starts.
const DESCRIPTORS: u64 = 4;

/// Services as they are declared, with the place.
pub(super) type Declared = BTreeMap<Name, (Service, Origin)>;

impl Services {
    /// Adds the services that the program and its file declare.
    pub(super) fn load(&mut self, supervisor: &mut Supervisor, now: Instant) -> Result<()> {
        let (declared, file) = self.declared()?;
        self.held.replace(&file.descriptors)?;
        for (name, (service, origin)) in declared {
            self.define(supervisor, &name, service, origin, now)?;
        }
        self.remember(file);
        Ok(())
    }

    /// Reads what is declared: a service of the file replaces that of the program with the same name.
    pub(super) fn declared(&self) -> Result<(Declared, ServiceFile)> {
        let mut others = self.config.declared.clone();
        let added = self.table.iter().filter(|entry| entry.origin == Origin::Request && !entry.is_removed);
        for entry in added {
            let name = entry.name.parse().map_err(Error::new)?;
            others.insert(name, Service::clone(&entry.service));
        }
        let file = match &self.config.file {
            Some(path) => ServiceFile::read(path, &others)?,
            None => ServiceFile::default(),
        };
        let of_program = self.config.declared.iter().map(|(name, service)| (name, service, Origin::Program));
        let of_file = file.services.iter().map(|(name, service)| (name, service, Origin::File));
        let declared = of_program
            .chain(of_file)
            .map(|(name, service, origin)| (name.clone(), (service.clone(), origin)))
            .collect::<Declared>();
        let services = declared.iter().map(|(name, (service, _))| (&**name, service));
        let others = others.iter().map(|(name, service)| (&**name, service));
        check_order(others.chain(services)).map_err(|(_, reason)| Error::new(reason))?;
        Ok((declared, file))
    }

    /// Adds a service, which is down.
    pub(super) fn define(
        &mut self,
        supervisor: &mut Supervisor,
        name: &Name,
        service: Service,
        origin: Origin,
        now: Instant,
    ) -> Result<usize> {
        if self.table.len() >= SERVICES {
            return Err(Error::new(format!("cannot add `{name}`: there are {SERVICES} services already")));
        }
        let spec = launch::child(name, &service, self.config.silent)?;
        self.check_descriptors(name, &service)?;
        let child = supervisor.add(OWNER, spec, now);
        let index = self.table.insert(Entry::new(name.text(), service, child, origin));
        self.roles.insert(child, Role::Service(index));
        self.allow_descriptors();
        Ok(index)
    }

    fn check_descriptors(&self, name: &Name, service: &Service) -> Result<()> {
        let wrong = |error| Error::new(format!("the service `{name}` is wrong")).because(error);
        service.fds.values().try_for_each(|held| self.held.get(held).map(drop).map_err(wrong))
    }

    /// Raises the limit of descriptors for the current number of services. If the system refuses, starts may fail, and are
    /// retried.
    fn allow_descriptors(&self) {
        let wanted = self.config.descriptors + DESCRIPTORS * self.table.len() as u64;
        if let Err(error) = descriptor::allow(wanted) {
            warn!("cannot have {wanted} descriptors: {error}");
        }
    }

    /// Adds services for a caller, and starts those that are started with the daemon. If one is wrong, none is added.
    ///
    /// # Errors
    ///
    /// If there is one of a name already, if a service is wrong, or if the daemon is stopping.
    pub(crate) fn add(
        &mut self,
        supervisor: &mut Supervisor,
        services: Vec<(Name, Service)>,
        now: Instant,
    ) -> Result<(), Fault> {
        if self.shutdown.has_begun() {
            return Err(Fault::stopping());
        }
        let mut names = BTreeSet::new();
        let is_taken = |name: &&Name| self.table.find(name).is_some() || !names.insert((*name).clone());
        if let Some(name) = services.iter().map(|(name, _)| name).find(is_taken) {
            return Err(Fault::invalid_value("name", format!("there is a service `{name}` already")));
        }
        let others = self.table.iter().map(|entry| (&*entry.name, &*entry.service));
        check_order(others.chain(services.iter().map(|(name, service)| (&**name, service))))
            .map_err(|(_, reason)| Fault::invalid_value("service", reason))?;
        let mut added = Vec::with_capacity(services.len());
        for (name, service) in services {
            let starts = service.autostart;
            match self.define(supervisor, &name, service, Origin::Request, now) {
                Ok(index) => added.push((index, starts)),
                Err(error) => {
                    added.iter().for_each(|(index, _)| self.forget(supervisor, *index, now));
                    return Err(Fault::invalid_value("service", error.report()));
                }
            }
        }
        for (index, _) in added.into_iter().filter(|(_, starts)| *starts) {
            self.begin(supervisor, index, now);
        }
        Ok(())
    }

    /// Stops services, and forgets them.
    pub(super) fn remove(&mut self, supervisor: &mut Supervisor, indices: &[usize], now: Instant) {
        indices.iter().for_each(|index| self.table[*index].is_removed = true);
        self.stop_all(supervisor, indices, now);
        for index in indices {
            let is_left = self.table.get(*index).is_some_and(|entry| entry.is_removed);
            if is_left && self.is_down(supervisor, *index) {
                self.forget(supervisor, *index, now);
            }
        }
    }

    /// Forgets a service that is down.
    pub(super) fn forget(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        self.stop_awaiting(index);
        self.stop_probe(supervisor, index, true, now);
        self.disarm(index);
        self.close_output(index);
        self.unread.retain(|unread| *unread != index);
        if let Some(entry) = self.table.remove(index) {
            self.roles.remove(&entry.child);
            supervisor.remove(entry.child);
        }
    }

    /// Reads the file again, and carries out what has changed; returns the failures as text. Services that were added stay.
    pub(crate) fn reload(&mut self, supervisor: &mut Supervisor, now: Instant) -> Vec<String> {
        self.reopen_logs();
        if self.config.file.is_none() || self.shutdown.has_begun() {
            return Vec::new();
        }
        let read = self.declared().and_then(|(declared, file)| {
            let changed = self.held.replace(&file.descriptors)?;
            Ok((declared, file, changed))
        });
        let (declared, file, changed) = match read {
            Ok(read) => read,
            Err(error) => return vec![error.report()],
        };
        let mut failures = Vec::new();
        for (name, one) in &declared {
            let uses_changed = one.0.fds.values().any(|held| changed.contains(&held.name));
            let done = self.redeclare(supervisor, name, one, uses_changed, now);
            failures.extend(done.err().map(|error| error.report()));
        }
        let gone = |index: &usize| {
            let entry = &self.table[*index];
            entry.origin != Origin::Request && !declared.contains_key(&*entry.name)
        };
        let gone: Vec<usize> = self.table.indices().into_iter().filter(gone).collect();
        self.remove(supervisor, &gone, now);
        self.remember(file);
        self.reply_to_waiters(supervisor);
        failures
    }

    /// Adds a service, or changes the one of this name if it is another one now.
    fn redeclare(
        &mut self,
        supervisor: &mut Supervisor,
        name: &Name,
        (service, origin): &(Service, Origin),
        uses_changed: bool,
        now: Instant,
    ) -> Result<()> {
        let Some(index) = self.table.find(name) else {
            let index = self.define(supervisor, name, service.clone(), *origin, now)?;
            if service.autostart {
                self.begin(supervisor, index, now);
            }
            return Ok(());
        };
        let old = self.table[index].service.clone();
        self.table[index].origin = *origin;
        let was_removed = std::mem::replace(&mut self.table[index].is_removed, false);
        if *old == *service && !uses_changed {
            if was_removed && service.autostart {
                self.begin(supervisor, index, now);
            }
            return Ok(());
        }
        let spec = launch::child(name, service, self.config.silent)?;
        self.check_descriptors(name, service)?;
        let child = self.table[index].child;
        supervisor.redefine(child, spec);
        self.table.redefine(index, service.clone());
        if old.ready != service.ready {
            self.stop_probe(supervisor, index, true, now);
        }
        if old.schedule != service.schedule {
            self.reschedule(index, now);
        }
        let is_other = uses_changed || !old.runs_as(service);
        self.take_over(supervisor, index, is_other, was_removed, now);
        Ok(())
    }

    /// Has a service run as it is declared now: it is restarted if it is another one; one that has failed, or that waits for
    /// what it no longer needs, is started.
    fn take_over(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        is_other: bool,
        was_removed: bool,
        now: Instant,
    ) {
        let entry = &self.table[index];
        let (child, starts) = (entry.child, entry.service.autostart && entry.service.schedule.is_none());
        match supervisor.state(child) {
            State::Running if !is_other => self.watch_wear(index, now),
            State::Failed if starts => self.start_all(supervisor, &[index], now),
            State::Down if entry.held == Some(Held::Start) => self.start_all(supervisor, &[index], now),
            State::Stopping(_) | State::Killed(_) if was_removed && starts => {
                self.start_all(supervisor, &[index], now);
            }
            State::Starting(_) | State::Running | State::Paused if is_other => {
                supervisor.want(child, Want::Restart, self, now);
                self.apply_changes(supervisor, now);
            }
            _ => {}
        }
    }

    fn reschedule(&mut self, index: usize, now: Instant) {
        self.deadlines.disarm((index, Due::Schedule));
        self.table[index].plan.clear();
        if self.table[index].service.autostart {
            self.schedule(index, now);
        }
    }
}
