//! What the workers do for the supervisor: start a process with a channel of its own, and clean up after one.

use std::iter;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use nix::unistd::Pid;

use super::Workers;
use super::live::Live;
use crate::channel::message;
use crate::channel::{Channel, SEGMENT};
use crate::declare::worker::Recycle;
use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::poller::Source;
use crate::supervisor::spec::{ChildSpec, Given};
use crate::supervisor::{Change, ChildId, ExitReport, Owner};
use crate::sys::exit::Exit;
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::sync::Doorbell;
use crate::worker::{VARIABLE, WorkerEnv};

/// Bytes that a message may have besides the reply that it carries.
const OVERHEAD: usize = 64 * 1024;

impl Owner for Workers {
    fn start(&mut self, child: ChildId, spec: &ChildSpec, paused: bool, now: Instant) -> Result<Pid> {
        let index = self.processes.of(child).ok_or_else(|| Error::new("there is no such worker"))?;
        let process = &self.processes[index];
        let worker = &self.workers[process.worker];
        let backing = if worker.spec.named_memory { Backing::Named } else { Backing::Sealed };
        let (memory, key) = Segment::create(backing, &prefix(&self.config.name), SEGMENT)
            .or_error(|| format!("cannot share {SEGMENT} bytes of memory"))?;
        let (doorbell, far) = Doorbell::pair().or_error(|| "cannot make a doorbell".to_owned())?;
        let limit = self.config.max_reply().saturating_add(OVERHEAD);
        let mut channel =
            Channel::host(memory, doorbell, limit).or_error(|| "cannot make a channel".to_owned())?;
        let hello = self.config.hello(process.worker, process.number, paused);
        channel.send(&message::hello(&hello).as_slices());
        // Nothing can have arrived yet: the process rings when it sends its first message.
        channel.enable_wakeup();
        let id = self.processes.new_channel(index);
        channel
            .register(&self.registry, Source::Doorbell(id).into())
            .or_error(|| "cannot poll a worker".to_owned())?;
        let memory = match &key {
            Key::Descriptor(memory) => Some(memory.as_fd()),
            Key::Name(_) => None,
        };
        let descriptors: Vec<BorrowedFd<'_>> = iter::once(far.as_fd()).chain(memory).collect();
        let env = WorkerEnv::new(&worker.name, &key).to_string();
        match spec.spawn(Given { descriptors: &descriptors, environment: &[(VARIABLE, &env)] }) {
            Ok(pid) => {
                let recycle =
                    if self.shutdown.is_draining() { Recycle::never() } else { worker.spec.recycle };
                let live = Live::new(channel, key, recycle, now);
                self.processes[index].connect(id, live);
                self.processes.touch(index);
                Ok(pid)
            }
            Err(error) => {
                channel.deregister(&self.registry);
                Err(error)
            }
        }
    }

    fn set_paused(&mut self, child: ChildId, paused: bool) {
        if let Some(index) = self.processes.of(child) {
            self.processes[index].set_paused(paused);
            self.processes.touch(index);
        }
    }

    fn ended(&mut self, child: ChildId, exit: Exit, now: Instant) -> ExitReport {
        let Some(index) = self.processes.of(child) else { return ExitReport::default() };
        let process = &mut self.processes[index];
        let worker = &mut self.workers[process.worker];
        let words = process.last_words();
        let why = words.as_deref().or(process.kill_reason());
        let fault = Fault::worker_failed(&worker.process_name(process.number), exit, why);
        let worked = process.disconnect(worker, &mut self.effects, &self.registry, &fault, now);
        // A pool exists so that a call can end its process without harm.
        ExitReport { words, excused: worked && worker.is_pool }
    }

    fn changed(&mut self, change: Change) {
        self.changes.push_back(change);
    }
}

/// The prefix of the names of a daemon's shared memory, where it has names.
pub(crate) fn prefix(daemon: &str) -> String {
    format!("daemon.{daemon}")
}
