//! The attributes of `daemon-core`, which re-exports them; depend on that crate, not on this one.
//!
//! Each macro goes through the same stages: `args` reads the arguments, `model` takes the item apart, `check` turns
//! what was written into what is meant, `expand` writes data and calls into `daemon_core::__private`. Mistakes are
//! collected in `errors` and shown all at once. The item is emitted in any case, with a `fallback` in place of the
//! tables, so that one mistake does not look like many.

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
mod source;
mod spell;
mod stages;
mod stub;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

use self::side::Side;

/// Makes a daemon of a struct and its impl block; write it above both.
///
/// # On the struct
///
/// The struct is the state. It has named fields, no type parameters, and `Default`. Its doc comment is the help of the
/// daemon; its first line is the short help. These arguments, all optional, are its defaults; the command line and the
/// environment override them.
///
/// | argument | meaning |
/// |---|---|
/// | `name = "echo"` | the name of the daemon, its files and its methods; by default the type's name in kebab-case |
/// | `socket = "unix:/run/echo.sock"`, `socket("…", "tcp://127.0.0.1:7000")` | where it listens |
/// | `pid_file = "/run/echo.pid"` | where its pid file is |
/// | `dialects(json, http, mcp, varlink, xml)` | what its sockets speak; by default a unix socket speaks all that is compiled in, and an inet socket only JSON |
/// | `varlink = "com.example"` | the domain that the names of its interfaces of varlink start with; by default `local` |
/// | `mode = 0o660` | permission bits of its unix sockets |
/// | `nice = -5` | its niceness, -20 to 19 |
/// | `umask = 0o027` | its file mode creation mask when it detaches |
/// | `cycle` | `-c` runs each [timer](macro@every) once and exits, for cron |
/// | `limits(connections = 20000, idle = "5min")` | bounds: counts and bytes as numbers, times as durations |
/// | `services`, `services(web(command = "sleep 60"), db(command("sleep", "60")))` | it looks after other programs; the guide's page on services lists their settings. This needs the feature `services` |
/// | `workers(Copier, Primes)` | the [workers](macro@worker) of this daemon, in the order of their start; by default all workers of the program |
/// | `pool(name = "pool", count = 4)` | a pool of processes for some of its methods; repeat it for each pool |
///
/// A pool that is not described here has as many processes as there are cores.
///
/// | argument of `pool(…)` | meaning |
/// |---|---|
/// | `name = "pool"` | the name in [`#[rpc_method(worker = "pool")]`](macro@rpc_method) |
/// | `count = 4`, `count = "cores"` | how many processes, 1 to 1024 |
/// | `recycle(calls = 1000, memory = "200MiB", age = "1h")` | when a process is replaced although it is well |
/// | `nice = 10`, `stop_grace = "5s"`, `env("PATH", "LANG")` | as for a [worker](macro@worker) |
/// | `timeout = "5s"` | how long a call may take if its method sets no timeout; by default there is no limit |
/// | `min_uptime = "1s"`, `backoff("100ms", "30s")` | as for a [worker](macro@worker), if a process ends outside a call; after a crash in a call it is replaced at once |
///
/// A field with `#[metric]` stands in `daemon.metrics` by the name of the daemon and its own: a gauge, or with
/// `#[metric(counter)]` a number that only grows. `name = "…"` is another name. It is an integer, a float, a `bool`, a
/// `Duration`, or an atomic. This needs the feature `metrics`.
///
/// A field with `#[flag]` is a flag of the command line. `bool` is a switch; an `Option` may be left out; a `Vec` takes
/// any number of values; a `Duration` is read like `30s`; a `PathBuf` becomes absolute; any other type needs `FromStr`.
///
/// | argument of `#[flag]` | meaning |
/// |---|---|
/// | `short = 'p'`, `short` | the short form; without a value, the first letter of the field |
/// | `long = "prefix"` | the long form; by default the field's name in kebab-case |
/// | `env = "ECHO_PREFIX"` | the environment variable that sets it when the command line does not |
/// | `default = "…"` | its value when nothing sets it; without one, that of the struct's `Default` |
/// | `value_name = "TEXT"` | the placeholder for the value on the help page |
/// | `required` | the daemon does not start without it |
///
/// # On the impl block
///
/// | above a function | meaning |
/// |---|---|
/// | [`#[rpc_method]`](macro@rpc_method) | a method that clients call |
/// | `#[before_call]`, `#[after_call]` | called before and after every call, with `&BeforeCall` or `&AfterCall`; an error before it is its reply |
/// | `#[on_signal(SIGHUP, SIGUSR1)]` | called when one of these signals has arrived |
/// | `#[on(start)]` | called on events: `start`, `stop`, `reload`, `turn`, `connect`, `hang_up`; of workers: `worker`, `message`, `progress`; of services: `service` |
/// | `#[every("30s")]`, `#[every(period)]` | called at this interval, which may be a field of the state |
///
/// Listeners, for signals and events, may take `&Event` and `&mut Context`; timers may take `&mut Context`. So may the
/// hooks: a function called `setup` runs before the daemon is ready, and an error from it ends the start; one called
/// `teardown` runs when all accepted requests are answered. All of these return nothing or `Result<()>`.
///
/// This is the main block. `#[daemon(more)]` marks further blocks, in any module of the crate; they have no `setup` and
/// no `teardown`. Free functions of any crate may join the daemon as well, with `daemon = Echo` in these attributes.
///
/// `#[daemon(client = EchoClient)]` above a block generates a typed client of its methods, which calls them on a
/// running daemon: `EchoClient::connect("unix:/run/echo/echo.sock")?.echo("hello")?`, or `EchoClient(&mut client)` for
/// a connection that is also used otherwise. Parameters must then be `Serialize`, and results `DeserializeOwned`.
/// `EchoClient::discover()?` finds the daemon by its name, and again after it has restarted; `client(name = EchoClient,
/// timeout = "2s", wait = "5s", deadline = "10s", retries = 3, failures = 5, connections = 16)` says how patient that
/// client is, in the terms of `Discovery`.
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

