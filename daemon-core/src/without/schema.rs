//! What stands in for the schemas of parameters without the feature `schema`: nothing is known of their types.

use super::param::SchemaOf;

/// The word for what may be of several types.
pub(crate) const UNDEFINED: &str = "undefined";

/// Whether any value may stand somewhere in what a schema describes. It may: a number that would lose digits there is
/// refused, and not changed.
pub(crate) fn takes_any(_: SchemaOf) -> bool {
    true
}

/// The word of the XML-RPC world for what a schema describes.
pub(crate) fn type_word(_: SchemaOf) -> &'static str {
    UNDEFINED
}

/// Returns the type name for the elements of an array: unknown.
pub(crate) fn element_word(_: SchemaOf) -> &'static str {
    UNDEFINED
}
