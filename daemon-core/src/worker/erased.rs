//! From a declared type to a worker without a type: what the daemon lists, and what the process runs.

use std::marker::PhantomData;

use super::main_loop::{Callable, Run, Tables, run};
use crate::declare::flag::FlagSpec;
use crate::declare::worker::{RemoteMethod, Startup, Worker, WorkerSpec, WorkerType};
use crate::declare::{Daemon, Flags, Initial};
use crate::error::Result;
use crate::rpc::Method;
use crate::rpc::method::{Handler, MethodSpec};
use crate::rpc::params::Check;

/// Returns the worker that a type describes.
pub const fn worker_type<W: Worker>() -> &'static dyn WorkerType {
    const { &Of::<W>(PhantomData) }
}

/// Returns a worker of a pool, which runs these methods of a daemon.
pub(crate) fn pool<D: Daemon>(
    spec: WorkerSpec,
    methods: Vec<&'static Method<D, D::Settings>>,
) -> Box<dyn WorkerType> {
    Box::new(PoolOf::<D> { spec, methods })
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
        faces::<W::Settings>()
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag::<W::Settings>(index, given)
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        W::METHODS.iter().map(remote_method).collect()
    }

    fn run(&self, startup: Startup) -> Result<()> {
        let tables = Tables {
            spec: W::SPEC,
            methods: W::METHODS.iter().filter_map(callable).collect(),
            listeners: W::LISTENERS,
            timers: W::TIMERS,
            tick: W::TICK,
            spindown: W::SPINDOWN,
            winds_up: true,
        };
        run(tables, W::SPINUP, startup)
    }
}

/// A worker of a pool: its state is the struct with the daemon's flags.
struct PoolOf<D: Daemon> {
    spec: WorkerSpec,
    methods: Vec<&'static Method<D, D::Settings>>,
}

impl<D: Daemon> WorkerType for PoolOf<D> {
    fn spec(&self) -> WorkerSpec {
        self.spec
    }

    fn is_pool(&self) -> bool {
        true
    }

    fn flags(&self) -> Vec<&'static FlagSpec> {
        faces::<D::Settings>()
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag::<D::Settings>(index, given)
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        self.methods.iter().copied().map(remote_method).collect()
    }

    fn run(&self, startup: Startup) -> Result<()> {
        let tables = Tables {
            spec: self.spec,
            methods: self.methods.iter().filter_map(|method| pooled(method)).collect(),
            listeners: &[],
            timers: &[],
            tick: None,
            spindown: None,
            winds_up: false,
        };
        run(tables, |settings: D::Settings, _| Ok(settings), startup)
    }
}

/// Returns a method of a worker for its loop.
fn callable<S, F>(method: &'static Method<S, F>) -> Option<Callable<S>> {
    match method.run {
        Handler::Here(invoke) => Some(method.spec.callable(Run::Exclusive(invoke))),
        // The macros refuse it: a worker has no pools.
        Handler::Pooled { .. } => None,
    }
}

/// Returns a method of a pool for its loop.
fn pooled<S, F>(method: &'static Method<S, F>) -> Option<Callable<F>> {
    match method.run {
        Handler::Here(_) => None,
        Handler::Pooled { invoke, .. } => Some(method.spec.callable(Run::Shared(invoke))),
    }
}

impl MethodSpec {
    fn callable<S>(&self, run: Run<S>) -> Callable<S> {
        Callable { name: self.name.short(), params: self.params, run }
    }
}

fn faces<F: Flags>() -> Vec<&'static FlagSpec> {
    F::FLAGS.iter().map(|flag| &flag.spec).collect()
}

fn try_flag<F: Flags + Initial>(index: usize, given: &[String]) -> Result<(), String> {
    F::FLAGS.get(index).map_or(Ok(()), |flag| (flag.set)(&mut F::initial(), given))
}

/// Returns a method as the daemon sees it.
fn remote_method<S, F>(method: &'static Method<S, F>) -> RemoteMethod {
    let timeout = match method.run {
        Handler::Here(_) => None,
        Handler::Pooled { timeout, .. } => timeout,
    };
    RemoteMethod { spec: method.spec, check: method.check.unwrap_or(UNCHECKED), timeout }
}

/// Checks nothing: the method reads the parameters itself.
const UNCHECKED: Check = |_| Ok(());
