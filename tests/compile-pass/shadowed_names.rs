//! Generated code means the same whatever names the user's module shadows.

use ::daemon_core::{
    BeforeCall, Context, Event, Reply, daemon, every, on, plugin, rpc_method, rpc_type, worker,
};

pub struct Option;
pub struct Result;
pub struct String;
pub struct Vec;
pub struct Box;
pub struct Duration;
pub struct Method;
pub struct Text;
pub struct Param;
pub struct Daemon;
pub struct Describe;
pub struct Name;
pub struct Done;
pub struct Rule;
pub struct Worker;
pub struct DescribeWorker;
pub struct DaemonSpec;
pub struct WorkerSpec;
pub struct WorkerType;
pub struct Pool;
pub struct Restart;
pub struct Registered;
pub struct Extension;
pub struct More;
pub struct Tables;
pub struct Plugin;
pub struct PluginType;
pub struct DescribePlugin;
pub struct Block;
#[allow(non_camel_case_types)]
pub struct worker_type;
#[allow(non_snake_case)]
pub fn Some() {}
#[allow(non_snake_case)]
pub fn None() {}
#[allow(non_snake_case)]
pub fn Ok() {}
#[allow(non_snake_case)]
pub fn Err() {}
pub mod core {}
pub mod std {}
pub mod alloc {}
pub mod serde {}
pub mod schemars {}
pub mod inventory {}
pub mod daemon_core {}
#[allow(unused_macros)]
macro_rules! format {
    () => {};
}
#[allow(unused_macros)]
macro_rules! env {
    () => {};
}
#[allow(unused_macros)]
macro_rules! concat {
    () => {};
}
#[allow(unused_macros)]
macro_rules! file {
    () => {};
}
#[allow(unused_macros)]
macro_rules! line {
    () => {};
}
#[allow(unused_macros)]
macro_rules! column {
    () => {};
}

type Words = ::std::vec::Vec<::std::string::String>;
type Answer = ::std::result::Result<u64, ::std::io::Error>;
mod alias {
    pub type Result<T> = ::std::result::Result<T, super::Refused>;
}

#[rpc_type]
pub struct Item {
    name: ::std::string::String,
}

#[derive(Debug, ::daemon_core::Fault)]
pub enum Refused {
    #[fault(code = 1, message = "no {name}")]
    Unknown { name: ::std::string::String },
    #[fault(code = 2, message = "{0}")]
    Other(u8),
}

/// The state.
#[daemon(
    name = "shadow",
    limits(idle = "5min"),
    workers(Hand),
    pool(name = "pool", count = "cores", timeout = "5s")
)]
#[derive(Default)]
pub struct State {
    #[flag(short = 't', env = "TEXT")]
    text: ::std::string::String,
    #[flag]
    most: ::std::option::Option<u8>,
    #[flag(default = "3s")]
    wait: ::std::time::Duration,
    #[flag]
    names: Words_,
}

/// A type that is read from one text.
#[derive(Default)]
pub struct Words_(Words);

impl ::std::str::FromStr for Words_ {
    type Err = ::std::convert::Infallible;

    fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
        ::std::result::Result::Ok(Words_(text.split(' ').map(::std::string::ToString::to_string).collect()))
    }
}

#[daemon]
impl State {
    /// Names that generated code uses, too.
    #[rpc_method(allow(owner))]
    fn every_name(
        &mut self,
        state: &str,
        call: u32,
        result: ::std::option::Option<&str>,
        #[param(default = "x")] reply: &str,
        #[param(default = 1)] error: u8,
        context: &mut Context,
    ) -> ::std::string::String {
        let _ = (state, call, result, reply, error, context.name());
        ::std::string::String::new()
    }

    #[rpc_method]
    fn fallible(&self, item: Item) -> alias::Result<Item> {
        match item.name.len() {
            0 => ::std::result::Result::Err(Refused::Other(0)),
            1 => ::std::result::Result::Err(Refused::Unknown { name: item.name }),
            _ => ::std::result::Result::Ok(item),
        }
    }

