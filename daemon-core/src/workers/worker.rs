//! A worker as the daemon knows it: its methods, the calls that wait for it, and which processes do its work.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::queue::CallQueue;
use crate::declare::worker::{RemoteMethod, WorkerSpec, WorkerType};
use crate::fault::Fault;
use crate::rpc::params::{self, Params, Rewritten};
use crate::supervisor::spec::ChildSpec;
use crate::timers::after;

/// Calls that one process is given before it has answered the first: enough to keep it busy, and few to send again when
/// it dies.
const WINDOW: usize = 64;

/// One worker.
pub(super) struct Worker {
    pub(super) name: Rc<str>,
    /// What its short names of methods stand under on the wire.
    prefix: String,
    pub(super) spec: WorkerSpec,
    methods: Vec<RemoteMethod>,
    /// A worker of a pool gets one call at a time: what kills it is then known.
    pub(super) window: usize,
    pub(super) is_pool: bool,
    pub(super) queue: CallQueue,
    /// Its processes, by their numbers.
    pub(super) processes: Vec<usize>,
    /// It has been told to stop because the daemon ends.
    pub(super) told_to_stop: bool,
}

impl Worker {
    /// A worker of this daemon.
    pub(super) fn new(worker_type: &dyn WorkerType, daemon: &str) -> Self {
        let spec = worker_type.spec();
        Worker {
            name: spec.name.into(),
            prefix: if worker_type.is_pool() { daemon } else { spec.name }.to_owned(),
            spec,
            methods: worker_type.methods(),
            window: if worker_type.is_pool() { 1 } else { WINDOW },
            is_pool: worker_type.is_pool(),
            queue: CallQueue::default(),
            processes: Vec::new(),
            told_to_stop: false,
        }
    }

    /// How one of its processes is looked after.
    pub(super) fn spec(&self, number: usize) -> ChildSpec {
        ChildSpec { name: self.process_name(number), policy: self.spec.policy }
    }

    /// What a process is called in the log.
    pub(super) fn process_name(&self, number: usize) -> String {
        format!("{}/{number}", self.name)
    }

    /// The number of a method, by its name in the worker or on the wire.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let short = |method: &RemoteMethod| method.spec.name.short() == name;
        let whole = |method: &RemoteMethod| method.spec.name.of(&self.prefix) == name;
        self.methods.iter().position(|method| short(method) || whole(method))
    }

    /// Says what is wrong with the parameters of a call.
    pub(super) fn check(&self, method: usize, params: &[u8]) -> Result<(), Fault> {
        let method = &self.methods[method];
        let text = std::str::from_utf8(params).ok().filter(|text| !text.is_empty());
        params::check(method.check, &Params::new(text, method.spec.params, &Rewritten::new()))
    }

    /// How long a call may take.
    pub(super) fn timeout(&self, method: usize) -> Option<Duration> {
        self.methods[method].timeout.or(self.spec.call_timeout)
    }

    /// When to look for the first time after a start whether a process gives signs of life.
    pub(super) fn first_check(&self, now: Instant) -> Option<Instant> {
        self.spec.heartbeat.map(|longest| after(now, longest / 2))
    }
}
