//! A method as data: what it is called, what it says of itself, and the function that runs it.
//!
//! The macros write these tables; [`Methods`](super::methods::Methods) is what a daemon makes of them.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value;

use super::access::Rule;
use super::call::{Call, Outcome};
use super::fault::FaultSpec;

/// One entry of a daemon's method table; `S` is the daemon's state.
pub struct Method<S: 'static> {
    /// What the method says of itself.
    pub about: About,
    /// Reads the parameters, calls the handler, writes its answer.
    pub invoke: Invoke<S>,
}

/// The function behind a method.
pub(crate) type Invoke<S> = for<'a> fn(&mut S, Call<'a>) -> Outcome;

/// What a method says of itself; every surface is made from it.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name on the wire.
    pub name: Name,
    /// Other names that it answers to.
    pub aliases: &'static [&'static str],
    /// Its help, from the doc comment; the first line is the short help.
    pub doc: &'static str,
    /// What to call instead, if it should not be called any more.
    pub deprecated: Option<&'static str>,
    /// Whether introspection and the command line leave it out.
    pub hidden: bool,
    /// Its parameters, in order.
    pub params: &'static [Param],
    /// The schema of its result; `None` if it answers null.
    pub result: Option<SchemaOf>,
    /// The faults it may answer, beside those of the protocol.
    pub faults: fn() -> &'static [FaultSpec],
    /// Who may call it; everybody if empty.
    pub allow: &'static [Rule],
}

/// A function that gives the JSON Schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The name of a method, as it is written or to be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A whole name: `my.echo`.
    Whole(&'static str),
    /// The part behind the name of the daemon: `echo` of `<daemon>.echo`.
    Under(&'static str),
}

impl Name {
    /// The name on the wire.
    pub fn of(self, daemon: &str) -> String {
        match self {
            Name::Whole(name) => name.to_owned(),
            Name::Under(name) => format!("{daemon}.{name}"),
        }
    }
}

impl<S> Method<S> {
    /// A method without help, parameters or result.
    pub const fn new(name: Name, invoke: Invoke<S>) -> Self {
        let about = About {
            name,
            aliases: &[],
            doc: "",
            deprecated: None,
            hidden: false,
            params: &[],
            result: None,
            faults: || &[],
            allow: &[],
        };
        Method { about, invoke }
    }

    /// Sets the help.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.about.doc = doc;
        self
    }

    /// Sets the other names.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.about.aliases = aliases;
        self
    }

    /// Says what to call instead.
    pub const fn deprecated(mut self, instead: &'static str) -> Self {
        self.about.deprecated = Some(instead);
        self
    }

    /// Leaves the method out of introspection and of the command line.
    pub const fn hidden(mut self) -> Self {
        self.about.hidden = true;
        self
    }

    /// Sets the parameters.
    pub const fn params(mut self, params: &'static [Param]) -> Self {
        self.about.params = params;
        self
    }

    /// Sets the type of the result.
    pub const fn returns<T: Answers>(mut self) -> Self {
        self.about.result = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// Sets the faults that the method may answer.
    pub const fn faults(mut self, faults: fn() -> &'static [FaultSpec]) -> Self {
        self.about.faults = faults;
        self
    }

    /// Sets who may call.
    pub const fn allow(mut self, rules: &'static [Rule]) -> Self {
        self.about.allow = rules;
        self
    }
}

/// What a result has to be.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the result of a method",
    label = "it has no `Serialize` or no `JsonSchema`",
    note = "write `#[rpc_type]` above `{Self}`"
)]
pub trait Answers: serde::Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: serde::Serialize + JsonSchema> Answers for T {}

/// What a parameter has to be.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the parameter of a method",
    label = "it has no `Deserialize` or no `JsonSchema`",
    note = "write `#[rpc_type]` above `{Self}`"
)]
pub trait Parameter<'de>: JsonSchema + Deserialize<'de> {}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de> + JsonSchema> Parameter<'de> for T {}

/// What a method says of one parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its help.
    pub doc: &'static str,
    /// The schema of its values.
    pub schema: SchemaOf,
    /// What it is when it is left out, if that was declared.
    pub default: Option<fn() -> Value>,
    accepts_absence: fn() -> bool,
}

impl Param {
    /// A parameter of type `T`. It is optional if `T` is an `Option`, or anything else that serde can make out of
    /// a missing field.
    pub const fn of<'de, T: Parameter<'de>>(name: &'static str) -> Self {
        Param {
            name,
            doc: "",
            schema: |generator| generator.subschema_for::<T>(),
            default: None,
            accepts_absence: || super::params::absent::<T>().is_some(),
        }
    }

    /// Sets the help.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Sets the value that stands in when the parameter is left out.
    pub const fn default(mut self, default: fn() -> Value) -> Self {
        self.default = Some(default);
        self
    }

    /// Whether a call has to give it.
    pub fn required(&self) -> bool {
        self.default.is_none() && !(self.accepts_absence)()
    }
}
