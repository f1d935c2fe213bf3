//! A worker as it was declared: what the macros write about an annotated struct and its impl, as plain data.
//!
//! This is only data: the daemon starts the workers, and a worker's own process calls the functions listed here.

use std::fmt;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use super::flag::FlagSpec;
use super::{Flags, Hook, Initial, Listener, Setup, Timer};
use crate::channel::Channel;
use crate::channel::message::Hello;
use crate::error::Result;
use crate::rpc::Method;
use crate::rpc::method::MethodSpec;
use crate::rpc::params::Check;
use crate::supervisor::spec::Policy;

/// A struct that `#[worker]` describes: its name, its settings and its flags.
///
/// Written by `#[worker]` on the struct; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker yet",
    note = "write `#[worker]` above `struct {Self}`"
)]
pub trait DescribeWorker: Sized + 'static {
    /// Name, help and settings.
    const SPEC: WorkerSpec;
}

/// A worker: the tables that `#[worker]` on the impl block generates from its methods.
///
/// Written by `#[worker]` on the impl block; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods, listeners or loop yet",
    note = "write `#[worker]` above `impl {Self} {{ … }}`; the block may be empty"
)]
pub trait Worker: DescribeWorker {
    /// The struct with its flags: the one from which `spinup` makes the state, or the state itself.
    type Settings: Flags + Initial;
    /// The methods, called on the daemon's socket.
    const METHODS: &'static [Method<Self, Self::Settings>];
    /// The listeners, called on events.
    const LISTENERS: &'static [Listener<Self>];
    /// The timers, called at intervals, besides the tick.
    const TIMERS: &'static [Timer<Self>];
    /// Makes the state first; an error ends the worker.
    const SPINUP: Setup<Self::Settings, Self>;
    /// One turn of its loop; an error ends the worker.
    const TICK: Option<Hook<Self>>;
    /// The hook called last.
    const SPINDOWN: Option<Hook<Self>>;
}

/// What a worker is, and how it is supervised.
#[derive(Debug, Clone, Copy)]
pub struct WorkerSpec {
    /// The name of the worker, and of its methods on the daemon's socket.
    pub name: &'static str,
    /// Its help; the first line is the short one.
    pub doc: &'static str,
    /// The interval between two ticks; with `None` it ticks after each message.
    pub every: Option<Duration>,
    /// How many processes do the work; `None` for as many as there are cores.
    pub count: Option<usize>,
    /// Whether the daemon continues without it once it has been given up.
    pub optional: bool,
    /// Its niceness, -20 to 19; `None` keeps that of the daemon.
    pub nice: Option<i32>,
    /// How long it may be silent before it counts as hung; `None` for no limit.
    pub heartbeat: Option<Duration>,
    /// How long one call may take before the worker counts as hung, and how long a caller waits; `None` for no limit.
    pub call_timeout: Option<Duration>,
    /// Whether its memory has a name in /dev/shm until both sides have mapped it; otherwise it never has one.
    pub named_memory: bool,
    /// The variables of the daemon's environment that it inherits; `None` for all.
    pub env: Option<&'static [&'static str]>,
    /// When its processes are replaced although they are well.
    pub recycle: Recycle,
    /// When it is restarted, and how it is stopped.
    pub policy: Policy,
}

/// When a process is replaced by a new one although it is well: it may leak, or hold on to what it no longer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recycle {
    /// After it has answered this many calls.
    pub calls: Option<u64>,
    /// Once it uses more than this many bytes of memory that it shares with no other process.
    pub memory: Option<u64>,
    /// After it has run for this long.
    pub age: Option<Duration>,
}

impl Recycle {
    /// Returns no limits.
    pub const fn never() -> Self {
        Recycle { calls: None, memory: None, age: None }
    }
}

impl WorkerSpec {
    /// Returns a worker with the usual settings.
    pub const fn new(name: &'static str) -> Self {
        WorkerSpec {
            name,
            doc: "",
            every: None,
            count: Some(1),
            optional: false,
            nice: None,
            heartbeat: None,
            call_timeout: None,
            named_memory: false,
            env: None,
            recycle: Recycle::never(),
            policy: Policy::new(),
        }
    }

    /// Returns the workers of a pool with the usual settings: as many processes as there are cores.
    ///
    /// A call that crashes its worker is a failure of that call: the worker is replaced at once, without a limit on how
    /// often.
    pub const fn pool(name: &'static str) -> Self {
        WorkerSpec { count: None, ..WorkerSpec::new(name) }
    }

    /// Sets how many processes do the work.
    #[cfg(test)]
    pub(crate) fn count(self, count: usize) -> Self {
        WorkerSpec { count: Some(count), ..self }
    }

    /// Returns how many processes do the work on this machine.
    pub(crate) fn processes(&self) -> usize {
        self.count.unwrap_or_else(|| available_parallelism().map_or(1, NonZeroUsize::get))
    }
}

/// A method of a worker as the daemon sees it: everything but the function that runs it.
pub struct RemoteMethod {
    /// What it says about itself.
    pub(crate) spec: MethodSpec,
    /// Checks the parameters of a call.
    pub(crate) check: Check,
    /// How long a call may take, if the method sets a limit of its own.
    pub(crate) timeout: Option<Duration>,
}

/// A worker without its type: what the daemon knows about it, and how to run its process.
pub trait WorkerType: Send + Sync {
    /// Its settings.
    fn spec(&self) -> WorkerSpec;
    /// Whether it runs methods of the daemon itself.
    fn is_pool(&self) -> bool;
    /// Its flags.
    fn flags(&self) -> Vec<&'static FlagSpec>;
    /// Checks a value of a flag.
    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String>;
    /// Its methods, in the order of their numbers on the channel.
    fn methods(&self) -> Vec<RemoteMethod>;
    /// Runs the worker in its own process.
    fn run(&self, startup: Startup) -> Result<()>;
}

impl WorkerType for &'static dyn WorkerType {
    fn spec(&self) -> WorkerSpec {
        (**self).spec()
    }

    fn is_pool(&self) -> bool {
        (**self).is_pool()
    }

    fn flags(&self) -> Vec<&'static FlagSpec> {
        (**self).flags()
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        (**self).try_flag(index, given)
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        (**self).methods()
    }

    fn run(&self, startup: Startup) -> Result<()> {
        (**self).run(startup)
    }
}

impl fmt::Debug for dyn WorkerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec().name)
    }
}

/// What a worker's process receives from its daemon.
pub struct Startup {
    pub(crate) channel: Channel,
    pub(crate) hello: Hello,
}

/// A worker of the program, from any crate.
///
/// `#[worker]` writes one; `inventory` collects them.
pub struct Registered {
    /// The crate that contains it.
    pub krate: &'static str,
    /// Where it was written: file, line and column.
    pub place: (&'static str, u32, u32),
    /// The worker.
    pub worker_type: &'static dyn WorkerType,
}

inventory::collect!(Registered);
