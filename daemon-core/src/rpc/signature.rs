//! The types in the signature of a handler, as generated code meets them.
//!
//! A macro sees words, not types: `Answer` may be an alias of `Result` or of [`Reply`], and `Point` may lack
//! `Serialize`. What depends on the type is decided here, by method look-up: it takes the trait that fits, without an
//! auto-reference or with one, and ends at a method of the struct itself. That one needs a trait that says in our words
//! what to write, and its result fits whatever follows. So a type that does not fit is one error, at that type.
//!
//! Only generated code uses this.

#![allow(missing_docs, clippy::new_without_default)]

use std::marker::PhantomData;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::call::{Call, Outcome};
use super::param::{SchemaOf, absent, check_value};
use super::reply::Reply;
use crate::fault::Fault;
use crate::fault::raise::Raise;
use crate::schemars::{JsonSchema, Schema, SchemaGenerator};

/// The type of a parameter.
pub struct Takes<T>(PhantomData<fn(T)>);

impl<T> Takes<T> {
    pub const fn new() -> Self {
        Takes(PhantomData)
    }

    /// Look-up ends here for a type that can't be a parameter.
    pub fn of<C>(self, _: C) -> Unread
    where
        T: Parameter,
    {
        Unread
    }

    /// Like [`of`](Self::of).
    pub fn schema(self, generator: &mut SchemaGenerator) -> Schema
    where
        T: Parameter,
    {
        generator.subschema_for::<()>()
    }

    /// Like [`of`](Self::of).
    pub fn absent(self) -> bool
    where
        T: Parameter,
    {
        false
    }

    /// Like [`of`](Self::of).
    pub fn check(self, _: &str) -> Result<(), String>
    where
        T: Parameter,
    {
        Ok(())
    }
}

/// The requirement for a parameter. No type implements it: look-up ends here for the sake of its message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the parameter of a method",
    label = "it has no `Deserialize` or no `JsonSchema`",
    note = "write `#[rpc_type]` above `{Self}`, or take another type"
)]
pub trait Parameter {}

/// A type that can be read.
pub trait ViaReadable<'de> {
    /// Returns the call or its parameters, which can be read as this type.
    fn of<C>(&self, source: C) -> C;
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    fn absent(&self) -> bool;
    fn check(&self, text: &'de str) -> Result<(), String>;
}

impl<'de, T: Deserialize<'de> + JsonSchema> ViaReadable<'de> for Takes<T> {
    fn of<C>(&self, source: C) -> C {
        source
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }

    fn absent(&self) -> bool {
        absent::<T>().is_some()
    }

    fn check(&self, text: &'de str) -> Result<(), String> {
        check_value::<T>(text)
    }
}

/// A `Reply` under another name.
pub trait ViaReply<T> {
    fn of<C>(&self, _: C) -> Unread
    where
        T: Spelled,
    {
        Unread
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema
    where
        T: Spelled,
    {
        generator.subschema_for::<()>()
    }

    fn absent(&self) -> bool
    where
        T: Spelled,
    {
        false
    }

    fn check(&self, _: &str) -> Result<(), String>
    where
        T: Spelled,
    {
        Ok(())
    }
}

impl<T, E> ViaReply<Reply<T, E>> for Takes<Reply<T, E>> {}

/// The requirement for a `Reply` that the macro has not recognised. No type implements it.
#[diagnostic::on_unimplemented(
    message = "a handler takes its `Reply` by this name",
    label = "write `Reply<…>` instead of another name for it"
)]
pub trait Spelled {}

/// What can't be read.
pub struct Unread;

impl Unread {
    pub fn params<P>(&self) -> Result<P, Fault> {
        self.read()
    }

    pub fn read<P>(&self) -> Result<P, Fault> {
        Err(Fault::internal("a type that can't be read"))
    }
}

/// The type that a handler returns: a `Result`, under whatever name, or any other.
pub struct Returned<T>(PhantomData<fn(T)>);

impl<T> Returned<T> {
    pub const fn new() -> Self {
        Returned(PhantomData)
    }
}

impl<T, E> Returned<Result<T, E>> {
    pub const IS_RESULT: bool = true;
}

/// Look-up prefers the constant of the struct itself.
pub trait ViaConstant {
    const IS_RESULT: bool = false;
}

impl<T> ViaConstant for Returned<T> {}

/// Checks a return type of which a typed client has to know the result.
pub const fn check_read(is_result: bool) {
    assert!(
        !is_result,
        "a typed client takes the result from the word `Result`: write that instead of another name"
    );
}

/// A `Result`.
pub trait ViaResult<T, E> {
    fn split(&self, returned: Result<T, E>) -> Result<T, E>;

    fn gives(&self) -> Gives<T> {
        Gives::new()
    }

    fn raises(&self) -> Raise<E> {
        Raise::new()
    }
}

impl<T, E> ViaResult<T, E> for Returned<Result<T, E>> {
    fn split(&self, returned: Result<T, E>) -> Result<T, E> {
        returned
    }
}

/// Any other type.
pub trait ViaPlain<T> {
    fn split(&self, returned: T) -> Result<T, Fault>;

    fn gives(&self) -> Gives<T> {
        Gives::new()
    }

    fn raises(&self) -> Raise<Fault> {
        Raise::new()
    }
}

impl<T> ViaPlain<T> for &Returned<T> {
    fn split(&self, returned: T) -> Result<T, Fault> {
        Ok(returned)
    }
}

/// The `Reply` that a handler takes, which may be an alias of that name with an error type of its own.
pub struct RepliesLate<R>(PhantomData<fn(R)>);

impl<T, E> RepliesLate<Reply<T, E>> {
    pub const fn new() -> Self {
        RepliesLate(PhantomData)
    }

    pub fn raises(&self) -> Raise<E> {
        Raise::new()
    }
}

/// The type of a result.
pub struct Gives<T>(PhantomData<fn(T)>);

impl<T> Gives<T> {
    pub const fn new() -> Self {
        Gives(PhantomData)
    }

    /// Look-up ends here for a type that can't be a result.
    pub fn of(self, _: Call<'_>) -> Unwritten
    where
        T: Returns,
    {
        Unwritten
    }

    /// Like [`of`](Self::of).
    pub fn schema(self, generator: &mut SchemaGenerator) -> Schema
    where
        T: Returns,
    {
        generator.subschema_for::<()>()
    }
}

/// The requirement for a result. No type implements it: look-up ends here for the sake of its message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the result of a method",
    label = "it has no `Serialize` or no `JsonSchema`",
    note = "write `#[rpc_type]` above `{Self}`, or return another type"
)]
pub trait Returns {}

/// A type that can be written.
pub trait ViaWritable {
    /// Returns the call, which can be replied to with this type.
    fn of<'a>(&self, call: Call<'a>) -> Call<'a>;
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
}

impl<T: Serialize + JsonSchema> ViaWritable for Gives<T> {
    fn of<'a>(&self, call: Call<'a>) -> Call<'a> {
        call
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// What can't be written.
pub struct Unwritten;

impl Unwritten {
    pub fn reply<T>(self, _: T) -> Outcome {
        Err(Fault::internal("a type that can't be written"))
    }

    pub fn in_thread<W>(self, _: Option<Duration>, work: W) -> Outcome {
        self.reply(work)
    }

    pub fn on_runtime<W>(self, _: Option<Duration>, work: W) -> Outcome {
        self.reply(work)
    }
}

/// Returns the schema of a result of type `T`.
pub const fn returns<T: Serialize + JsonSchema>() -> Option<SchemaOf> {
    Some(|generator| generator.subschema_for::<T>())
}
