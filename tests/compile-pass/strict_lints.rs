//! Generated code is clean under every lint that a user may have turned on.

#![deny(warnings, missing_docs, unused, nonstandard_style, rust_2018_idioms, future_incompatible)]
#![deny(unused_qualifications, unused_results, unreachable_pub, let_underscore_drop, unused_lifetimes)]
#![deny(
    unsafe_code,
    missing_debug_implementations,
    single_use_lifetimes,
    trivial_casts,
    variant_size_differences
)]
#![deny(absolute_paths_not_starting_with_crate, unused_import_braces, unused_extern_crates)]

use std::time::Duration;

use daemon_core::prelude::*;

/// A daemon.
#[daemon(
    name = "strict",
    mode = 0o660,
    workers(Hand),
    pool(name = "pool", count = 4, nice = 10, timeout = "5s", stop_grace = "1s")
)]
#[derive(Debug, Default)]
pub struct Strict {
    /// Text
    #[flag(short = 'p', default = "")]
    prefix: String,
    /// How long
    #[flag]
    wait: Option<Duration>,
    /// Who
    #[flag]
    names: Vec<String>,
}

/// What can go wrong.
#[derive(Debug, Fault)]
pub enum Refused {
    /// It is full.
    #[fault(code = 1)]
    Full,
    /// Nobody knows it.
    #[fault(code = 2, message = "no such item: {name}")]
    Unknown {
        /// Its name.
        name: String,
    },
}

/// An item.
#[rpc_type]
#[derive(Debug)]
pub struct Item {
    /// Its name.
    #[schemars(length(min = 1), regex(pattern = "^[a-z]+$"))]
    pub name: String,
}

#[daemon(client = StrictClient)]
impl Strict {
    /// Say it.
    #[rpc_method(name = "my.say", alias = "say")]
    #[example(name = "once", params("hello", 1, "?"), result = "hello?")]
    fn say(
        &mut self,
        /// What to say
        message: &str,
        #[param(range(min = 1, max = 9), default = 2)] mut times: usize,
        #[param(length(max = 8), pattern = "^[!?]*$", default = "!")] end: String,
        _unused: Option<u8>,
    ) -> String {
        times += self.names.len();
        format!("{}{}{end}", self.prefix, message.repeat(times))
    }

    /// Get it.
    #[rpc_method]
    fn get(&self, name: &str) -> std::result::Result<Item, Refused> {
        match name {
            "" => Err(Refused::Full),
            "item" => Ok(Item { name: name.to_owned() }),
            _ => Err(Refused::Unknown { name: name.to_owned() }),
        }
    }

    /// Load it.
    #[rpc_method]
    fn load(&mut self, from: Option<&str>) -> std::io::Result<()> {
        self.prefix = std::fs::read_to_string(from.unwrap_or("/dev/null"))?;
        Ok(())
    }

    /// Old.
    #[rpc_method]
    #[deprecated(note = "use get")]
    fn old(&self) -> &str {
        &self.prefix
    }

    /// Later.
    #[rpc_method]
    fn later(&mut self, reply: Reply<Vec<String>>, context: &mut Context) {
        context.stop();
        reply.send(self.names.clone());
    }

    /// Heavy.
    #[rpc_method(worker = "pool", timeout = "5s")]
    fn heavy(
        /// What to say
        message: &str,
        #[param(default = 2)] times: usize,
        config: &Self,
    ) -> String {
        format!("{}{}", config.prefix, message.repeat(times))
    }

    /// Heavy, and old.
    #[rpc_method(worker = "pool")]
    #[deprecated]
    fn nothing(context: &mut Context) -> std::result::Result<(), Refused> {
        context.stop();
        Err(Refused::Full)
    }

    #[on(stop, connect, worker, message, progress)]
    #[on_signal(SIGHUP)]
    fn listen(&mut self, event: &Event) {
        self.prefix = format!("{event:?}");
    }

    #[every("30s")]
    fn tidy(&mut self) -> Result<()> {
        self.wait = None;
        Ok(())
    }

    fn setup(&mut self, context: &mut Context) {
        self.prefix.push_str(context.name());
    }

