//! The processes of all workers, and which of them have something to do: the others cost a turn nothing.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::iter;
use std::ops::{Index, IndexMut};
use std::time::Instant;

use slab::Slab;

use super::process::Process;
use super::worker::Worker;
use crate::deadlines::Deadlines;
use crate::poller::ChannelId;
use crate::supervisor::{ChildId, State};

/// A table of processes by index. An index is reused after its process is removed.
#[derive(Default)]
pub(super) struct Processes {
    table: Slab<Process>,
    by_child: HashMap<ChildId, usize>,
    /// Processes that may have sent something: at most all.
    readable: VecDeque<usize>,
    /// Processes that something has happened to since they were last notified.
    touched: BTreeSet<usize>,
    /// When to check a process.
    checks: Deadlines<usize>,
    /// How many channels there have been.
    channels: u32,
}

impl Processes {
    /// Adds a process that does not run yet.
    pub(super) fn insert(&mut self, child: ChildId, worker: usize, number: usize) -> usize {
        let index = self.table.insert(Process::new(child, worker, number));
        self.by_child.insert(child, index);
        index
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(process) = self.table.try_remove(index) {
            self.by_child.remove(&process.child);
        }
        self.checks.disarm(index);
        self.touched.remove(&index);
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Process> {
        self.table.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Process> {
        self.table.get_mut(index)
    }

    /// Returns the index of the process that belongs to this child of the supervisor.
    pub(super) fn of(&self, child: ChildId) -> Option<usize> {
        self.by_child.get(&child).copied()
    }

    /// Replaces none of them any more because it is worn.
    pub(super) fn keep_all(&mut self) {
        self.table.iter_mut().for_each(|(_, process)| process.keep());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Process)> {
        self.table.iter()
    }

    /// Returns the id for a new channel of this process.
    pub(super) fn new_channel(&mut self, index: usize) -> ChannelId {
        self.channels = self.channels.wrapping_add(1);
        ChannelId { index, generation: self.channels }
    }

    /// Notes that a process may have sent something.
    pub(super) fn enqueue(&mut self, index: usize) {
        if let Some(process) = self.table.get_mut(index)
            && !std::mem::replace(&mut process.queued, true)
        {
            self.readable.push_back(index);
        }
    }

    /// How many processes may have sent something.
    pub(super) fn readable(&self) -> usize {
        self.readable.len()
    }

    /// Takes the next process that may have sent something.
    pub(super) fn pop_readable(&mut self) -> Option<usize> {
        let index = self.readable.pop_front()?;
        if let Some(process) = self.table.get_mut(index) {
            process.queued = false;
        }
        Some(index)
    }

    /// Notes that something has happened to a process, which is notified at the end of the turn.
    pub(super) fn touch(&mut self, index: usize) {
        self.touched.insert(index);
    }

    /// Notifies the processes that something has happened to, and returns them.
    pub(super) fn notify_touched(&mut self) -> BTreeSet<usize> {
        let touched = std::mem::take(&mut self.touched);
        for index in &touched {
            if self.table.get_mut(*index).is_some_and(Process::notify) {
                self.enqueue(*index);
            }
        }
        touched
    }

    /// Recomputes when a process is checked, and whether it takes calls.
    pub(super) fn arrange(&mut self, index: usize, worker: &mut Worker, state: State, now: Instant) {
        let Some(process) = self.table.get_mut(index) else { return };
        let check = process.next_check(worker, now).filter(|_| is_checked(state));
        self.checks.set(index, check.into_iter().chain(process.next_reap()).min());
        let rank = takes_calls(process, worker, state).then(|| process.pending_calls());
        let before = std::mem::replace(&mut process.rank, rank);
        if rank != before {
            before.map(|calls| worker.free.remove(&(calls, index)));
            rank.map(|calls| worker.free.insert((calls, index)));
        }
    }

    /// Returns the processes that are due to be checked.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<usize> {
        iter::from_fn(|| self.checks.pop(now)).map(|(_, index)| index).collect()
    }

    /// Returns when the next process is due to be checked.
    pub(super) fn next_check(&self) -> Option<Instant> {
        self.checks.next()
    }
}

impl Index<usize> for Processes {
    type Output = Process;

    fn index(&self, index: usize) -> &Process {
        &self.table[index]
    }
}

impl IndexMut<usize> for Processes {
    fn index_mut(&mut self, index: usize) -> &mut Process {
        &mut self.table[index]
    }
}

/// Whether the health of a process is checked. One that was asked to stop has its grace period instead.
pub(super) fn is_checked(state: State) -> bool {
    matches!(state, State::Running | State::Paused)
}

/// Whether a process has room for another call.
fn takes_calls(process: &Process, worker: &Worker, state: State) -> bool {
    let works = match state {
        State::Running => true,
        // A paused worker still answers calls; a paused pool takes none.
        State::Paused => !worker.is_pool,
        _ => false,
    };
    works && process.pending_calls() < worker.window && process.has_room()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_queued_once_until_it_is_read() {
        let (mut processes, index) = one();
        processes.enqueue(index);
        processes.enqueue(index);
        assert_eq!((processes.readable(), processes.pop_readable()), (1, Some(index)));
        assert_eq!(processes.pop_readable(), None);
        processes.enqueue(index);
        assert_eq!(processes.pop_readable(), Some(index));
    }

    #[test]
    fn what_was_queued_for_a_removed_process_does_no_harm() {
        let (mut processes, index) = one();
        let child = processes[index].child;
        processes.enqueue(index);
        processes.touch(index);
        processes.remove(index);
        processes.enqueue(index);
        assert_eq!(processes.of(child), None);
        assert_eq!((processes.pop_readable(), processes.pop_readable()), (Some(index), None));
        assert!(processes.get(index).is_none());
        assert!(processes.notify_touched().is_empty());
    }

    #[test]
    fn each_channel_has_an_id_of_its_own() {
        let (mut processes, index) = one();
        assert_ne!(processes.new_channel(index), processes.new_channel(index));
    }

    fn one() -> (Processes, usize) {
        let mut processes = Processes::default();
        let index = processes.insert(ChildId::default(), 0, 0);
        (processes, index)
    }
}
