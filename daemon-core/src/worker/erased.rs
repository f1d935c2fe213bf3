//! From a declared type to a worker without a type: what the daemon lists, and what the process runs.

use std::marker::PhantomData;

use super::main_loop::{Tables, run};
use crate::declare::Daemon;
use crate::declare::flag::{Flag, FlagSpec};
use crate::declare::worker::{RemoteMethod, Startup, Worker, WorkerSpec, WorkerType};
use crate::error::Result;
use crate::rpc::Method;
use crate::rpc::method::Handler;
use crate::rpc::params::Check;

/// Returns the worker that a type describes.
pub const fn worker_type<W: Worker>() -> &'static dyn WorkerType {
    const { &Of::<W>(PhantomData) }
}

/// Returns a worker of a pool, which runs these methods of a daemon.
pub(crate) fn pool<D: Daemon>(spec: WorkerSpec, methods: Vec<&'static Method<D>>) -> Box<dyn WorkerType> {
    Box::new(PoolOf { spec, methods })
}

struct Of<W>(PhantomData<fn(W)>);

impl<W: Worker> WorkerType for Of<W> {
    fn spec(&self) -> WorkerSpec {
        W::SPEC
    }

    fn is_pool(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<&'static FlagSpec> {
        faces(W::FLAGS)
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag(W::FLAGS, index, given)
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        W::METHODS.iter().map(remote_method).collect()
    }

    fn run(&self, startup: Startup) -> Result<()> {
        let tables = Tables {
            spec: W::SPEC,
            methods: W::METHODS.iter().collect(),
            flags: W::FLAGS,
            listeners: W::LISTENERS,
            timers: W::TIMERS,
            spinup: W::SPINUP,
            tick: W::TICK,
            spindown: W::SPINDOWN,
            winds_up: true,
        };
        run(tables, startup)
    }
}

/// A worker of a pool: its state is the daemon with only its flags set.
struct PoolOf<D: 'static> {
    spec: WorkerSpec,
    methods: Vec<&'static Method<D>>,
}

impl<D: Daemon> WorkerType for PoolOf<D> {
    fn spec(&self) -> WorkerSpec {
        self.spec
    }

    fn is_pool(&self) -> bool {
        true
    }

    fn flags(&self) -> Vec<&'static FlagSpec> {
        faces(D::FLAGS)
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag(D::FLAGS, index, given)
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        self.methods.iter().copied().map(remote_method).collect()
    }

    fn run(&self, startup: Startup) -> Result<()> {
        let tables = Tables {
            spec: self.spec,
            methods: self.methods.clone(),
            flags: D::FLAGS,
            listeners: &[],
            timers: &[],
            spinup: None,
            tick: None,
            spindown: None,
            winds_up: false,
        };
        run(tables, startup)
    }
}

fn faces<S>(flags: &'static [Flag<S>]) -> Vec<&'static FlagSpec> {
    flags.iter().map(|flag| &flag.spec).collect()
}

fn try_flag<S: Default>(flags: &[Flag<S>], index: usize, given: &[String]) -> Result<(), String> {
    flags.get(index).map_or(Ok(()), |flag| (flag.set)(&mut S::default(), given))
}

/// Returns a method as the daemon sees it.
fn remote_method<S>(method: &'static Method<S>) -> RemoteMethod {
    let timeout = match method.run {
        Handler::Here(_) => None,
        Handler::Pooled { timeout, .. } => timeout,
    };
    RemoteMethod { spec: method.spec, check: method.check.unwrap_or(UNCHECKED), timeout }
}

/// Checks nothing: the method reads the parameters itself.
const UNCHECKED: Check = |_| Ok(());