    fn teardown(&mut self) {
        self.names.clear();
    }
}

/// A worker.
#[worker(
    name = "hand",
    every = "10s",
    restart = "on-failure",
    optional,
    count = 2,
    nice = 5,
    heartbeat = "2s",
    call_timeout = "5s",
    start_timeout = "30s",
    stop_grace = "5s",
    min_uptime = "1s",
    backoff("100ms", "30s"),
    intensity(10, "1min"),
    memory = "named"
)]
#[derive(Debug, Default)]
pub struct Hand {
    /// Where
    #[flag(long = "where")]
    place: Option<String>,
}

#[worker(client = HandClient)]
impl Hand {
    /// Say it.
    #[rpc_method]
    fn say(&self, message: &str, _unused: Option<u8>) -> String {
        message.to_owned()
    }

    /// Nothing to say.
    #[rpc_method]
    #[deprecated(note = "say it")]
    fn nothing(&mut self) -> Result<()> {
        Ok(())
    }

    #[on(pause, resume)]
    #[on_signal(SIGHUP)]
    fn listen(&mut self, event: &Event) {
        self.place = Some(format!("{event:?}"));
    }

    #[every("30s")]
    fn tidy(&mut self) {
        self.place = None;
    }

    fn spinup(&mut self, context: &mut Context) {
        context.alive();
    }

    fn tick(&mut self) -> Result<()> {
        Ok(())
    }

    fn spindown(&mut self) {
        self.place = None;
    }
}

/// From outside, and heavy.
#[rpc_method(daemon = Strict, worker = "pool")]
pub fn outside(message: &str, config: &Strict) -> usize {
    config.prefix.len() + message.len()
}

/// From outside.
#[rpc_method(daemon = Strict)]
pub fn extra(state: &mut Strict, message: &str) -> usize {
    state.prefix.len() + message.len()
}

#[daemon(more, client = MoreClient)]
impl Strict {
    /// More.
    #[rpc_method]
    fn more(&self, message: &str) -> usize {
        self.prefix.len() + message.len()
    }

    #[on(start)]
    fn started(&mut self) {
        self.prefix.clear();
    }

    #[before_call]
    fn admit(&self, call: &BeforeCall<'_>) -> Result<(), Refused> {
        if call.method().is_empty() { Err(Refused::Full) } else { Ok(()) }
    }
}

#[on(start, daemon = Strict)]
fn started(state: &mut Strict, event: &Event) {
    state.prefix = format!("{event:?}");
}

/// Every hour.
#[every("1h", daemon = Strict)]
#[after_call]
pub fn hourly(state: &mut Strict) {
    state.prefix.clear();
}

/// A plugin.
#[plugin(name = "extra", daemon = Strict)]
#[derive(Debug, Default)]
pub struct Extra {
    /// How often
    #[flag(default = "1s")]
    pace: Duration,
    count: u64,
}

#[plugin(client = ExtraClient)]
impl Extra {
    /// Count.
    #[rpc_method]
    fn count(&mut self, by: u64, strict: &Strict, context: &mut Context) -> u64 {
        context.stop();
        self.count += by + strict.prefix.len() as u64;
        self.count
    }

    /// Old.
    #[rpc_method]
    #[deprecated(note = "use count")]
    fn old(&self) -> u64 {
        self.count
    }

    #[every(pace)]
    fn tick(&mut self) -> Result<()> {
        self.count += 1;
        Ok(())
    }

    #[on(connect)]
    fn listen(&mut self, strict: &mut Strict, event: &Event) {
        strict.prefix = format!("{event:?}");
    }

    #[after_call]
    fn note(&mut self, call: &AfterCall) {
        self.count += call.method().len() as u64;
    }

    fn setup(&mut self, strict: &mut Strict) {
        strict.prefix.clear();
    }

    fn teardown(&mut self, context: &mut Context) {
        self.count += context.name().len() as u64;
    }
}

fn main() -> std::process::ExitCode {
    if std::env::args().count() > 1 { daemon_core::main::<Strict>() } else { std::process::ExitCode::SUCCESS }
}
