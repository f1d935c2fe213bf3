//! The process that runs a method, checked.

use std::time::Duration;

use super::{name, period};
use crate::args;
use crate::errors::Errors;
use crate::features;
use crate::side::Side;

/// The process that runs a method.
pub(crate) enum Process {
    /// The daemon; the method takes its state.
    Daemon,
    /// The worker it is declared in; the method takes that worker's state.
    Worker,
    /// A process of a pool; the method may take the daemon's configuration.
    Pool { name: String, timeout: Option<Duration> },
}

impl Process {
    /// Checks what `#[rpc_method]` on a function of this side says about its process.
    pub(crate) fn check(side: Side, args: &args::Method, errors: &mut Errors) -> Self {
        match side {
            Side::Daemon if args.worker.given => Process::pool(args, errors),
            Side::Daemon => {
                if let Some(timeout) = &args.timeout {
                    let advice =
                        "nothing interrupts the daemon's loop: have a pool run it, with `worker = \"pool\"`";
                    errors.at(timeout, advice);
                }
                Process::Daemon
            }
            Side::Worker => {
                refuse_pool(args, errors);
                Process::Worker
            }
        }
    }

    fn pool(args: &args::Method, errors: &mut Errors) -> Self {
        features::require(features::WORKERS, &args.worker.value, errors);
        Process::Pool {
            name: args.worker.value.as_ref().map(|written| name::pool(written, errors)).unwrap_or_default(),
            timeout: args.timeout.as_ref().and_then(|text| period::longest(text, errors)),
        }
    }
}

fn refuse_pool(args: &args::Method, errors: &mut Errors) {
    if let Some(pool) = &args.worker.value {
        errors.at(pool, "this worker runs it already; leave `worker = …` out");
    }
    if let Some(timeout) = &args.timeout {
        errors.at(
            timeout,
            "one limit counts for all calls of a worker: write `#[worker(call_timeout = \"5s\")]` above the \
             struct",
        );
    }
}
