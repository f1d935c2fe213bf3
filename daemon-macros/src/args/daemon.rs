//! The arguments of `#[daemon(…)]` on a struct.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, LitStr, Path};

use super::{Arg, Args, Given, Grammar, Number, Pool, items, pool};
use crate::errors::Errors;

const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("name", "name = \"echo\""),
        ("socket", "socket = \"unix:/run/echo.sock\""),
        ("pid_file", "pid_file = \"/run/echo.pid\""),
        ("mode", "mode = 0o660"),
        ("nice", "nice = -5"),
        ("umask", "umask = 0o027"),
        ("limits", "limits(connections = 20000, idle = \"5min\")"),
        ("workers", "workers(Copier, Primes)"),
        ("pool", "pool(name = \"pool\", count = 4)"),
    ],
    repeats: &["pool"],
};

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
        ("drain", "drain = \"5s\""),
    ],
    repeats: &[],
};

/// What `#[daemon(…)]` on a struct was given.
pub(crate) struct Daemon {
    pub(crate) name: Option<LitStr>,
    pub(crate) sockets: Vec<LitStr>,
    pub(crate) pid_file: Option<LitStr>,
    pub(crate) mode: Option<Number>,
    pub(crate) nice: Option<Number>,
    pub(crate) umask: Option<Number>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) workers: Option<Vec<Path>>,
    pub(crate) pools: Vec<Pool>,
}

/// One limit: its name, its value, and how it is written properly.
pub(crate) struct Limit {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
    pub(crate) example: &'static str,
}

impl Daemon {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::read(tokens, &GRAMMAR, errors);
        Daemon {
            name: args.text("name"),
            sockets: args.texts("socket"),
            pid_file: args.text("pid_file"),
            mode: args.number("mode"),
            nice: args.number("nice"),
            umask: args.number("umask"),
            limits: args.nested("limits", &LIMITS).map(limits).unwrap_or_default(),
            workers: workers(&mut args),
            pools: pools(&mut args),
        }
    }
}

fn limits(mut args: Args<'_>) -> Vec<Limit> {
    let all = args.all();
    all.into_iter().filter_map(|arg| limit(arg, &mut args)).collect()
}

fn limit(arg: Arg, args: &mut Args<'_>) -> Option<Limit> {
    match arg.given {
        Given::Value(value) => {
            let example = args.grammar.example(&arg.name.to_string());
            Some(Limit { name: arg.name, value, example })
        }
        Given::Nothing | Given::List(_) => {
            args.refuse(&arg);
            None
        }
    }
}

/// The types in `workers(…)`; there may be none.
fn workers(args: &mut Args<'_>) -> Option<Vec<Path>> {
    let arg = args.take("workers")?;
    let workers = match &arg.given {
        Given::List(list) => items(list.clone()),
        Given::Nothing | Given::Value(_) => None,
    };
    if workers.is_none() {
        args.refuse(&arg);
    }
    workers
}

fn pools(args: &mut Args<'_>) -> Vec<Pool> {
    let mut pools = Vec::new();
    while let Some(arg) = args.take("pool") {
        let place = arg.name.clone();
        pools.extend(args.within(arg, &pool::GRAMMAR).map(|args| Pool::read(place, args)));
    }
    pools
}
