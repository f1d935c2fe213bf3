//! The arguments of `#[worker(…)]`, checked.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::LitStr;

use super::number::{check_count, check_nice, check_range};
use super::{period, size};
use crate::args::{self, Count, Number};
use crate::errors::Errors;
use crate::{features, spell};

/// The kinds of restart, as written and as the variants of `Restart`.
const RESTARTS: [(&str, &str); 3] = [("always", "Always"), ("on-failure", "OnFailure"), ("never", "Never")];
/// The ways to share memory.
const MEMORIES: [&str; 2] = ["sealed", "named"];
/// With a shorter heartbeat, pauses of the scheduler would look like a hang.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

/// The settings of a worker.
pub(crate) struct WorkerSpec {
    pub(crate) every: Option<Duration>,
    /// A variant of `Restart`.
    pub(crate) restart: Option<Ident>,
    pub(crate) optional: bool,
    pub(crate) count: Option<Count>,
    pub(crate) nice: Option<Number>,
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) stop_grace: Option<Duration>,
    pub(crate) min_uptime: Option<Duration>,
    pub(crate) backoff: Option<(Duration, Duration)>,
    pub(crate) intensity: Option<(Number, Duration)>,
    pub(crate) recycle: Option<Recycle>,
    pub(crate) named_memory: bool,
    /// The variables that it inherits; empty for all.
    pub(crate) env: Vec<LitStr>,
}

/// When processes are replaced although they are well.
pub(crate) struct Recycle {
    pub(crate) calls: Option<Number>,
    /// In bytes.
    pub(crate) memory: Option<u64>,
    pub(crate) age: Option<Duration>,
}

impl WorkerSpec {
    pub(super) fn check(args: args::Worker, errors: &mut Errors) -> Self {
        check_count(args.count.as_ref(), errors);
        check_nice(args.nice.as_ref(), errors);
        WorkerSpec {
            every: args.every.and_then(|text| period::period(&text, errors)),
            restart: args.restart.and_then(|text| restart(&text, errors)),
            optional: args.optional,
            count: args.count,
            nice: args.nice,
            heartbeat: args.heartbeat.and_then(|text| heartbeat(&text, errors)),
            call_timeout: args.call_timeout.and_then(|text| period::longest(&text, errors)),
            start_timeout: args.start_timeout.and_then(|text| period::longest(&text, errors)),
            stop_grace: args.stop_grace.and_then(|text| period::duration(&text, errors)),
            min_uptime: args.min_uptime.and_then(|text| period::duration(&text, errors)),
            backoff: args.backoff.and_then(|pair| period::backoff(pair, errors)),
            intensity: args.intensity.and_then(|pair| intensity(pair, errors)),
            recycle: args.recycle.map(|limits| recycle(limits, errors)),
            env: env(args.env, errors),
            named_memory: args.memory.is_some_and(|text| named_memory(&text, errors)),
        }
    }
}

fn restart(text: &LitStr, errors: &mut Errors) -> Option<Ident> {
    let word = text.value();
    let found = RESTARTS.iter().find(|(written, _)| *written == word);
    if found.is_none() {
        errors.at(text, spell::unknown("kind of restart", &word, &RESTARTS.map(|(written, _)| written)));
    }
    found.map(|(_, variant)| Ident::new(variant, Span::call_site()))
}

fn heartbeat(text: &LitStr, errors: &mut Errors) -> Option<Duration> {
    let longest = period::duration(text, errors)?;
    if longest < SHORTEST_HEARTBEAT {
        errors.at(text, "a healthy worker may be silent for 10 ms: write `heartbeat = \"10ms\"` or longer");
    }
    Some(longest)
}

fn intensity((restarts, within): (Number, LitStr), errors: &mut Errors) -> Option<(Number, Duration)> {
    let most = i64::from(u32::MAX);
    check_range(Some(&restarts), 0..=most, "a number of restarts is 0 to 4294967295", errors);
    Some((restarts, period::longest(&within, errors)?))
}

fn recycle(limits: args::Recycle, errors: &mut Errors) -> Recycle {
    check_range(limits.calls.as_ref(), 1..=i64::MAX, "a number of calls is at least 1", errors);
    Recycle {
        calls: limits.calls,
        memory: limits.memory.and_then(|text| size::bytes(&text, errors)),
        age: limits.age.and_then(|text| period::longest(&text, errors)),
    }
}

/// Checks the names of environment variables.
fn env(names: Vec<LitStr>, errors: &mut Errors) -> Vec<LitStr> {
    for name in &names {
        if name.value().is_empty() || name.value().contains(['=', '\0']) {
            errors.at(name, "this is not the name of a variable: write it as in `env(\"PATH\", \"LANG\")`");
        }
    }
    names
}

fn named_memory(text: &LitStr, errors: &mut Errors) -> bool {
    let word = text.value();
    if !MEMORIES.contains(&word.as_str()) {
        errors.at(text, spell::unknown("kind of memory", &word, &MEMORIES));
    }
    if word == "named" {
        features::require(features::NAMED_MEMORY, text, errors);
    }
    word == "named"
}
