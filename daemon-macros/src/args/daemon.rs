//! The arguments of `#[daemon(…)]` on a struct.

use proc_macro2::Ident;
use syn::{Expr, LitStr, Path};

use super::list::{Argument, Field, arguments};
use super::value::Number;
use super::{Arg, Args, Grammar, Pool, Services};

arguments! {
    /// The arguments of the attribute, as written.
    Daemon("pool" may be repeated) {
        name: Option<LitStr> = "name = \"echo\"",
        socket: Vec<LitStr> = "socket = \"unix:/run/echo.sock\"",
        pid_file: Option<LitStr> = "pid_file = \"/run/echo.pid\"",
        dialects: Option<Vec<Path>> = "dialects(json, http, mcp, varlink, xml)",
        varlink: Option<LitStr> = "varlink = \"com.example\"",
        mode: Option<Number> = "mode = 0o660",
        nice: Option<Number> = "nice = -5",
        umask: Option<Number> = "umask = 0o027",
        services: Option<Services> = "services(web(command = \"sleep 60\"))",
        cycle: bool = "cycle",
        needs: Option<Vec<Path>> = "needs(Kernel)",
        limits: Vec<Limit> = "limits(connections = 20000, idle = \"5min\")",
        workers: Option<Vec<Path>> = "workers(Copier, Primes)",
        pool: Vec<Pool> = "pool(name = \"pool\", count = 4)",
    }
}

pub(crate) const LIMITS: Grammar = Grammar {
    what: "limit",
    known: &[
        ("frame", "frame = 1048576"),
        ("nesting", "nesting = 128"),
        ("batch", "batch = 1000"),
        ("connections", "connections = 20000"),
        ("output_soft", "output_soft = 1048576"),
        ("output_soft_time", "output_soft_time = \"10s\""),
        ("output_hard", "output_hard = 16777216"),
        ("idle", "idle = \"5min\""),
        ("half_frame", "half_frame = \"10s\""),
        ("subscriptions", "subscriptions = 256"),
        ("items", "items = 1024"),
        ("handle", "handle = 4096"),
        ("slow", "slow = \"1s\""),
        ("threads", "threads = 64"),
        ("futures", "futures = 1024"),
        ("drain", "drain = \"5s\""),
    ],
    repeats: &[],
};

/// One limit: its name, its value, and an example of how to write it.
pub(crate) struct Limit {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
    pub(crate) example: &'static str,
}

impl Field for Vec<Limit> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        let Some(mut args) = args.nested(name, &LIMITS) else { return Vec::new() };
        args.all().into_iter().filter_map(|arg| limit(arg, &mut args)).collect()
    }
}

fn limit(arg: Arg, args: &mut Args<'_>) -> Option<Limit> {
    let Some(value) = Expr::read(&arg) else {
        args.refuse(&arg);
        return None;
    };
    let example = args.grammar.example(&arg.name.to_string());
    Some(Limit { name: arg.name, value, example })
}
