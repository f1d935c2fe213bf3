//! The arguments of `#[worker(…)]` on a struct.

use proc_macro2::TokenStream;
use syn::LitStr;

use super::{Args, Count, Grammar, Number, number_of, text_of};
use crate::errors::Errors;

const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("name", "name = \"handyman\""),
        ("every", "every = \"10s\""),
        ("restart", "restart = \"on-failure\""),
        ("optional", "optional"),
        ("count", "count = 4"),
        ("nice", "nice = 5"),
        ("heartbeat", "heartbeat = \"2s\""),
        ("call_timeout", "call_timeout = \"5s\""),
        ("start_timeout", "start_timeout = \"30s\""),
        ("stop_grace", "stop_grace = \"5s\""),
        ("min_uptime", "min_uptime = \"1s\""),
        ("backoff", "backoff(\"100ms\", \"30s\")"),
        ("intensity", "intensity(10, \"1min\")"),
        ("memory", "memory = \"sealed\""),
        ("env", "env(\"PATH\", \"LANG\")"),
    ],
    repeats: &[],
};

/// What `#[worker(…)]` on a struct was given.
pub(crate) struct Worker {
    pub(crate) name: Option<LitStr>,
    pub(crate) every: Option<LitStr>,
    pub(crate) restart: Option<LitStr>,
    pub(crate) optional: bool,
    pub(crate) count: Option<Count>,
    pub(crate) nice: Option<Number>,
    pub(crate) heartbeat: Option<LitStr>,
    pub(crate) call_timeout: Option<LitStr>,
    pub(crate) start_timeout: Option<LitStr>,
    pub(crate) stop_grace: Option<LitStr>,
    pub(crate) min_uptime: Option<LitStr>,
    /// The first delay and the longest one.
    pub(crate) backoff: Option<(LitStr, LitStr)>,
    /// How many restarts, and within how long.
    pub(crate) intensity: Option<(Number, LitStr)>,
    pub(crate) memory: Option<LitStr>,
    /// The variables that it gets; none if all are meant.
    pub(crate) env: Vec<LitStr>,
}

impl Worker {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::read(tokens, &GRAMMAR, errors);
        Worker {
            name: args.text("name"),
            every: args.text("every"),
            restart: args.text("restart"),
            optional: args.bare("optional").is_some(),
            count: args.count("count"),
            nice: args.number("nice"),
            heartbeat: args.text("heartbeat"),
            call_timeout: args.text("call_timeout"),
            start_timeout: args.text("start_timeout"),
            stop_grace: args.text("stop_grace"),
            min_uptime: args.text("min_uptime"),
            backoff: args.pair("backoff", text_of, text_of),
            intensity: args.pair("intensity", number_of, text_of),
            memory: args.text("memory"),
            env: args.texts("env"),
        }
    }
}
