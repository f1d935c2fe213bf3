//! The arguments of `pool(…)` among those of `#[daemon(…)]`.

use proc_macro2::Ident;

use super::list::Field;
use super::{Args, Grammar, Worker};

/// A pool has some of a worker's settings, under the same names, except that `timeout` is a worker's `call_timeout`.
const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("name", "name = \"pool\""),
        ("count", "count = 4"),
        ("nice", "nice = 10"),
        ("timeout", "timeout = \"5s\""),
        ("stop_grace", "stop_grace = \"5s\""),
        ("min_uptime", "min_uptime = \"1s\""),
        ("backoff", "backoff(\"100ms\", \"30s\")"),
        ("recycle", "recycle(calls = 1000, memory = \"200MiB\", age = \"1h\")"),
        ("env", "env(\"PATH\", \"LANG\")"),
    ],
    repeats: &[],
};

/// The arguments of one `pool(…)`, as written.
pub(crate) struct Pool {
    /// The word `pool`.
    pub(crate) place: Ident,
    /// Whether a name was given, valid or not.
    pub(crate) named: bool,
    pub(crate) settings: Worker,
}

impl Pool {
    fn read(place: Ident, mut args: Args<'_>) -> Self {
        let named = args.has("name");
        let call_timeout = args.read_as("timeout");
        Pool { place, named, settings: Worker { call_timeout, ..Worker::take(&mut args) } }
    }
}

impl Field for Vec<Pool> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        let mut pools = Vec::new();
        while let Some(arg) = args.take(name) {
            let place = arg.name.clone();
            pools.extend(args.within(arg, &GRAMMAR).map(|args| Pool::read(place, args)));
        }
        pools
    }
}
