//! A parameter as data: its name, its values, and its default.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Value;

use super::numbers::with_plain_integers;
use crate::brief::brief;
use crate::constraint::Constrained;
use crate::schemars::{JsonSchema, Schema, SchemaGenerator};

/// A function that generates the JSON Schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A function that reads a value from JSON text, and returns why that fails.
pub(crate) type CheckValue = fn(&str) -> Result<(), String>;

/// What a method says about one parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its option on the command line, if it is not its name.
    pub long: Option<&'static str>,
    /// Its help.
    pub doc: &'static str,
    /// The schema of its values.
    pub schema: SchemaOf,
    /// Its value when it is left out, if one was declared.
    pub default: Option<fn() -> Value>,
    /// Whether its type accepts a missing value.
    pub accepts_absence: fn() -> bool,
    /// Checks a value, for a caller that checks before it calls; `None` if only the type of a value can be wrong.
    pub check: Option<CheckValue>,
}

impl Param {
    /// Returns a parameter of type `T`. It is optional if `T` is an `Option`, or any other type that serde can read
    /// from a missing field.
    pub const fn of<'de, T: Deserialize<'de> + JsonSchema>(name: &'static str) -> Self {
        Param::new(name, |generator| generator.subschema_for::<T>(), || absent::<T>().is_some())
    }

    /// Returns a parameter with this schema; `accepts_absence` says whether it is optional.
    pub const fn new(name: &'static str, schema: SchemaOf, accepts_absence: fn() -> bool) -> Self {
        Param { name, long: None, doc: "", schema, default: None, accepts_absence, check: None }
    }

    /// Returns the name of its option on the command line: in kebab-case, like flags.
    pub(crate) fn long(&self) -> String {
        self.long.map_or_else(|| self.name.replace('_', "-"), str::to_owned)
    }

    /// Whether a call must give it.
    pub fn required(&self) -> bool {
        self.default.is_none() && !(self.accepts_absence)()
    }

    /// Checks the JSON text of a value, as a call would.
    ///
    /// # Errors
    ///
    /// Why the value can't be read, or which constraint it breaks.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        match self.check {
            Some(check) if text != "null" || self.required() => check(text)
                .or_else(|reason| with_plain_integers(text).map_or(Err(reason), |text| check(&text))),
            Some(_) | None => Ok(()),
        }
    }
}

/// Returns the schema of a parameter of the type `T` with the constraints number `N` of `C`.
pub fn described<T: JsonSchema, C: Constrained<N>, const N: usize>(
    generator: &mut SchemaGenerator,
) -> Schema {
    #[allow(unused_mut)]
    let mut schema = generator.subschema_for::<T>();
    #[cfg(feature = "schema")]
    crate::constraint::describe_field::<C, N>(&mut schema);
    schema
}

/// Checks whether a value of this type can be read from JSON text.
///
/// # Errors
///
/// Why it can't.
pub fn check_value<'de, T: Deserialize<'de>>(text: &'de str) -> Result<(), String> {
    serde_json::from_str::<T>(text).map(drop).map_err(|error| reason(&error))
}

/// Returns what is wrong, without the place: lines and columns count from the start of the parameters, or of one value,
/// and the peer does not know that.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let whole = brief(error);
    let place = format!(" at line {} column {}", error.line(), error.column());
    whole.strip_suffix(&place).unwrap_or(&whole).to_owned()
}

/// Returns the value for a parameter that was left out, if the type has one: `None` of an `Option`.
pub(crate) fn absent<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent).ok()
}

/// A deserializer for a missing value: serde reads it as `None` of an `Option`; every other type refuses it.
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
