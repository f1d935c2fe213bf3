//! The attributes of `daemon-core`, which re-exports them; depend on that crate, not on this one.
//!
//! Each macro takes the same way: `args` reads what stands between its parentheses, `model` takes the item
//! apart, `check` turns what was written into what is meant, `expand` writes data and calls into
//! `daemon_core::__private`. Mistakes are collected in `errors` and shown all at once; the item is emitted in
//! any case, with a `fallback` in place of the tables, so that one mistake does not look like many.

mod args;
mod attributes;
mod check;
mod errors;
mod expand;
mod fallback;
mod features;
mod model;
mod rpc_type;
mod side;
mod spell;
mod stages;
mod stub;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

use self::side::Side;

/// Makes a daemon of a struct and of its impl block; it stands above each of the two.
///
/// # On the struct
///
/// The struct is the state. It has named fields, no type parameters, and `Default`. Its doc comment is the help
/// of the daemon: the first line is the short one. These arguments, all optional, are its defaults; the command
/// line and the environment come before them.
///
/// | argument | meaning |
/// |---|---|
/// | `name = "echo"` | names the daemon, its files and its methods; else the type's name in kebab-case |
/// | `socket = "unix:/run/echo.sock"`, `socket("…", "tcp://127.0.0.1:7000")` | where it listens |
/// | `pid_file = "/run/echo.pid"` | where its pid file is |
/// | `mode = 0o660` | permission bits of its unix sockets |
/// | `nice = -5` | its niceness, -20 to 19 |
/// | `umask = 0o027` | its file mode creation mask when it detaches |
/// | `limits(connections = 20000, idle = "5min")` | bounds: counts and bytes as numbers, times as durations |
/// | `workers(Copier, Primes)` | the [workers](macro@worker) that it has, in the order of their start; else all of the program |
/// | `pool(name = "pool", count = 4)` | a pool of processes for some of its methods; one for each pool |
///
/// A pool that is not described here has as many processes as there are cores.
///
/// | argument of `pool(…)` | meaning |
/// |---|---|
/// | `name = "pool"` | what [`#[rpc_method(worker = "pool")]`](macro@rpc_method) asks for |
/// | `count = 4`, `count = "cores"` | how many processes, 1 to 1024 |
/// | `nice = 10`, `stop_grace = "5s"`, `env("PATH", "LANG")` | as of a [worker](macro@worker) |
/// | `timeout = "5s"` | how long a call may take whose method does not say; else for ever |
/// | `min_uptime = "1s"`, `backoff("100ms", "30s")` | as of a [worker](macro@worker), if one ends without a call; after a crash in a call it is replaced at once |
///
/// A field with `#[flag]` is a flag of the command line. `bool` is a switch; an `Option` may be left out; a `Vec`
/// takes any number; a `Duration` reads `30s`, a `PathBuf` becomes absolute, anything else has `FromStr`.
///
/// | argument of `#[flag]` | meaning |
/// |---|---|
/// | `short = 'p'`, `short` | the short form; alone, the first letter of the field |
/// | `long = "prefix"` | the long form; else the field's name in kebab-case |
/// | `env = "ECHO_PREFIX"` | the variable that sets it when the command line does not |
/// | `default = "…"` | its value when nothing sets it; else that of the struct's `Default` |
/// | `value_name = "TEXT"` | what stands for the value on the help page |
/// | `required` | the daemon does not start without it |
///
/// # On the impl block
///
/// | above a function | meaning |
/// |---|---|
/// | [`#[rpc_method]`](macro@rpc_method) | a method that clients call |
/// | `#[on_signal(SIGHUP, SIGUSR1)]` | called when one of these signals has arrived |
/// | `#[on(start)]` | called on events: `start`, `stop`, `reload`, `turn`, `connect`, `hang_up`; of workers: `worker`, `message`, `progress` |
/// | `#[every("30s")]` | called at this interval |
///
/// Listeners, those of signals and events, may take `&Event` and `&mut Context`; timers may take `&mut Context`.
/// So may the hooks: a function called `setup` runs before the daemon is ready, and an error of it ends the start;
/// one called `teardown` runs when everything accepted is answered. All of these return nothing or `Result<()>`.
///
/// `#[daemon(client = EchoClient)]` above the block makes a typed client of its methods, which calls them on a daemon that
/// runs: `EchoClient(&mut client).echo("hello")?`. What they take is `Serialize` then, what they return `DeserializeOwned`.
///
/// ```
/// use std::time::Duration;
///
/// use daemon_core::prelude::*;
///
/// /// I'm here to reply your data.
/// #[daemon(name = "echo", limits(idle = "5min"))]
/// #[derive(Default)]
/// struct Echo {
///     /// Text put in front of every reply
///     #[flag(short = 'p', env = "ECHO_PREFIX", default = "")]
///     prefix: String,
///     /// How long to wait for stragglers
///     #[flag]
///     patience: Option<Duration>,
///     served: u64,
/// }
///
/// #[daemon]
/// impl Echo {
///     /// Reply the message.
///     #[rpc_method(name = "my.echo")]
///     fn echo(&mut self, message: &str) -> String {
///         self.served += 1;
///         format!("{}{message}", self.prefix)
///     }
///
///     #[on_signal(SIGUSR1)]
///     #[on(reload)]
///     fn forget(&mut self) {
///         self.served = 0;
///     }
///
///     #[every("30s")]
///     fn tidy(&mut self, context: &mut Context) {
///         if self.served > 1000 {
///             context.stop();
///         }
///     }
///
///     fn setup(&mut self) -> Result<()> {
///         self.patience.get_or_insert(Duration::from_secs(1));
///         Ok(())
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn daemon(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::declare(Side::Daemon, args.into(), item.into()).into()
}

