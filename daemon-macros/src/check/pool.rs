//! Pools of workers for a daemon's own methods, checked.

use super::name::{self, Taken};
use super::worker::WorkerSpec;
use crate::args;
use crate::errors::Errors;
use crate::features;

/// A pool: the settings of its workers.
pub(crate) struct Pool {
    pub(crate) name: String,
    pub(crate) settings: WorkerSpec,
}

/// Checks every `pool(…)` of a daemon.
pub(crate) fn pools(pools: Vec<args::Pool>, errors: &mut Errors) -> Vec<Pool> {
    let mut taken = Taken::new();
    pools.into_iter().filter_map(|args| pool(args, &mut taken, errors)).collect()
}

fn pool(args: args::Pool, taken: &mut Taken<String>, errors: &mut Errors) -> Option<Pool> {
    features::require(features::WORKERS, &args.place, errors);
    if !args.named {
        errors.at(&args.place, "methods ask for a pool by its name: write `pool(name = \"pool\")`");
    }
    let written = args.settings.name.clone();
    let settings = WorkerSpec::check(args.settings, errors);
    let written = written?;
    let name = name::pool(&written, errors);
    taken.take(name.clone(), &args.place, &written, errors, |_| {
        format!("there is a pool `{name}` already; write another name, or all of it into one `pool(…)`")
    });
    Some(Pool { name, settings })
}