/// Makes a worker of a struct and its impl block; write it above both.
///
/// A worker runs in a process of its own, with a loop of its own. The daemon starts it, watches it, restarts it, and
/// offers its methods as `<worker>.<method>`. It registers itself: every daemon of the program has it, unless
/// [`#[daemon(workers(…))]`](macro@daemon) lists others.
///
/// # On the struct
///
/// As for a daemon, the struct is the state: it has named fields, no type parameters, and `Default`. Its doc comment is
/// the help of the worker; its fields with `#[flag]` join the flags of the daemon. All of these arguments are optional.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `name = "handyman"` | the name of the worker, and of its methods | the type's name in kebab-case |
/// | `every = "10s"` | the interval between two `tick`s | a tick after each message |
/// | `restart = "on-failure"` | when it is restarted: `"always"`, `"on-failure"`, `"never"` | `"always"` |
/// | `optional` | the daemon continues without it once it has been given up | the daemon stops |
/// | `count = 4`, `count = "cores"` | the number of processes, 1 to 1024 | 1 |
/// | `nice = 5` | its niceness, -20 to 19 | that of the daemon |
/// | `heartbeat = "2s"` | how long it may be silent before it is replaced, at least 10 ms | no limit |
/// | `call_timeout = "5s"` | how long a call may take before the worker is replaced | no limit |
/// | `start_timeout = "30s"` | how long `spinup` may take | 30 s |
/// | `stop_grace = "5s"` | how long it may take to stop before it is killed | 5 s |
/// | `min_uptime = "1s"` | how long it must have been ready to be restarted at once | 1 s |
/// | `backoff("100ms", "30s")` | the delay otherwise: the first, and the longest | as here |
/// | `intensity(10, "1min")` | how many restarts within how long are allowed before it is given up | never given up |
/// | `recycle(calls = 1000, memory = "200MiB", age = "1h")` | when a process is replaced although it is well | never |
/// | `env("PATH", "LANG")` | the variables of the daemon's environment that it inherits | all |
/// | `memory = "sealed"` | how it shares memory with the daemon: `"sealed"`, without a name, or `"named"` | `"sealed"` |
///
/// # On the impl block
///
/// | above a function | meaning |
/// |---|---|
/// | [`#[rpc_method]`](macro@rpc_method) | a method that clients of the daemon call |
/// | `#[on_signal(SIGHUP, SIGUSR1)]` | called when one of these signals has arrived |
/// | `#[on(start)]` | called on events: `start`, `stop`, `reload`, `turn`, `pause`, `resume` |
/// | `#[every("30s")]`, `#[every(period)]` | called at this interval, which may be a field of the state |
///
/// Three functions are hooks, by their names: `spinup` runs first, `tick` is one turn of the loop, `spindown` runs
/// last. An error from the first two ends the process. They take `&mut self`, may take `&mut Context`, and return
/// nothing, or a `Result` whose success type is `()`.
///
/// `#[worker(client = CopierClient)]` above the block generates a typed client of its methods.
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

