//! What is declared, as it was last read: `reread` reads it and applies nothing, `add` and `update` apply it by groups.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::names::group_of;
use crate::fault::{Fault, SupervisorFault};
use crate::service::{Descriptor, Name, Service, ServiceFile};
use crate::services::Services;
use crate::services::entry::{Entry, Origin};

/// What is declared. What callers have added by `service.add` is not part of it.
#[derive(Default)]
pub(super) struct Known {
    pub(super) services: BTreeMap<Name, (Rc<Service>, Origin)>,
    pub(super) descriptors: BTreeMap<Name, Descriptor>,
}

/// The names of groups that are new, that are others now, and that are gone.
pub(super) type Changes = (Vec<String>, Vec<String>, Vec<String>);

/// The services of each group.
type Groups = BTreeMap<Rc<str>, BTreeMap<Rc<str>, Rc<Service>>>;

impl Known {
    /// Returns the declared services of a group.
    pub(super) fn group(&self, group: &str) -> Vec<(Name, Rc<Service>, Origin)> {
        let members =
            self.services.iter().filter(|(name, (service, _))| *group_of(&name.text(), service) == *group);
        members.map(|(name, (service, origin))| (name.clone(), service.clone(), *origin)).collect()
    }

    fn groups(&self) -> Groups {
        grouped(self.services.iter().map(|(name, (service, _))| (name.text(), service.clone())))
    }
}

impl Services {
    /// Takes what runs for what is declared, after everything in the file was applied.
    pub(in crate::services) fn remember(&mut self, file: ServiceFile) {
        let declared = |entry: &Entry| {
            let name = entry.name.parse().ok()?;
            is_declared(entry).then(|| (name, (entry.service.clone(), entry.origin)))
        };
        let services = self.table.iter().filter_map(declared).collect();
        self.supervisorctl.known = Known { services, descriptors: file.descriptors };
    }

    /// Reads what is declared, and returns how it differs from what runs.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or something in it is wrong.
    pub(super) fn reread(&mut self) -> Result<Changes, Fault> {
        let (declared, file) =
            self.declared().map_err(|error| SupervisorFault::CantReread.of(error.report()))?;
        let services = declared.into_iter().map(|(name, (service, origin))| (name, (service.into(), origin)));
        self.supervisorctl.known = Known { services: services.collect(), descriptors: file.descriptors };
        let known = &self.supervisorctl.known;
        let is_known = |name: &str| known.services.contains_key(name) || self.table.find(name).is_some();
        self.supervisorctl.stopped_along.keep(is_known);
        Ok(self.changes())
    }

    /// Compares what is declared with what runs.
    fn changes(&self) -> Changes {
        let new = self.supervisorctl.known.groups();
        let old = grouped(
            self.table
                .iter()
                .filter(|entry| is_declared(entry))
                .map(|entry| (entry.name.clone(), entry.service.clone())),
        );
        let names = |names: BTreeSet<&Rc<str>>| names.iter().map(ToString::to_string).collect();
        let (of_new, of_old): (BTreeSet<_>, BTreeSet<_>) = (new.keys().collect(), old.keys().collect());
        let has_changed = |group: &&Rc<str>| new[*group] != old[*group] || self.uses_changed(&new[*group]);
        let changed = of_new.intersection(&of_old).copied().filter(has_changed).collect();
        (names(&of_new - &of_old), names(changed), names(&of_old - &of_new))
    }

    /// Whether a service has a descriptor that is declared in another way than it is held.
    fn uses_changed(&self, services: &BTreeMap<Rc<str>, Rc<Service>>) -> bool {
        let declared = &self.supervisorctl.known.descriptors;
        let mut used = services.values().flat_map(|service| service.fds.values());
        used.any(|held| declared.get(&held.name) != self.held.declared(&held.name))
    }

    /// Whether a group runs as far as it is declared.
    pub(super) fn is_active(&self, group: &str) -> bool {
        self.table.iter().any(|entry| is_declared(entry) && *entry.group() == *group)
    }
}

/// Whether a service is declared by the program or the file, and stays.
pub(super) fn is_declared(entry: &Entry) -> bool {
    entry.origin != Origin::Request && !entry.is_removed
}

fn grouped(services: impl Iterator<Item = (Rc<str>, Rc<Service>)>) -> Groups {
    let mut groups = Groups::new();
    for (name, service) in services {
        groups.entry(group_of(&name, &service)).or_default().insert(name, service);
    }
    groups
}
