//! Where a method runs, checked.

use std::time::Duration;

use super::handler::behind;
use super::{name, period};
use crate::args;
use crate::errors::Errors;
use crate::features;
use crate::model::Function;
use crate::side::Side;
use crate::types;

/// Where a method runs.
pub(crate) enum Process {
    /// The daemon; the method takes its state. Only a late reply has a timeout.
    Daemon { timeout: Option<Duration> },
    /// The worker it is declared in; the method takes that worker's state.
    Worker,
    /// The daemon, in a thread beside its loop; the method may take a handle.
    Thread { timeout: Option<Duration> },
    /// The daemon, as a future on its runtime; the method may take a handle.
    Future { timeout: Option<Duration> },
    /// A process of a pool; the method may take the daemon's configuration.
    Pool { name: String, timeout: Option<Duration> },
}

impl Process {
    /// Checks what `#[rpc_method]` on a function of this side says about its process.
    pub(crate) fn check(side: Side, function: &Function, args: &args::Method, errors: &mut Errors) -> Self {
        match side {
            Side::Daemon | Side::Plugin if function.beside() => Process::beside(function, args, errors),
            Side::Daemon if args.worker.given => Process::pool(args, errors),
            Side::Daemon | Side::Plugin => {
                if let Some(pool) = args.worker.value.as_ref().filter(|_| side == Side::Plugin) {
                    let advice =
                        "a plugin has no pools: write a free function, with `daemon = …` and `worker = …`";
                    errors.at(pool, advice);
                }
                let late = function.params.iter().any(|param| types::is_named(behind(&param.ty), "Reply"));
                if let Some(timeout) = args.timeout.as_ref().filter(|_| !late) {
                    let advice = "nothing interrupts the daemon's loop: have a pool run it, with `worker = \"pool\"`, or a \
                                  thread, with `thread`; or take a `Reply`";
                    errors.at(timeout, advice);
                }
                Process::Daemon {
                    timeout: args
                        .timeout
                        .as_ref()
                        .filter(|_| late)
                        .and_then(|text| period::longest(text, errors)),
                }
            }
            Side::Worker => {
                refuse_pool(args, errors);
                Process::Worker
            }
        }
    }

    /// Checks a method that runs in the daemon's process, but not on its loop.
    fn beside(function: &Function, args: &args::Method, errors: &mut Errors) -> Self {
        let timeout = args.timeout.as_ref().and_then(|text| period::longest(text, errors));
        match (&function.signature.asyncness, &args.thread) {
            (word, thread) if function.stream().is_some() => {
                if function.conditions.is_empty() {
                    features::require(features::TOKIO, &function.signature.output, errors);
                }
                if let Some(thread) = thread {
                    errors.at(thread, "a stream is read on the runtime: leave `thread` out");
                }
                if let Some(word) = word {
                    errors.at(word, "the stream itself may wait: leave `async` out");
                }
                Process::Future { timeout }
            }
            (Some(word), thread) => {
                // A function under `#[cfg]` may only exist with the feature.
                if function.conditions.is_empty() {
                    features::require(features::TOKIO, word, errors);
                }
                if let Some(thread) = thread {
                    errors.at(thread, "an `async` method runs as a future; leave `thread` out, or `async`");
                }
                Process::Future { timeout }
            }
            (None, _) => Process::Thread { timeout },
        }
    }

    fn pool(args: &args::Method, errors: &mut Errors) -> Self {
        features::require(features::WORKERS, &args.worker.value, errors);
        if let Some(thread) = &args.thread {
            errors.at(thread, "a pool runs it in a process of its own: leave `thread` out");
        }
        Process::Pool {
            name: args.worker.value.as_ref().map(|written| name::pool(written, errors)).unwrap_or_default(),
            timeout: args.timeout.as_ref().and_then(|text| period::longest(text, errors)),
        }
    }
}

fn refuse_pool(args: &args::Method, errors: &mut Errors) {
    if let Some(thread) = &args.thread {
        errors.at(thread, "a worker has a process to itself: leave `thread` out");
    }
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