/// Makes a plugin of a struct and its impl block, for a daemon of this crate or of another; write it above both.
///
/// # On the struct
///
/// The struct is the state of the plugin, beside that of the daemon. As for a daemon, it has named fields and
/// `Default`, and its fields with `#[flag]` join the flags of the daemon.
///
/// | argument | meaning |
/// |---|---|
/// | `daemon = Vault` | the daemon that it joins |
/// | `name = "metrics"` | the name of the plugin, and of its methods; by default the type's name in kebab-case |
///
/// # On the impl block
///
/// The functions are as in a block of the daemon: methods, listeners, timers, hooks of calls, `setup` and `teardown`.
/// They take `&mut self`, and may take the state of the daemon as well: `&mut Vault` or `&Vault`, at any position. Its
/// methods are called `<plugin>.<function>`. `setup` is called after that of the daemon, and `teardown` before it.
///
/// `#[plugin(client = MetricsClient)]` above the block generates a typed client of its methods. A program that has the
/// plugin in another crate names that crate in `extensions!`.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "vault")]
/// #[derive(Default)]
/// pub struct Vault {
///     pub secrets: Vec<String>,
/// }
///
/// #[daemon]
/// impl Vault {}
///
/// /// Counts what the vault holds.
/// #[plugin(name = "metrics", daemon = Vault)]
/// #[derive(Default)]
/// struct Metrics {
///     /// The most secrets
///     #[flag(default = "100")]
///     most: usize,
///     samples: Vec<usize>,
/// }
///
/// #[plugin(client = MetricsClient)]
/// impl Metrics {
///     /// Reply the samples.
///     #[rpc_method]
///     fn samples(&self) -> &[usize] {
///         &self.samples
///     }
///
///     #[every("1min")]
///     fn sample(&mut self, vault: &mut Vault) {
///         self.samples.push(vault.secrets.len());
///         vault.secrets.truncate(self.most);
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::declare(Side::Plugin, args.into(), item.into()).into()
}

/// Makes the fields of a struct flags of the command line, for a daemon or a worker whose state is another struct.
///
/// Each field has `#[flag]`, with the same arguments as in a struct under [`#[daemon]`](macro@daemon); the struct has
/// `Default`. The function `setup` (in a worker, `spinup`) takes it and makes the state, or fails: the state then needs no
/// `Default`.
///
/// ```
/// use std::fs::File;
/// use std::path::PathBuf;
///
/// use daemon_core::prelude::*;
///
/// #[settings]
/// #[derive(Default)]
/// struct Options {
///     /// What to read from
///     #[flag(default = "/dev/urandom")]
///     source: PathBuf,
/// }
///
/// #[daemon(name = "source")]
/// struct Source {
///     file: File,
/// }
///
/// #[daemon]
/// impl Source {
///     fn setup(options: Options) -> std::io::Result<Self> {
///         Ok(Source { file: File::open(options.source)? })
///     }
///
///     /// How long the file is, in bytes.
///     #[rpc_method]
///     fn length(&self) -> std::io::Result<u64> {
///         Ok(self.file.metadata()?.len())
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn settings(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::settings(args.into(), item.into()).into()
}