/// Makes a worker of a struct and of its impl block; it stands above each of the two.
///
/// A worker runs in a process of its own, with a loop of its own. The daemon starts it, watches it, starts it again,
/// and offers its methods as `<worker>.<method>`. It registers itself: every daemon of the program has it, unless
/// [`#[daemon(workers(…))]`](macro@daemon) lists others.
///
/// # On the struct
///
/// As for a daemon, the struct is the state: it has named fields, no type parameters, and `Default`. Its doc comment is
/// the help of the worker; its fields with `#[flag]` join the flags of the daemon. All of these arguments are optional.
///
/// | argument | meaning | else |
/// |---|---|---|
/// | `name = "handyman"` | names the worker and its methods | the type's name in kebab-case |
/// | `every = "10s"` | from one `tick` to the next | a tick after each message |
/// | `restart = "on-failure"` | when it is started again: `"always"`, `"on-failure"`, `"never"` | `"always"` |
/// | `optional` | the daemon goes on without it when it has been given up | the daemon stops |
/// | `count = 4`, `count = "cores"` | how many processes do the work, 1 to 1024 | 1 |
/// | `nice = 5` | its niceness, -20 to 19 | that of the daemon |
/// | `heartbeat = "2s"` | how long it may be silent before it is replaced, from 10 ms on | for ever |
/// | `call_timeout = "5s"` | how long a call may take before it is replaced | for ever |
/// | `start_timeout = "30s"` | how long `spinup` may take | 30 s |
/// | `stop_grace = "5s"` | how long it may take to stop before it is killed | 5 s |
/// | `min_uptime = "1s"` | how long it must have lived to be started again at once | 1 s |
/// | `backoff("100ms", "30s")` | how long it waits otherwise: the first time, and at most | as here |
/// | `intensity(10, "1min")` | how many restarts are bearable, within how long, before it is given up | it never is |
/// | `env("PATH", "LANG")` | the variables of the daemon's environment that it gets | all |
/// | `memory = "sealed"` | how it shares memory with the daemon: `"sealed"`, without a name, or `"named"` | `"sealed"` |
///
/// # On the impl block
///
/// | above a function | meaning |
/// |---|---|
/// | [`#[rpc_method]`](macro@rpc_method) | a method that clients of the daemon call |
/// | `#[on_signal(SIGHUP, SIGUSR1)]` | called when one of these signals has arrived |
/// | `#[on(start)]` | called on events: `start`, `stop`, `reload`, `turn`, `pause`, `resume` |
/// | `#[every("30s")]` | called at this interval |
///
/// Three functions are hooks, by their names: `spinup` runs first, `tick` is one turn of the loop, `spindown` runs last.
/// An error of the first two ends the process. They take `&mut self`, may take `&mut Context`, and return nothing, or a
/// `Result` of nothing.
///
/// `#[worker(client = CopierClient)]` above the block makes a typed client of its methods.
///
/// ```
/// use std::path::PathBuf;
///
/// use daemon_core::prelude::*;
///
/// /// Copies a file every ten seconds.
/// #[worker(name = "handyman", every = "10s", restart = "always")]
/// #[derive(Default)]
/// struct Copier {
///     /// What to copy
///     #[flag(default = "test.txt")]
///     file: PathBuf,
///     copy: PathBuf,
/// }
///
/// #[worker]
/// impl Copier {
///     fn spinup(&mut self) {
///         self.copy = self.file.with_extension("copy");
///     }
///
///     fn tick(&mut self, context: &mut Context) -> std::io::Result<()> {
///         let bytes = std::fs::copy(&self.file, &self.copy)?;
///         context.emit("copied", &bytes);
///         Ok(())
///     }
///
///     /// Change the output file name.
///     #[rpc_method]
///     fn changename(&mut self, name: String) -> bool {
///         self.copy = name.into();
///         true
///     }
/// }
///
/// #[daemon(name = "office", workers(Copier))]
/// #[derive(Default)]
/// struct Office {
///     copied: u64,
/// }
///
/// #[daemon]
/// impl Office {
///     #[on(message)]
///     fn heard(&mut self, event: &Event) {
///         if let Event::Message(message) = event {
///             self.copied += message.payload.as_u64().unwrap_or_default();
///         }
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn worker(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::declare(Side::Worker, args.into(), item.into()).into()
}

