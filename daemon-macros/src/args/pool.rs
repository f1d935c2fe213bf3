//! The arguments of `pool(…)` among those of `#[daemon(…)]`.

use proc_macro2::Ident;
use syn::LitStr;

use super::{Args, Count, Grammar, Number, text_of};

pub(super) const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("name", "name = \"pool\""),
        ("count", "count = 4"),
        ("nice", "nice = 10"),
        ("timeout", "timeout = \"5s\""),
        ("stop_grace", "stop_grace = \"5s\""),
        ("min_uptime", "min_uptime = \"1s\""),
        ("backoff", "backoff(\"100ms\", \"30s\")"),
        ("env", "env(\"PATH\", \"LANG\")"),
    ],
    repeats: &[],
};

/// What one `pool(…)` was given.
pub(crate) struct Pool {
    /// The word `pool`.
    pub(crate) place: Ident,
    /// Whether it has a name at all.
    pub(crate) named: bool,
    pub(crate) name: Option<LitStr>,
    pub(crate) count: Option<Count>,
    pub(crate) nice: Option<Number>,
    pub(crate) timeout: Option<LitStr>,
    pub(crate) stop_grace: Option<LitStr>,
    pub(crate) min_uptime: Option<LitStr>,
    /// The first delay and the longest one.
    pub(crate) backoff: Option<(LitStr, LitStr)>,
    /// The variables that they get; none if all are meant.
    pub(crate) env: Vec<LitStr>,
}

impl Pool {
    pub(super) fn read(place: Ident, mut args: Args<'_>) -> Self {
        Pool {
            place,
            named: args.has("name"),
            name: args.text("name"),
            count: args.count("count"),
            nice: args.number("nice"),
            timeout: args.text("timeout"),
            stop_grace: args.text("stop_grace"),
            min_uptime: args.text("min_uptime"),
            backoff: args.pair("backoff", text_of, text_of),
            env: args.texts("env"),
        }
    }
}