    #[rpc_method]
    fn later(&mut self, event: u8, reply: Reply<Item>) {
        let _ = event;
        reply.fail(::daemon_core::Fault::new(3, "later"));
    }

    #[rpc_method(worker = "pool", timeout = "5s")]
    fn pooled(
        state: &str,
        call: u32,
        params: ::std::option::Option<&str>,
        #[param(default = "x")] config: ::std::string::String,
        own: &Self,
        context: &mut Context,
    ) -> alias::Result<Item> {
        let _ = (state, call, params, config, &own.text, context.name());
        ::std::result::Result::Err(Refused::Other(0))
    }

    #[on(start, worker)]
    #[on_signal(SIGUSR1)]
    fn listen(&mut self, context: &mut Context, event: &Event) {
        let _ = (context, event);
    }

    #[every("1s")]
    fn tick(&mut self) -> ::std::io::Result<()> {
        ::std::result::Result::Ok(())
    }

    fn setup(&mut self) {
        self.names.0.clear();
        let _ = (&self.text, self.most, self.wait);
    }
}

/// The worker.
#[worker(every = "1s", restart = "never", backoff("1s", "2s"), intensity(3, "1min"))]
#[derive(Default)]
pub struct Hand {
    #[flag]
    often: ::std::option::Option<u8>,
}

#[worker]
impl Hand {
    #[rpc_method(allow(owner))]
    fn every_name(
        &mut self,
        state: &str,
        call: u32,
        params: ::std::option::Option<&str>,
        #[param(default = "x")] reply: &str,
    ) -> ::std::string::String {
        let _ = (state, call, params, reply, self.often);
        ::std::string::String::new()
    }

    #[rpc_method]
    fn later(&mut self, reply: Reply<Item>) {
        reply.fail(::daemon_core::Fault::new(3, "later"));
    }

    #[on(pause)]
    #[on_signal(SIGUSR1)]
    fn listen(&mut self, context: &mut Context, event: &Event) {
        let _ = (context, event);
    }

    fn spinup(&mut self) -> ::std::io::Result<()> {
        ::std::result::Result::Ok(())
    }

    fn tick(&mut self) {}
}

#[rpc_method(daemon = State, worker = "pool")]
fn outside(config: &State, call: &str) -> usize {
    config.text.len() + call.len()
}

#[daemon(more)]
impl State {
    #[rpc_method]
    fn blocks(&self, state: Names, call: u32) -> ::std::string::String {
        let _ = (state, call);
        ::std::string::String::new()
    }

    #[every(wait)]
    fn again(&mut self) {}
}

type Names = ::std::option::Option<::std::string::String>;

#[on(start, daemon = State)]
#[after_call]
fn started(event: &mut State, state: &mut Context) {
    let _ = (event, state);
}

#[every("1s", daemon = State)]
fn ticked(context: &mut State) {
    let _ = context;
}

#[plugin(daemon = State)]
#[derive(Default)]
pub struct Part {
    #[flag(default = "1s")]
    pace: ::std::time::Duration,
    #[flag]
    part: ::std::option::Option<u8>,
}

#[plugin]
impl Part {
    #[rpc_method]
    fn every_name(&self, daemon: &str, state: u32, call: &mut State, event: u8) -> ::std::string::String {
        let _ = (daemon, state, &call.text, event, self.part);
        ::std::string::String::new()
    }

    #[on(start)]
    #[every(pace)]
    fn both(&mut self, state: &mut State, daemon: &mut Context) {
        let _ = (state, daemon);
    }

    #[before_call]
    fn admit(&self, daemon: &State, state: &BeforeCall<'_>) -> alias::Result<()> {
        let _ = (daemon, state);
        ::std::result::Result::Ok(())
    }

    fn setup(&self, context: &State) {
        let _ = context;
    }
}

#[rpc_method(daemon = State)]
fn extra(state: &mut State, call: &str) -> usize {
    state.text.len() + call.len()
}

fn main() {
    let _: fn() -> Answer = || ::std::result::Result::Ok(0);
    (Some(), None(), Ok(), Err());
}
