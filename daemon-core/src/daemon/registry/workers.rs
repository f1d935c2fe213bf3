//! The workers of a daemon and its pools, as the program declares them.

use super::own;
pub(super) use crate::daemon::built_in::workers::methods;
use crate::declare::Daemon;
use crate::declare::worker::{Registered, WorkerSpec, WorkerType};
use crate::error::{Error, Result};
use crate::rpc::method::{Handler, Method};
use crate::worker;

/// The workers of a daemon in the order of their start, and behind them its pools.
///
/// # Errors
///
/// If two of them have one name.
pub(in crate::daemon) fn worker_types<D: Daemon>() -> Result<Vec<Box<dyn WorkerType>>> {
    let listed = D::WORKERS.map_or_else(registered, <[_]>::to_vec);
    let mut types: Vec<Box<dyn WorkerType>> =
        listed.into_iter().map(|worker_type| Box::new(worker_type) as _).collect();
    types.extend(pools::<D>());
    for (index, worker_type) in types.iter().enumerate() {
        let name = worker_type.spec().name;
        if types[..index].iter().any(|other| other.spec().name == name) {
            return Err(Error::new(format!(
                "two workers, or a worker and a pool, are called `{name}`; give one of them another name with \
                 `#[worker(name = …)]`"
            )));
        }
    }
    Ok(types)
}

/// Every worker of the program, in a fixed order: the linker's is not.
fn registered() -> Vec<&'static dyn WorkerType> {
    let mut found: Vec<_> = inventory::iter::<Registered>().collect();
    // What one macro writes has one place.
    found.sort_by_key(|registered| (registered.place, registered.worker_type.spec().name));
    found.into_iter().map(|registered| registered.worker_type).collect()
}

/// A worker for each pool that a method of the daemon names.
fn pools<D: Daemon>() -> Vec<Box<dyn WorkerType>> {
    let mut pools: Vec<(&str, Vec<&'static Method<D>>)> = Vec::new();
    for method in own::<D>() {
        let Handler::Pooled { pool, .. } = method.run else { continue };
        match pools.iter_mut().find(|(name, _)| *name == pool) {
            Some((_, methods)) => methods.push(method),
            None => pools.push((pool, vec![method])),
        }
    }
    let declared = |name: &'static str| D::POOLS.iter().find(|pool| pool.name == name).copied();
    let pool = |(name, methods)| worker::pool(declared(name).unwrap_or(WorkerSpec::pool(name)), methods);
    pools.into_iter().map(pool).collect()
}
