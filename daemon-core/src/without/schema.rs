//! Replaces the schemas of parameters without the feature `schema`: nothing is known about their types.

use super::param::SchemaOf;

/// The type name for values of several types.
pub(crate) const UNDEFINED: &str = "undefined";

/// Whether a schema allows any value somewhere. Assumes so: a number that would lose digits there is refused, not
/// changed.
pub(crate) fn takes_any(_: SchemaOf) -> bool {
    true
}

/// Returns the XML-RPC type name for what a schema describes.
pub(crate) fn type_word(_: SchemaOf) -> &'static str {
    UNDEFINED
}

/// Returns the type name for the elements of an array: unknown.
pub(crate) fn element_word(_: SchemaOf) -> &'static str {
    UNDEFINED
}
