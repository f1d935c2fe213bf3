//! Services: named definitions of children, and the state of each.
//!
//! This is only the table. Starting, signalling and reaping a service is in [`life`](crate::life).

mod service;
mod values;

use std::time::Duration;

use daemon_core::supervision::ChildId;

pub(crate) use self::service::{Run, Service, State, Trigger};
pub(crate) use self::values::Value;
use self::values::Values;
use crate::pool::Pool;
use crate::text::Name;

/// The most services without a pool; one more cannot be made.
const MOST: usize = 65535;

/// The place of a service in the table. It can be used again once the service is deleted.
pub(crate) type Slot = usize;

/// A start that is due at a time.
struct Start {
    at: Duration,
    /// Orders requests: the newest one comes first among those that are due.
    request: u64,
    slot: Slot,
}

/// All services.
pub(crate) struct Services {
    slots: Vec<Option<Service>>,
    free: Vec<Slot>,
    /// The slots in use, in the order of the names of their services.
    order: Vec<Slot>,
    /// The slots by the numbers of their running children.
    running: Vec<Slot>,
    /// The starts to come, the soonest last.
    starts: Vec<Start>,
    requests: u64,
    pool: Pool,
}

impl Services {
    /// Makes a table without services. A pool has so many slots, of so many bytes for the values of a service.
    pub(crate) fn new(size: Option<(usize, usize)>) -> Self {
        let slots = size.map_or(0, |(slots, _)| slots);
        Services {
            slots: Vec::with_capacity(slots),
            free: Vec::with_capacity(slots),
            order: Vec::with_capacity(slots),
            running: Vec::with_capacity(slots),
            starts: Vec::with_capacity(slots),
            requests: 0,
            pool: size.map_or_else(Pool::growing, |(slots, bytes)| Pool::fixed(slots, bytes)),
        }
    }

    /// Returns the service of this name.
    pub(crate) fn find(&self, name: Name) -> Option<Slot> {
        self.place(name).ok().map(|place| self.order[place])
    }

    /// Returns the service of this name, which is made if there is none; `None` if there is no room for one more.
    pub(crate) fn find_or_add(&mut self, name: Name) -> Option<Slot> {
        let place = match self.place(name) {
            Ok(place) => return Some(self.order[place]),
            Err(place) => place,
        };
        if self.order.len() == MOST {
            return None;
        }
        let values = Values::new(self.pool.take()?, self.pool.bytes);
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[slot] = Some(Service::new(name, values));
        self.order.insert(place, slot);
        Some(slot)
    }

    /// Removes a service that is not up.
    pub(crate) fn remove(&mut self, slot: Slot) {
        self.cancel(slot);
        let Some(service) = self.slots.get_mut(slot).and_then(Option::take) else { return };
        self.order.retain(|other| *other != slot);
        self.free.push(slot);
        self.pool.put(service.values.into_buffer());
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Service> {
        self.slots.get(slot)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Service> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Returns the first service after this name; without one, the first of all.
    pub(crate) fn after(&self, name: Option<Name>) -> Option<&Service> {
        let place = self.order.partition_point(|slot| {
            let is_behind =
                |service: &Service| name.is_none_or(|name| service.name.as_bytes() > name.as_bytes());
            !self.get(*slot).is_some_and(is_behind)
        });
        self.get(*self.order.get(place)?)
    }

    /// Returns all services, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Service> {
        self.order.iter().filter_map(|slot| self.get(*slot))
    }

    /// Returns the slot that comes next to this one, from 0 on, whose service fulfils a condition.
    pub(crate) fn next_slot(&self, from: Slot, is_wanted: impl Fn(&Service) -> bool) -> Option<Slot> {
        (from..self.slots.len()).find(|slot| self.get(*slot).is_some_and(&is_wanted))
    }

    /// Has a service wait for its start, or moves the start that it waits for.
    pub(crate) fn schedule(&mut self, slot: Slot, at: Duration) {
        self.cancel(slot);
        self.requests += 1;
        let start = Start { at, request: self.requests, slot };
        let place = self.starts.partition_point(|other| other.at > at);
        self.starts.insert(place, start);
        if let Some(service) = self.get_mut(slot) {
            service.state = State::Waiting { at };
        }
    }

    /// Cancels the start that a service waits for.
    pub(crate) fn cancel(&mut self, slot: Slot) {
        let Some(service) =
            self.get_mut(slot).filter(|service| matches!(service.state, State::Waiting { .. }))
        else {
            return;
        };
        service.state = State::Down;
        self.starts.retain(|start| start.slot != slot);
    }

    /// Takes a start that is due, of those the newest request.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<Slot> {
        let first = self.starts.partition_point(|start| start.at > now);
        let due = self.starts[first..].iter().enumerate();
        let (place, _) = due.max_by_key(|(_, start)| start.request)?;
        Some(self.starts.remove(first + place).slot)
    }

    /// Returns when the next start is due.
    pub(crate) fn next_start(&self) -> Option<Duration> {
        self.starts.last().map(|start| start.at)
    }

    /// Notes that a service runs.
    pub(crate) fn started(&mut self, slot: Slot, run: Run) {
        let index = run.child.index();
        if self.running.len() <= index {
            self.running.resize(index + 1, Slot::MAX);
        }
        self.running[index] = slot;
        if let Some(service) = self.get_mut(slot) {
            service.state = State::Up(run);
        }
    }

    /// Returns the service of a child.
    pub(crate) fn of_child(&self, child: ChildId) -> Option<Slot> {
        let slot = *self.running.get(child.index())?;
        self.get(slot)
            .is_some_and(|service| service.run().is_some_and(|run| run.child == child))
            .then_some(slot)
    }

    fn place(&self, name: Name) -> Result<usize, usize> {
        let compare = |slot: &Slot| {
            let other = self.get(*slot).map_or(&b""[..], |service| service.name.as_bytes());
            other.cmp(name.as_bytes())
        };
        self.order.binary_search_by(compare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn services_are_listed_in_byte_order_and_slots_are_used_again() {
        let mut services = Services::new(Some((3, 64)));
        let slots = ["b", "a", "c"].map(|text| services.find_or_add(name(text)).unwrap());
        assert_eq!(services.find_or_add(name("a")), Some(slots[1]));
        assert_eq!(services.find_or_add(name("d")), None);
        services.remove(slots[0]);
        assert_eq!(services.find_or_add(name("B")), Some(slots[0]));
        let names: Vec<_> = services.iter().map(|service| service.name.to_string()).collect();
        assert_eq!(names, ["B", "a", "c"]);
        let after = |last: &str| services.after(Some(name(last))).map(|service| service.name.to_string());
        assert_eq!((after("a").as_deref(), after("b").as_deref(), after("c")), (Some("c"), Some("c"), None));
    }

    #[test]
    fn of_the_starts_that_are_due_the_newest_request_comes_first() {
        let mut services = Services::new(None);
        let [a, b, c] = ["a", "b", "c"].map(|text| services.find_or_add(name(text)).unwrap());
        let at = Duration::from_secs;
        services.schedule(a, at(5));
        services.schedule(b, at(3));
        services.schedule(c, at(9));
        assert_eq!((services.next_start(), services.take_due(at(2))), (Some(at(3)), None));
        services.schedule(b, at(4));
        assert_eq!([services.take_due(at(6)), services.take_due(at(6))], [Some(b), Some(a)]);
        assert_eq!(services.take_due(at(6)), None);
        services.cancel(c);
        assert_eq!(services.next_start(), None);
    }
}
