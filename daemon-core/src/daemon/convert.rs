//! From words of the command line to JSON, and from JSON to what a person reads.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::rpc::method::About;
use crate::rpc::param::{Param, SchemaOf};
use crate::rpc::schema::{UNDEFINED, type_word};

/// What stands for a value of this type on a help page.
pub(super) fn word(schema: SchemaOf) -> String {
    match type_word(schema) {
        UNDEFINED => "value".to_owned(),
        word => word.to_owned(),
    }
}

/// The help of a parameter, with its default.
pub(super) fn help(param: &Param) -> String {
    match param.default {
        Some(default) => format!("{} [default: {}]", param.doc, default()).trim_start().to_owned(),
        None => param.doc.to_owned(),
    }
}

/// Parameters that were given as JSON.
pub(super) fn structured(json: &str) -> Result<Value> {
    let value: Value = serde_json::from_str(json)
        .map_err(|error| Error::usage(format!("--json {json}: that is not JSON")).because(error))?;
    match value {
        Value::Array(_) | Value::Object(_) => Ok(value),
        _ => Err(Error::usage(format!("--json {json}: parameters are an array or an object"))),
    }
}

/// Parameters that were given in order.
pub(super) fn by_position(given: &[&String], about: Option<&About>) -> Value {
    let param = |index: usize| about.and_then(|about| about.params.get(index));
    given.iter().enumerate().map(|(index, text)| value(text, param(index))).collect()
}

/// Parameters that were given by name.
pub(super) fn by_name<'a>(params: &[Param], given: impl Fn(&'static str) -> Option<&'a String>) -> Value {
    let mut object = Map::new();
    for param in params {
        if let Some(text) = given(param.name) {
            object.insert(param.name.to_owned(), value(text, Some(param)));
        }
    }
    Value::Object(object)
}

/// A word as the parameter wants it: text stays text, everything else is JSON if it can be.
fn value(text: &str, param: Option<&Param>) -> Value {
    if param.is_some_and(|param| type_word(param.schema) == "string") {
        return Value::from(text);
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// A result for people and for pipes: text as it is, everything else as JSON.
pub(super) fn readable(result: &Value) -> String {
    match result {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(result).unwrap_or_default(),
        other => other.to_string(),
    }
}
