//! What stands in for the shapes of values without the feature `schema`: nothing is known of them.

use serde_json::{Map, Value};

use super::param::SchemaOf;
use super::schema::UNDEFINED;

/// A member of an object.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) doc: String,
    pub(crate) bounds: String,
    pub(crate) required: bool,
}

/// Returns the texts that a value can be: unknown.
pub(crate) fn choices(_: SchemaOf) -> Vec<String> {
    Vec::new()
}

/// Returns the members of an object: unknown.
pub(crate) fn members(_: SchemaOf) -> Vec<Member> {
    Vec::new()
}

/// Returns what values must be beyond their type: unknown.
pub(crate) fn bounds(_: SchemaOf) -> String {
    String::new()
}

/// Returns the type that a schema describes: unknown.
pub(crate) fn type_text(_: &Value, _: &Map<String, Value>) -> String {
    UNDEFINED.to_owned()
}
