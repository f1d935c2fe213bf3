//! What `#[derive(Fault)]` can do with an enum and with the data of its variants, decided where their types are known.
//!
//! A macro sees no traits. Method look-up does: it prefers the trait that needs no auto-reference. Only generated code
//! uses this.

#![allow(missing_docs)]

use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::Fault;
use crate::schemars::{JsonSchema, Schema, SchemaGenerator};

/// The message of a variant that has none of its own.
#[derive(Debug)]
pub struct FaultText<'e, E>(pub &'e E);

/// An error with a text.
pub trait ViaDisplay {
    /// Returns the text of the error.
    fn or(&self, words: &'static str) -> Cow<'static, str>;
}

impl<E: Display> ViaDisplay for FaultText<'_, E> {
    fn or(&self, _: &'static str) -> Cow<'static, str> {
        self.0.to_string().into()
    }
}

/// Any other error.
pub trait ViaWords {
    /// Returns the words of the variant's name.
    fn or(&self, words: &'static str) -> Cow<'static, str>;
}

impl<E> ViaWords for &FaultText<'_, E> {
    fn or(&self, words: &'static str) -> Cow<'static, str> {
        words.into()
    }
}

/// The type of the field that is sent as data.
#[derive(Debug)]
pub struct FaultData<T>(PhantomData<fn() -> T>);

impl<T> FaultData<T> {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        FaultData(PhantomData)
    }
}

/// A type that describes itself.
pub trait ViaSchema {
    /// Returns the schema of the data.
    fn schema(&self, generator: &mut SchemaGenerator) -> Option<Schema>;
}

impl<T: JsonSchema> ViaSchema for FaultData<T> {
    fn schema(&self, generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// Any other type.
pub trait ViaNoSchema {
    /// Returns `None`.
    fn schema(&self, generator: &mut SchemaGenerator) -> Option<Schema>;
}

impl<T> ViaNoSchema for &FaultData<T> {
    fn schema(&self, _: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// A type that can be read.
pub trait ViaData<T> {
    /// Reads the data of a fault.
    fn of(&self, fault: &Fault) -> Option<T>;
}

impl<T: DeserializeOwned> ViaData<T> for FaultData<T> {
    fn of(&self, fault: &Fault) -> Option<T> {
        // Data that is null arrives as none.
        T::deserialize(fault.data().unwrap_or(&serde_json::Value::Null)).ok()
    }
}

/// Any other type.
pub trait ViaNoData<T> {
    /// Returns `None`.
    fn of(&self, fault: &Fault) -> Option<T>;
}

impl<T> ViaNoData<T> for &FaultData<T> {
    fn of(&self, _: &Fault) -> Option<T> {
        None
    }
}
