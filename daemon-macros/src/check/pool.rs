//! Pools of workers for a daemon's own methods, checked.

use std::time::Duration;

use syn::LitStr;

use super::name::{self, Taken};
use super::number::{check_count, check_nice};
use super::{period, worker};
use crate::args::{self, Count, Number};
use crate::errors::Errors;
use crate::features;

/// The settings of a pool.
pub(crate) struct Pool {
    pub(crate) name: String,
    pub(crate) count: Option<Count>,
    pub(crate) nice: Option<Number>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) stop_grace: Option<Duration>,
    pub(crate) min_uptime: Option<Duration>,
    pub(crate) backoff: Option<(Duration, Duration)>,
    /// The variables that they get; none if all are meant.
    pub(crate) env: Vec<LitStr>,
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
    check_count(args.count.as_ref(), errors);
    check_nice(args.nice.as_ref(), errors);
    let timeout = args.timeout.and_then(|text| period::longest(&text, errors));
    let stop_grace = args.stop_grace.and_then(|text| period::duration(&text, errors));
    let min_uptime = args.min_uptime.and_then(|text| period::duration(&text, errors));
    let backoff = args.backoff.and_then(|pair| period::backoff(pair, errors));
    let env = worker::env(args.env, errors);
    let written = args.name?;
    let name = name::pool(&written, errors);
    taken.take(name.clone(), &args.place, &written, errors, |_| {
        format!("there is a pool `{name}` already; write another name, or all of it into one `pool(…)`")
    });
    let (count, nice) = (args.count, args.nice);
    Some(Pool { name, count, nice, timeout, stop_grace, min_uptime, backoff, env })
}