/// Makes a method of a function: one in an impl block under [`#[daemon]`](macro@daemon) or
/// [`#[worker]`](macro@worker), or a free one.
///
/// | argument | meaning |
/// |---|---|
/// | `name = "my.echo"` | its name on the wire; else `<daemon>.<function>` or `<worker>.<function>` |
/// | `alias = "…"`, `aliases("…", "…")` | other names that it answers to |
/// | `deprecated`, `deprecated = "use x instead"` | says so on every surface, as `#[deprecated]` above the function does |
/// | `hidden` | introspection and the command line leave it out |
/// | `allow(owner, root, uid = 1000, user = "www", gid = 5, group = "adm")` | who may call it; else everybody who can connect |
/// | `daemon = Echo` | for a free function: the daemon that it joins |
/// | `worker = "pool"` | for a function of a daemon: the pool of processes that runs it |
/// | `timeout = "5s"` | for a function of a pool: how long a call may take before its process is replaced |
///
/// # Parameters
///
/// Behind the state come what a caller gives, by name or by position: owned types that have `Deserialize` and
/// `JsonSchema` (see [`#[rpc_type]`](macro@rpc_type)), and `&str`. An `Option` may be left out, and so may a
/// parameter with `#[param(default = …)]`; these come after the others. A doc comment on a parameter is its help; one
/// leading underscore is not part of its name.
///
/// A `&mut Context` at any place is what the handler may ask of the daemon.
///
/// # The reply
///
/// The function returns the result, a `Result`, or nothing. The error of a `Result` becomes a fault: the one that
/// [`#[derive(Fault)]`](macro@Fault) gives it, or -32500 with the words of the error. A function that takes a
/// `Reply<T>` returns nothing and answers through it, now or later.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "texts")]
/// #[derive(Default)]
/// struct Texts {
///     calls: u64,
/// }
///
/// #[daemon]
/// impl Texts {
///     /// Repeat a text.
///     #[rpc_method(alias = "again")]
///     fn repeat(
///         &mut self,
///         text: &str,
///         /// How often
///         #[param(default = 2)]
///         times: usize,
///         separator: Option<String>,
///     ) -> String {
///         self.calls += 1;
///         vec![text; times].join(separator.as_deref().unwrap_or(" "))
///     }
///
///     /// The number in a text.
///     #[rpc_method]
///     fn number(&self, text: &str) -> std::result::Result<i64, std::num::ParseIntError> {
///         text.trim().parse()
///     }
/// }
///
/// // In any module, and in any crate that the program names in `extensions!`:
/// #[rpc_method(daemon = Texts, allow(owner))]
/// fn calls(state: &Texts) -> u64 {
///     state.calls
/// }
/// ```
///
/// # In a pool
///
/// What is slow or dangerous runs in another process with `worker = "pool"`: the loop goes on meanwhile, and a crash is
/// the failure of that one call. The state is not there, so the function takes no `self`. It may take the daemon as its
/// flags have made it, as `&Self` at any place; it returns the result, and takes no `Reply<T>`.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "primes", pool(name = "pool", nice = 10))]
/// #[derive(Default)]
/// struct Primes {
///     #[flag(default = "2")]
///     from: u64,
/// }
///
/// #[daemon]
/// impl Primes {
///     /// How many primes there are below a number.
///     #[rpc_method(worker = "pool", timeout = "5s")]
///     fn below(limit: u64, config: &Self) -> usize {
///         (config.from..limit).filter(|n| (2..*n).all(|divisor| n % divisor != 0)).count()
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn rpc_method(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::rpc_method(args.into(), item.into()).into()
}