/// Makes a function a method: in an impl block under [`#[daemon]`](macro@daemon) or [`#[worker]`](macro@worker), or as
/// a free function.
///
/// | argument | meaning |
/// |---|---|
/// | `name = "my.echo"` | its name on the wire; by default `<daemon>.<function>` or `<worker>.<function>` |
/// | `alias = "…"`, `aliases("…", "…")` | other names for it |
/// | `deprecated`, `deprecated = "use x instead"` | marks it in introspection and help, as `#[deprecated]` above the function does |
/// | `hidden` | introspection and the command line leave it out |
/// | `call_only` | it has no sub-command; on the command line, `call` calls it |
/// | `read_only` | it changes nothing: callers such as assistants may be told so, see the feature `mcp` |
/// | `idempotent` | it does the same if it runs twice: a client that is discovered may send it again, see `client` of [`#[daemon]`](macro@daemon) |
/// | `destructive` | it may delete or stop something |
/// | `allow(owner, root, uid = 1000, user = "www", gid = 5, group = "adm")` | which users may call it; by default every caller that can connect |
/// | `daemon = Echo` | for a free function: the daemon that gets it |
/// | `worker = "pool"` | for a function of a daemon: the pool of processes that runs it |
/// | `thread` | it runs in a thread beside the loop |
/// | `timeout = "5s"` | for a function in a pool, in a thread, `async`, or with a `Reply`: how long a call may take |
/// | `http = "GET /users/{id}"` | requests of HTTP that call it, besides those of JSON-RPC; names in braces are parameters. Needs the feature `http` |
/// | `body = "user"` | with `http`: the parameter that is the whole body; by default the body is an object of parameters |
/// | `etag` | with `http`, for `GET`: answers have entity tags |
/// | `rate = "10/s"` | how often each caller may call it: a user, or an address. Above that, the call gets the fault -32006 |
///
/// # Parameters
///
/// After the state come the parameters that a caller gives, by name or by position: owned types that have `Deserialize`
/// and `JsonSchema` (see [`#[rpc_type]`](macro@rpc_type)), and `&str`. An `Option` may be left out, and so may a
/// parameter with `#[param(default = …)]`; these come after the others. `#[param(long = "…")]` names its option on the
/// command line. `#[param(range(min = 1, max = 100))]`, `#[param(length(min = 1, max = 64))]` and
/// `#[param(pattern = "^[a-z]+$")]` say what its values must be; a call with another value is refused. A doc comment on a parameter is its help; one leading underscore is not part of its name. A length of time
/// is a `Span`, which callers write like `30s`.
///
/// A `&mut Context` at any position lets the handler make requests of the daemon.
///
/// # The reply
///
/// The function returns the result, a `Result`, or nothing. The error of a `Result` becomes a fault: the one that
/// [`#[derive(Fault)]`](macro@Fault) defines, or -32500 with the text of the error. A function that takes a `Reply<T>`
/// or a `Reply<T, E>` returns nothing and replies through it, now or later. One that takes a `Subscription<T>` sends items
/// until either side ends it; it returns nothing, or a `Result<(), E>`. With the feature `tokio`, a function may return
/// `impl Stream<Item = T>` for that.
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
/// # Beside the loop
///
/// With `thread`, a blocking function runs in a thread of its own; with the feature `tokio`, an `async fn` runs as a future
/// on a runtime beside the loop. Both take no `self` and no `Context`, but may take a `Handle<Self>`, with which they run
/// closures on the state. Their parameters are owned types. When the `timeout` is over, the caller gets the fault -32003; a
/// future is then dropped, as it is when the caller hangs up.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "reader")]
/// #[derive(Default)]
/// struct Reader {
///     read: usize,
/// }
///
/// #[daemon]
/// impl Reader {
///     /// Read a file.
///     #[rpc_method(thread, timeout = "5s")]
///     fn read(handle: Handle<Self>, path: String) -> std::io::Result<String> {
///         let text = std::fs::read_to_string(path)?;
///         let length = text.len();
///         let _ = handle.run(move |reader, _| reader.read += length);
///         Ok(text)
///     }
/// }
/// ```
///
/// # Examples
///
/// `#[example(params(2, "a"), result = 5)]` above a method shows a call of it, with its result; there may be several, each
/// with a `name = "…"`. The parameters are values of their types, by position; those at the end may be left out if a call
/// may leave them out. The result is any value that is written as the same JSON. Help and `rpc.discover` show the examples, and
/// `check_examples` is the test that they are right.
///
/// # In a pool
///
/// With `worker = "pool"`, slow or dangerous code runs in another process: the loop is not blocked, and a crash fails
/// only that one call. The state is in the daemon, so the function takes no `self`. It may take the daemon with only
/// its flags set, as `&Self` at any position; it returns the result, and takes no `Reply<T>`.
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
    stages::function("rpc_method", args.into(), item.into()).into()
}

/// Makes a function a listener of events: in an impl block under [`#[daemon]`](macro@daemon) or
/// [`#[worker]`](macro@worker), or as a free function, in any module or crate.
///
/// A free function says which daemon it joins. Its first parameter is the state; it may take `&Event` and `&mut
/// Context`. It returns nothing or `Result<()>`.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "door")]
/// #[derive(Default)]
/// struct Door {
///     visits: u64,
/// }
///
/// #[daemon]
/// impl Door {}
///
/// #[on(connect, daemon = Door)]
/// fn count(door: &mut Door) {
///     door.visits += 1;
/// }
///
/// #[every("1h", daemon = Door)]
/// fn forget(door: &mut Door) {
///     door.visits = 0;
/// }
/// ```
///
/// The listeners of the daemon's main block are called first, then others: by crate, file and line.
#[proc_macro_attribute]
pub fn on(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::function("on", args.into(), item.into()).into()
}

