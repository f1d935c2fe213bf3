//! The services, by number, by name, by group, and by what they need.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Index, IndexMut};
use std::rc::Rc;

use slab::Slab;

use super::entry::Entry;
use crate::fault::Fault;
use crate::fault::LONGEST_NAME;
use crate::service::{Name, Service};

/// The services of a daemon.
#[derive(Default)]
pub(super) struct Table {
    entries: Slab<Entry>,
    names: BTreeMap<Rc<str>, usize>,
    groups: BTreeMap<Rc<str>, BTreeSet<usize>>,
    /// The services that need the one with this name.
    dependents: BTreeMap<Rc<str>, BTreeSet<usize>>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the numbers of all services, in the order of their names.
    pub(super) fn indices(&self) -> Vec<usize> {
        self.names.values().copied().collect()
    }

    /// Returns the services, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.names.values().map(|index| &self.entries[*index])
    }

    pub(super) fn get(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Entry> {
        self.entries.get_mut(index)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Returns the services that a text names: one, those of a group as in `GROUP:*`, or all as `*`.
    ///
    /// # Errors
    ///
    /// If there is no such service or group.
    pub(super) fn named(&self, text: &str) -> Result<Vec<usize>, Fault> {
        if text == "*" {
            return Ok(self.indices());
        }
        let found = match text.strip_suffix(":*") {
            Some(group) => self.groups.get(group).map(|group| group.iter().copied().collect()),
            None => self.find(text).map(|index| vec![index]),
        };
        found.ok_or_else(|| no_service(text))
    }

    /// Adds a service, and returns its number.
    pub(super) fn insert(&mut self, entry: Entry) -> usize {
        let (name, service) = (entry.name.clone(), entry.service.clone());
        let index = self.entries.insert(entry);
        self.names.insert(name, index);
        self.link(index, &service);
        index
    }

    /// Forgets a service.
    pub(super) fn remove(&mut self, index: usize) -> Option<Entry> {
        let entry = self.entries.try_remove(index)?;
        self.names.remove(&entry.name);
        self.unlink(index, &entry.service);
        Some(entry)
    }

    /// Replaces what a service is.
    pub(super) fn redefine(&mut self, index: usize, service: Service) {
        let (old, new) = (self.entries[index].service.clone(), Rc::new(service));
        self.unlink(index, &old);
        self.link(index, &new);
        if self.entries[index].is_alive {
            self.count_needs(&old, |count| count.saturating_sub(1));
            self.count_needs(&new, |count| count + 1);
        }
        self.entries[index].service = new;
    }

    fn link(&mut self, index: usize, service: &Service) {
        for group in &service.groups {
            self.groups.entry(group.text()).or_default().insert(index);
        }
        for need in &service.needs {
            self.dependents.entry(need.text()).or_default().insert(index);
        }
    }

    fn unlink(&mut self, index: usize, service: &Service) {
        service.groups.iter().for_each(|group| forget(&mut self.groups, group, index));
        service.needs.iter().for_each(|need| forget(&mut self.dependents, need, index));
    }

    /// Records whether a service is down, in all that it needs; returns whether that is news.
    pub(super) fn set_alive(&mut self, index: usize, is_alive: bool) -> bool {
        let Some(entry) = self.entries.get_mut(index) else { return false };
        if std::mem::replace(&mut entry.is_alive, is_alive) == is_alive {
            return false;
        }
        let service = entry.service.clone();
        self.count_needs(&service, |count| if is_alive { count + 1 } else { count.saturating_sub(1) });
        true
    }

    fn count_needs(&mut self, service: &Service, change: impl Fn(usize) -> usize) {
        for need in self.needs_of(service) {
            let count = &mut self.entries[need].alive_dependents;
            *count = change(*count);
        }
    }

    /// Returns what a service needs; each once.
    pub(super) fn needs(&self, index: usize) -> Vec<usize> {
        self.entries.get(index).map(|entry| self.needs_of(&entry.service)).unwrap_or_default()
    }

    fn needs_of(&self, service: &Service) -> Vec<usize> {
        let found: BTreeSet<usize> = service.needs.iter().filter_map(|need| self.find(need)).collect();
        found.into_iter().collect()
    }

    /// Returns what a service needs and what is not there: its group was removed, and may come back.
    pub(super) fn missing_need(&self, index: usize) -> Option<&Name> {
        let entry = self.entries.get(index)?;
        entry.service.needs.iter().find(|need| self.find(need).is_none())
    }

    /// Returns the services that need this one.
    pub(super) fn dependents(&self, index: usize) -> Vec<usize> {
        let found = self.entries.get(index).and_then(|entry| self.dependents.get(&entry.name));
        found.map(|found| found.iter().copied().collect()).unwrap_or_default()
    }

    /// Returns these services and all that they need, directly or not.
    pub(super) fn with_needs(&self, from: &[usize]) -> Vec<usize> {
        closure(from, |index| self.needs(index))
    }

    /// Returns these services and all that need them, directly or not.
    pub(super) fn with_dependents(&self, from: &[usize]) -> Vec<usize> {
        closure(from, |index| self.dependents(index))
    }

    /// Returns the names of all groups.
    #[allow(dead_code)] // For other interfaces.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Rc<str>> {
        self.groups.keys()
    }
}

impl Index<usize> for Table {
    type Output = Entry;

    fn index(&self, index: usize) -> &Entry {
        &self.entries[index]
    }
}

impl IndexMut<usize> for Table {
    fn index_mut(&mut self, index: usize) -> &mut Entry {
        &mut self.entries[index]
    }
}

/// Returns everything that can be reached from these services, each once.
fn closure(from: &[usize], next: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let (mut stack, mut found) = (from.to_vec(), Vec::new());
    while let Some(index) = stack.pop() {
        if seen.insert(index) {
            found.push(index);
            stack.extend(next(index));
        }
    }
    found
}

fn forget(sets: &mut BTreeMap<Rc<str>, BTreeSet<usize>>, name: &str, index: usize) {
    if let Some(set) = sets.get_mut(name) {
        set.remove(&index);
        if set.is_empty() {
            sets.remove(name);
        }
    }
}

/// The fault for a name that no service and no group has.
pub(super) fn no_service(name: &str) -> Fault {
    let name = crate::brief::start(name, LONGEST_NAME);
    let what = if name.ends_with(":*") { "group" } else { "service" };
    Fault::invalid_value("name", format!("there is no {what} `{name}`"))
}
