//! A parameter as data: what it is called, what values it takes, and what it is when it is left out.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Value;

use crate::schemars::{JsonSchema, Schema, SchemaGenerator};

/// A function that gives the JSON Schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

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
    /// Whether its type can be made of nothing.
    pub accepts_absence: fn() -> bool,
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
            accepts_absence: || absent::<T>().is_some(),
        }
    }

    /// Whether a call has to give it.
    pub fn required(&self) -> bool {
        self.default.is_none() && !(self.accepts_absence)()
    }
}

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

/// A value for a parameter that was left out, if the type has one: `None` of an `Option`.
pub(crate) fn absent<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent).ok()
}

/// Where a missing value is read from: serde's options take it for `None`, every other type refuses it.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
