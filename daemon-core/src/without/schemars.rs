//! Replaces the crate `schemars` without the feature `schema`: every type has an empty schema.

/// A type with a schema: every type.
pub trait JsonSchema {}

impl<T: ?Sized> JsonSchema for T {}

/// An empty schema.
#[derive(Debug)]
pub struct Schema;

/// Generates empty schemas.
#[derive(Debug)]
pub struct SchemaGenerator;

impl SchemaGenerator {
    pub(crate) fn subschema_for<T: ?Sized + JsonSchema>(&mut self) -> Schema {
        Schema
    }
}
