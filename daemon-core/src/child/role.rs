//! From a declared type to a worker without a type: what the daemon lists, and what the process runs.

use std::marker::PhantomData;

use super::work::{Tables, work};
use crate::declare::Daemon;
use crate::declare::flag::{Face, Flag};
use crate::declare::worker::{Assignment, Job, Offer, Pool, Role, Worker};
use crate::error::Result;
use crate::rpc::Method;
use crate::rpc::method::Handler;
use crate::rpc::params::Check;

/// The worker that a type describes.
pub const fn role<W: Worker>() -> &'static dyn Role {
    const { &Of::<W>(PhantomData) }
}

/// A worker of the pool `pool`, which runs these methods of a daemon.
pub(crate) fn pool<D: Daemon>(pool: Pool, methods: Vec<&'static Method<D>>) -> Box<dyn Role> {
    Box::new(OfPool { pool, methods })
}

struct Of<W>(PhantomData<fn(W)>);

impl<W: Worker> Role for Of<W> {
    fn job(&self) -> Job {
        W::JOB
    }

    fn is_pool(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<&'static Face> {
        faces(W::FLAGS)
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag(W::FLAGS, index, given)
    }

    fn offers(&self) -> Vec<Offer> {
        W::METHODS.iter().map(offer).collect()
    }

    fn work(&self, assignment: Assignment) -> Result<()> {
        let tables = Tables {
            job: W::JOB,
            methods: W::METHODS.iter().collect(),
            flags: W::FLAGS,
            listeners: W::LISTENERS,
            timers: W::TIMERS,
            spinup: W::SPINUP,
            tick: W::TICK,
            spindown: W::SPINDOWN,
            winds_up: true,
        };
        work(tables, assignment)
    }
}

/// A worker of a pool: its state is the daemon as the flags have made it.
struct OfPool<D: 'static> {
    pool: Pool,
    methods: Vec<&'static Method<D>>,
}

impl<D: Daemon> Role for OfPool<D> {
    fn job(&self) -> Job {
        self.pool.0
    }

    fn is_pool(&self) -> bool {
        true
    }

    fn flags(&self) -> Vec<&'static Face> {
        faces(D::FLAGS)
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        try_flag(D::FLAGS, index, given)
    }

    fn offers(&self) -> Vec<Offer> {
        self.methods.iter().copied().map(offer).collect()
    }

    fn work(&self, assignment: Assignment) -> Result<()> {
        let tables = Tables {
            job: self.pool.0,
            methods: self.methods.clone(),
            flags: D::FLAGS,
            listeners: &[],
            timers: &[],
            spinup: None,
            tick: None,
            spindown: None,
            winds_up: false,
        };
        work(tables, assignment)
    }
}

fn faces<S>(flags: &'static [Flag<S>]) -> Vec<&'static Face> {
    flags.iter().map(|flag| &flag.face).collect()
}

fn try_flag<S: Default>(flags: &[Flag<S>], index: usize, given: &[String]) -> Result<(), String> {
    flags.get(index).map_or(Ok(()), |flag| (flag.set)(&mut S::default(), given))
}

/// A method as the daemon sees it.
fn offer<S>(method: &'static Method<S>) -> Offer {
    let timeout = match &method.run {
        Handler::Here(_) => None,
        Handler::Pooled(pooled) => pooled.timeout,
    };
    Offer { about: method.about, check: method.check.unwrap_or(UNCHECKED), timeout }
}

/// Leaves the parameters to the method itself.
const UNCHECKED: Check = |_| Ok(());
