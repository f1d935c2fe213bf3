//! A method as data: its name, its description, and the function that runs it.
//!
//! The macros write these tables; a daemon builds its [`Methods`](super::methods::Methods) from them.

use std::time::Duration;

use serde_json::Value;

use super::access::Rule;
use super::call::{Call, Outcome};
use super::param::{Param, SchemaOf};
use super::params::Check;
use super::rate::Rate;
use super::route::Route;
use crate::fault::FaultSpec;

/// One entry of a daemon's method table; `S` is the daemon's state, and `F` has its flags.
pub struct Method<S: 'static, F: 'static = S> {
    /// What the method says of itself.
    pub spec: MethodSpec,
    /// What runs it, and where.
    pub run: Handler<S, F>,
    /// Checks the parameters for mistakes; only methods that run in another process have it.
    pub check: Option<Check>,
}

/// What runs a method: reads the parameters, calls the handler, writes its reply.
pub enum Handler<S: 'static, F: 'static = S> {
    /// On the loop that has the state.
    Here(Invoke<S>),
    /// In a worker of one of the daemon's pools, which has the daemon's flags but not its state.
    Pooled {
        /// The name of the pool.
        pool: &'static str,
        /// How long a call may take; `None` for the pool's limit.
        timeout: Option<Duration>,
        /// The function. It gets the struct with the flags.
        invoke: InvokePooled<F>,
    },
}

/// The function of a method that runs on the state.
pub(crate) type Invoke<S> = for<'a> fn(&mut S, Call<'a>) -> Outcome;
/// The function of a method that runs in a pool.
pub(crate) type InvokePooled<F> = for<'a> fn(&F, Call<'a>) -> Outcome;

/// What a method says about itself; introspection, help and clients are generated from it.
#[derive(Debug, Clone, Copy)]
pub struct MethodSpec {
    /// Its name on the wire.
    pub name: Name,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Its help, from the doc comment; the first line is the short help.
    pub doc: &'static str,
    /// What to call instead, if it is deprecated.
    pub deprecated: Option<&'static str>,
    /// Whether introspection and the command line leave it out.
    pub hidden: bool,
    /// Whether it has no sub-command: on the command line, only `call` reaches it.
    pub call_only: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether it does the same if it runs twice.
    pub idempotent: bool,
    /// Whether it may destroy something.
    pub destructive: bool,
    /// Its parameters, in order.
    pub params: &'static [Param],
    /// The schema of its result; `None` if it is null.
    pub result: Option<SchemaOf>,
    /// The schema of the items that follow the result, if it is a subscription.
    pub items: Option<SchemaOf>,
    /// The faults it may reply with, besides those of the protocol.
    pub faults: fn() -> &'static [FaultSpec],
    /// Who may call it; if empty, every caller.
    pub allow: &'static [Rule],
    /// How long a caller waits for a reply that comes later, in this process; `None` if there is no limit.
    pub timeout: Option<Duration>,
    /// How often each caller may call it.
    pub rate: Option<Rate>,
    /// The requests of HTTP that call it, besides those of JSON-RPC.
    pub route: Option<Route>,
    /// Calls of it, with their results.
    pub examples: &'static [Example],
}

/// A call of a method, with its result.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// What it is called; empty for its number.
    pub name: &'static str,
    /// The values of the parameters, by position.
    pub params: &'static [fn() -> Value],
    /// The result; `None` for null.
    pub result: Option<fn() -> Value>,
}

impl Example {
    /// A call without parameters and result.
    pub const NONE: Example = Example { name: "", params: &[], result: None };

    /// Returns the values of the parameters that it gives, in order.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.params.iter().map(|value| value()).collect()
    }

    /// Returns its result.
    pub(crate) fn result(&self) -> Value {
        self.result.map_or(Value::Null, |result| result())
    }

    /// Returns its name; `index` is its place among the examples.
    pub(crate) fn name(&self, index: usize) -> String {
        if self.name.is_empty() { format!("example {}", index + 1) } else { self.name.to_owned() }
    }
}

impl MethodSpec {
    /// Returns a method without help, parameters or result.
    pub const fn new(name: Name) -> Self {
        MethodSpec {
            name,
            aliases: &[],
            doc: "",
            deprecated: None,
            hidden: false,
            call_only: false,
            read_only: false,
            idempotent: false,
            destructive: false,
            params: &[],
            result: None,
            items: None,
            faults: || &[],
            allow: &[],
            timeout: None,
            rate: None,
            route: None,
            examples: &[],
        }
    }

    /// Returns how many parameters a call by position must give: up to the last required one.
    pub(crate) fn required(&self) -> usize {
        self.params.iter().rposition(Param::required).map_or(0, |last| last + 1)
    }
}

/// The name of a method, complete or relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A whole name: `my.echo`.
    Whole(&'static str),
    /// The part after the name of the daemon: `echo` of `<daemon>.echo`.
    Under(&'static str),
}

impl Name {
    /// Returns the name without its prefix.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Name::Whole(name) | Name::Under(name) => name,
        }
    }

    /// Returns the name on the wire.
    pub fn of(self, daemon: &str) -> String {
        match self {
            Name::Whole(name) => name.to_owned(),
            Name::Under(name) => format!("{daemon}.{name}"),
        }
    }
}

/// Splits a help text into its first line and the rest.
pub(crate) fn help(doc: &str) -> (&str, &str) {
    match doc.split_once('\n') {
        Some((first, rest)) => (first.trim(), rest.trim()),
        None => (doc.trim(), ""),
    }
}
