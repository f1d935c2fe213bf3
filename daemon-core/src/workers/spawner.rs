//! Starts worker processes for the supervisor, each with a channel of its own, and cleans up after them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::iter;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use mio::Registry;
use nix::unistd::Pid;
use slab::Slab;

use super::Effects;
use super::config::WorkersConfig;
use super::process::Process;
use super::worker::Worker;
use crate::channel::message;
use crate::channel::{Channel, SEGMENT};
use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::poller::{ChannelId, Source};
use crate::supervisor::spec::{ChildSpec, Given};
use crate::supervisor::{Change, ChildId, ExitReport, Owner};
use crate::sys::exit::Exit;
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::sync::Doorbell;
use crate::worker::{VARIABLE, WorkerEnv};

/// Bytes that a message has besides the reply that it carries.
const AROUND: usize = 64 * 1024;

/// The parts of the workers that the supervisor acts on.
pub(crate) struct Spawner<'c> {
    pub(super) config: &'c WorkersConfig,
    pub(super) workers: &'c mut [Worker],
    pub(super) processes: &'c mut Slab<Process>,
    pub(super) of: &'c HashMap<ChildId, usize>,
    pub(super) registry: &'c Registry,
    pub(super) effects: &'c mut Effects,
    /// How many channels there have been.
    pub(super) channels: &'c mut u32,
    pub(super) touched: &'c mut BTreeSet<usize>,
    pub(super) changes: &'c mut VecDeque<Change>,
    pub(super) now: Instant,
}

impl Owner for Spawner<'_> {
    fn start(&mut self, child: ChildId, spec: &ChildSpec, paused: bool) -> Result<Pid> {
        let missing = || Error::new("there is no such worker");
        let index = *self.of.get(&child).ok_or_else(missing)?;
        let process = self.processes.get_mut(index).ok_or_else(missing)?;
        let worker = &self.workers[process.worker];
        let backing = if worker.spec.named_memory { Backing::Named } else { Backing::Sealed };
        let (memory, key) = Segment::create(backing, &prefix(&self.config.name), SEGMENT)
            .or_error(|| format!("cannot share {SEGMENT} bytes of memory"))?;
        let (doorbell, far) = Doorbell::pair().or_error(|| "cannot make a doorbell".to_owned())?;
        let limit = self.config.max_reply().saturating_add(AROUND);
        let mut channel =
            Channel::host(memory, doorbell, limit).or_error(|| "cannot make a channel".to_owned())?;
        let hello = self.config.hello(process.worker, process.number, paused);
        channel.send(&message::hello(&hello).as_slices());
        // Nothing can have come yet: the process rings with the first that it says.
        channel.enable_wakeup();
        *self.channels = self.channels.wrapping_add(1);
        let id = ChannelId { index, generation: *self.channels };
        channel
            .register(self.registry, Source::Doorbell(id).into())
            .or_error(|| "cannot poll a worker".to_owned())?;
        let memory = match &key {
            Key::Descriptor(memory) => Some(memory.as_fd()),
            Key::Name(_) => None,
        };
        let descriptors: Vec<BorrowedFd<'_>> = iter::once(far.as_fd()).chain(memory).collect();
        let env = WorkerEnv::new(&worker.name, &key).to_string();
        match spec.spawn(Given { descriptors: &descriptors, environment: &[(VARIABLE, &env)] }) {
            Ok(pid) => {
                self.processes[index].connect(id, channel, key, self.now);
                self.touched.insert(index);
                Ok(pid)
            }
            Err(error) => {
                channel.deregister(self.registry);
                Err(error)
            }
        }
    }

    fn set_paused(&mut self, child: ChildId, paused: bool) {
        let Some(&index) = self.of.get(&child) else { return };
        if let Some(process) = self.processes.get_mut(index) {
            process.set_paused(paused);
            self.touched.insert(index);
        }
    }

    fn ended(&mut self, child: ChildId, exit: Exit) -> ExitReport {
        let Some(process) = self.of.get(&child).and_then(|index| self.processes.get_mut(*index)) else {
            return ExitReport::default();
        };
        let worker = &mut self.workers[process.worker];
        let words = process.last_words();
        let why = words.as_deref().or(process.kill_reason());
        let fault = Fault::worker_failed(&worker.process_name(process.number), exit, why);
        let worked = process.disconnect(worker, self.effects, self.registry, &fault, self.now);
        // A pool is there to take what a call does.
        ExitReport { words, excused: worked && worker.is_pool }
    }

    fn changed(&mut self, change: Change) {
        self.changes.push_back(change);
    }
}

/// What the names of a daemon's shared memory begin with, if they have names.
pub(crate) fn prefix(daemon: &str) -> String {
    format!("daemon.{daemon}")
}
