//! A worker: its methods, the calls that wait for it, and its processes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::iter;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::config::WorkersConfig;
use super::queue::CallQueue;
use crate::declare::worker::{RemoteMethod, WorkerSpec, WorkerType};
use crate::fault::Fault;
use crate::rpc::params::{self, Params, Rewritten};
use crate::supervisor::spec::{ChildSpec, Environment, Group, Program, Readiness, Rights, Source, Streams};
use crate::sys::spawn::Executable;
use crate::timers::after;

/// The most calls in flight to one process: enough to keep it busy, and few to send again if it dies.
const WINDOW: usize = 64;

/// One worker.
pub(super) struct Worker {
    pub(super) name: Rc<str>,
    /// The daemon's name.
    daemon: String,
    pub(super) spec: WorkerSpec,
    /// The daemon's own executable, which its processes run.
    program: Rc<Executable>,
    /// The arguments of its processes, after their name.
    arguments: Vec<OsString>,
    /// Where the outputs of its processes go. They must not hold a terminal open that a detached daemon has left.
    streams: Streams,
    methods: Vec<RemoteMethod>,
    /// The most calls in flight to one of its processes. In a pool it is 1, so that the call that kills a process is known.
    pub(super) window: usize,
    pub(super) is_pool: bool,
    pub(super) queue: CallQueue,
    /// The indices of its processes, ordered by number.
    pub(super) processes: Vec<usize>,
    /// The processes that take another call: how many calls they have in flight, and their index.
    pub(super) free: BTreeSet<(usize, usize)>,
    /// Whether it was asked to stop because the daemon is shutting down.
    pub(super) asked_to_stop: bool,
}

impl Worker {
    /// A worker of the daemon with this configuration.
    pub(super) fn new(worker_type: &dyn WorkerType, config: &WorkersConfig, program: Rc<Executable>) -> Self {
        let spec = worker_type.spec();
        Worker {
            name: spec.name.into(),
            daemon: config.name.clone(),
            spec,
            program,
            arguments: config.arguments.clone(),
            streams: if config.detached { Streams::Null } else { Streams::Outputs },
            methods: worker_type.methods(),
            window: if worker_type.is_pool() { 1 } else { WINDOW },
            is_pool: worker_type.is_pool(),
            queue: CallQueue::default(),
            processes: Vec::new(),
            free: BTreeSet::new(),
            asked_to_stop: false,
        }
    }

    /// Returns the spec of one of its processes. The process finds its doorbell at descriptor 3, and its memory at 4 if the
    /// memory has no name. It sets its niceness itself.
    pub(super) fn spec(&self, number: usize) -> ChildSpec {
        let name = self.process_name(number);
        let memory = (4, Source::Given(1));
        ChildSpec {
            program: Program::Opened(self.program.clone()),
            arguments: iter::once(format!("{}: {name}", self.daemon).into())
                .chain(self.arguments.iter().cloned())
                .collect(),
            environment: Environment {
                inherits: self.spec.env.map(|names| names.iter().map(Into::into).collect()),
                set: Vec::new(),
            },
            descriptors: [(3, Source::Given(0))]
                .into_iter()
                .chain((!self.spec.named_memory).then_some(memory))
                .collect(),
            streams: self.streams,
            blocked: true,
            group: Group::Own,
            directory: None,
            rights: Rights::default(),
            orphan: None,
            readiness: Readiness::Reported,
            quiet: false,
            policy: self.spec.policy,
            name,
        }
    }

    /// Returns the process with the fewest calls among those that take another.
    pub(super) fn least_busy(&self) -> Option<usize> {
        self.free.first().map(|(_, index)| *index)
    }

    /// Returns the name of a process in the log.
    pub(super) fn process_name(&self, number: usize) -> String {
        format!("{}/{number}", self.name)
    }

    /// Returns the index of a method, by its name in the worker or on the wire.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let short = |method: &RemoteMethod| method.spec.name.short() == name;
        // The prefix of its method names on the wire.
        let prefix = if self.is_pool { &self.daemon } else { self.spec.name };
        let whole = |method: &RemoteMethod| method.spec.name.of(prefix) == name;
        self.methods.iter().position(|method| short(method) || whole(method))
    }

    /// Checks the parameters of a call.
    pub(super) fn check(&self, method: usize, params: &[u8]) -> Result<(), Fault> {
        let method = &self.methods[method];
        let text = std::str::from_utf8(params).ok().filter(|text| !text.is_empty());
        params::check(method.check, &Params::new(text, method.spec.params, &Rewritten::new()))
    }

    /// Returns how long a call may take.
    pub(super) fn timeout(&self, method: usize) -> Option<Duration> {
        self.methods[method].timeout.or(self.spec.call_timeout)
    }

    /// Returns when to check the heartbeat for the first time after a start; `None` if the worker has none.
    pub(super) fn first_check(&self, now: Instant) -> Option<Instant> {
        self.spec.heartbeat.map(|longest| after(now, longest / 2))
    }
}
