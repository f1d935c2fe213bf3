//! The arguments of `#[worker(…)]` on a struct.

use syn::LitStr;

use super::Args;
use super::list::{Field, arguments};
use super::value::{Count, Number};

arguments! {
    /// The arguments of the attribute, as written.
    Worker {
        name: Option<LitStr> = "name = \"handyman\"",
        every: Option<LitStr> = "every = \"10s\"",
        restart: Option<LitStr> = "restart = \"on-failure\"",
        optional: bool = "optional",
        count: Option<Count> = "count = 4",
        nice: Option<Number> = "nice = 5",
        heartbeat: Option<LitStr> = "heartbeat = \"2s\"",
        call_timeout: Option<LitStr> = "call_timeout = \"5s\"",
        start_timeout: Option<LitStr> = "start_timeout = \"30s\"",
        stop_grace: Option<LitStr> = "stop_grace = \"5s\"",
        min_uptime: Option<LitStr> = "min_uptime = \"1s\"",
        /// The first delay and the longest one.
        backoff: Option<(LitStr, LitStr)> = "backoff(\"100ms\", \"30s\")",
        /// How many restarts are allowed, and within how long.
        intensity: Option<(Number, LitStr)> = "intensity(10, \"1min\")",
        recycle: Option<Recycle> = "recycle(calls = 1000, memory = \"200MiB\", age = \"1h\")",
        memory: Option<LitStr> = "memory = \"sealed\"",
        /// The environment variables that it gets; empty for all.
        env: Vec<LitStr> = "env(\"PATH\", \"LANG\")",
    }
}

arguments! {
    /// The arguments of `recycle(…)`, as written.
    Recycle {
        calls: Option<Number> = "calls = 1000",
        memory: Option<LitStr> = "memory = \"200MiB\"",
        age: Option<LitStr> = "age = \"1h\"",
    }
}

impl Field for Option<Recycle> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        Some(Recycle::take(&mut args.nested(name, &Recycle::GRAMMAR)?))
    }
}