/// Makes a function a listener of signals, such as `#[on_signal(SIGUSR1)]`. Above a free function, write
/// `#[on_signal(SIGUSR1, daemon = Echo)]`; see [`#[on]`](macro@on).
#[proc_macro_attribute]
pub fn on_signal(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::function("on_signal", args.into(), item.into()).into()
}

/// Makes a function a timer, such as `#[every("30s")]`, or `#[every(period)]` with a field of the state. Above a free
/// function, write `#[every("30s", daemon = Echo)]`; see [`#[on]`](macro@on).
#[proc_macro_attribute]
pub fn every(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::function("every", args.into(), item.into()).into()
}

/// Has a function called before every call of the daemon; an error is the reply. Above a free function, write
/// `#[before_call(daemon = Echo)]`; see [`#[on]`](macro@on).
#[proc_macro_attribute]
pub fn before_call(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::function("before_call", args.into(), item.into()).into()
}

/// Has a function called after every call of the daemon. Above a free function, write `#[after_call(daemon = Echo)]`;
/// see [`#[on]`](macro@on).
#[proc_macro_attribute]
pub fn after_call(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::function("after_call", args.into(), item.into()).into()
}

/// Makes a struct or an enum usable as a parameter or a result.
///
/// It derives `Serialize`, `Deserialize` and `JsonSchema` through `daemon_core`, so no other dependency is needed.
/// `#[serde(…)]` and `#[schemars(…)]` below it work as usual; doc comments become descriptions in the schema.
///
/// `#[schemars(range(min = 1, max = 100))]`, `#[schemars(length(min = 1, max = 64))]` and
/// `#[schemars(regex(pattern = "^[a-z]+$"))]` above a field are enforced when the type is read, also without the feature
/// `schema`.
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
///     #[schemars(length(min = 1))]
///     full_name: String,
/// }
///
/// let item: Item = daemon_core::serde_json::from_str(r#"{"fullName": "a nail"}"#).unwrap();
/// assert_eq!(item, Item { full_name: "a nail".to_owned() });
///
/// let error = daemon_core::serde_json::from_str::<Item>(r#"{"fullName": ""}"#).unwrap_err();
/// assert!(error.to_string().starts_with("`fullName` has 0 characters; the least is 1"));
/// ```
#[proc_macro_attribute]
pub fn rpc_type(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::rpc_type(args.into(), item.into()).into()
}

/// Makes faults of the variants of an enum, for handlers to return as errors.
///
/// Each variant has `#[fault(code = …)]`, a code of its own. Codes from -32768 to -32000 belong to JSON-RPC 2.0,
/// section 5.1. Its message is the text of `message = "…"`, where `{name}` and `{0}` stand for fields, as in `format!`;
/// or the first line of its doc comment; or the `Display` of the enum, if it has one; or its name as words. A field with
/// `#[fault(data)]` is sent as the fault's data. `status = 404` is the status of an answer over HTTP, of a method with a
/// route: 400 to 599, by default 422.
///
/// Introspection lists the faults of every method that returns such an error, or takes a `Reply` with it.
///
/// `#[from]` before the only field of a variant converts its type into the enum, so that `?` does. The enum itself
/// converts into a `Fault`.
///
/// `#[derive(thiserror::Error, Fault)]` works, too. Where the enum has `#[error(…)]`, `#[from]` is thiserror's, and
/// introspection shows the texts of `#[error("…")]`.
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
///     #[fault(code = 3, message = "the number is wrong: {0}")]
///     Number(#[from] std::num::ParseIntError),
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
///
///     #[rpc_method]
///     fn count(&self, text: &str) -> std::result::Result<u32, Refused> {
///         Ok(text.parse()?)
///     }
/// }
/// ```
#[proc_macro_derive(Fault, attributes(fault, from))]
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
#[proc_macro_derive(StubFault, attributes(fault, from))]
pub fn stub_fault(item: TokenStream) -> TokenStream {
    stub::fault(item.into()).into()
}
