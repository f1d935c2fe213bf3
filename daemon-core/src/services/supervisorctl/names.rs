//! What processes and groups are called: the group of a service is the first one that it declares, or itself.

use std::rc::Rc;

use crate::brief;
use crate::context::Which;
use crate::fault::{Fault, LONGEST_NAME, SupervisorFault};
use crate::service::Service;
use crate::services::Services;
use crate::services::entry::Entry;

/// Returns the group of a service.
pub(super) fn group_of(name: &Rc<str>, service: &Service) -> Rc<str> {
    service.groups.first().map_or_else(|| name.clone(), |group| group.text())
}

impl Entry {
    /// Returns the group that it is in for `supervisorctl`.
    pub(super) fn group(&self) -> Rc<str> {
        group_of(&self.name, &self.service)
    }
}

impl Services {
    /// Returns the service that is named `NAME`, or `GROUP:NAME`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(super) fn process(&self, name: &str) -> Result<usize, Fault> {
        let (group, process) = name.split_once(':').unwrap_or((name, name));
        let found = self.table.find(process).filter(|index| *self.table[*index].group() == *group);
        found.ok_or_else(|| no_name(name))
    }

    /// Returns the services of a group, in the order of their names.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub(super) fn group(&self, name: &str) -> Result<Vec<usize>, Fault> {
        let mut found = self.table.indices();
        found.retain(|index| *self.table[*index].group() == *name);
        if found.is_empty() { Err(no_name(name)) } else { Ok(found) }
    }

    /// Returns all services, in the order of their groups and names.
    pub(super) fn by_group(&self) -> Vec<usize> {
        let mut all = self.table.indices();
        all.sort_by_cached_key(|index| (self.table[*index].group(), self.table[*index].name.clone()));
        all
    }

    /// Returns the services that a request is about.
    ///
    /// # Errors
    ///
    /// If there is none of this name.
    pub(super) fn processes(&self, which: &Which) -> Result<Vec<usize>, Fault> {
        match which {
            Which::One(name) => self.process(name).map(|index| vec![index]),
            Which::Group(name) => self.group(name),
            Which::All => Ok(self.by_group()),
        }
    }
}

/// The fault for a name that no process and no group has.
pub(super) fn no_name(name: &str) -> Fault {
    SupervisorFault::BadName.of(brief::start(name, LONGEST_NAME))
}