/// Makes a struct or an enum fit to be a parameter or a result.
///
/// It derives `Serialize`, `Deserialize` and `JsonSchema` by way of `daemon_core`, so that nothing else has to be
/// depended on. `#[serde(…)]` and `#[schemars(…)]` below it work as ever; doc comments become descriptions in the
/// schema.
///
/// ```
/// use daemon_core::prelude::*;
///
/// /// An item of the store.
/// #[rpc_type]
/// #[derive(Debug, PartialEq)]
/// #[serde(rename_all = "camelCase")]
/// struct Item {
///     /// What it is called
///     full_name: String,
/// }
///
/// let item: Item = daemon_core::serde_json::from_str(r#"{"fullName": "a nail"}"#).unwrap();
/// assert_eq!(item, Item { full_name: "a nail".to_owned() });
/// ```
#[proc_macro_attribute]
pub fn rpc_type(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::rpc_type(args.into(), item.into()).into()
}

/// Makes faults of the variants of an enum, for handlers to return as errors.
///
/// Each variant has `#[fault(code = …)]`, a code of its own. Those from -32768 to -32000 belong to JSON-RPC 2.0,
/// section 5.1. Its message is what `message = "…"` says, where `{name}` and `{0}` stand for fields, as in
/// `format!`; or the first line of its doc comment; or its name as words. A field with `#[fault(data)]` goes along
/// as the fault's data.
///
/// Introspection lists the faults of every method that returns such an error.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[derive(Debug, Fault)]
/// enum Refused {
///     /// The store is full.
///     #[fault(code = 1)]
///     Full,
///     #[fault(code = 2, message = "no such item: {name}")]
///     Unknown {
///         name: String,
///         #[fault(data)]
///         similar: Vec<String>,
///     },
/// }
///
/// #[daemon(name = "store")]
/// #[derive(Default)]
/// struct Store {}
///
/// #[daemon]
/// impl Store {
///     #[rpc_method]
///     fn take(&mut self, name: String) -> std::result::Result<u32, Refused> {
///         Err(Refused::Unknown { name, similar: vec!["a nail".to_owned()] })
///     }
/// }
/// ```
#[proc_macro_derive(Fault, attributes(fault))]
pub fn fault(item: TokenStream) -> TokenStream {
    stages::fault(item.into()).into()
}

/// `#[daemon]`, `#[worker]` and `#[rpc_method]` on a system that daemon-core does not support.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn stub(_: TokenStream, item: TokenStream) -> TokenStream {
    stub::expand(item.into()).into()
}

/// `#[derive(Fault)]` on a system that daemon-core does not support.
#[doc(hidden)]
#[proc_macro_derive(StubFault, attributes(fault))]
pub fn stub_fault(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
