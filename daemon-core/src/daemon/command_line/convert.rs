//! From arguments of the command line to JSON, and from JSON to readable text.

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::rpc::method::MethodSpec;
use crate::rpc::param::{Param, SchemaOf};
use crate::rpc::schema::{UNDEFINED, type_word};

/// Returns the placeholder for a value of this type on a help page.
pub(super) fn word(schema: SchemaOf) -> String {
    match type_word(schema) {
        UNDEFINED => "value".to_owned(),
        word => word.to_owned(),
    }
}

/// Returns the help of a parameter, with its default.
pub(super) fn help(param: &Param) -> String {
    match param.default {
        Some(default) => format!("{} [default: {}]", param.doc, default()).trim_start().to_owned(),
        None => param.doc.to_owned(),
    }
}

/// Checks parameters given as JSON.
pub(super) fn structured(json: &str) -> Result<Box<RawValue>> {
    let value = RawValue::from_string(on_one_line(json))
        .map_err(|error| Error::usage(format!("--json {json}: that is not JSON")).because(error))?;
    match value.get().starts_with(['[', '{']) {
        true => Ok(value),
        false => Err(Error::usage(format!("--json {json}: parameters are an array or an object"))),
    }
}

/// Converts parameters given by position.
pub(super) fn by_position(given: &[&String], spec: Option<&MethodSpec>) -> Box<RawValue> {
    let param = |index: usize| spec.and_then(|spec| spec.params.get(index));
    let values: Vec<_> = given.iter().enumerate().map(|(index, text)| value(text, param(index))).collect();
    raw(format!("[{}]", values.join(",")))
}

/// Converts parameters given by name.
pub(super) fn by_name<'a>(
    params: &[Param],
    given: impl Fn(&'static str) -> Option<&'a String>,
) -> Box<RawValue> {
    let member = |param: &Param| {
        given(param.name).map(|text| format!("{}:{}", string(param.name), value(text, Some(param))))
    };
    let members: Vec<_> = params.iter().filter_map(member).collect();
    raw(format!("{{{}}}", members.join(",")))
}

/// Converts an argument to the parameter's type: text becomes a string; anything else stays as it is if it is JSON, so
/// that a number keeps all of its digits.
fn value(text: &str, param: Option<&Param>) -> String {
    let wants_text = param.is_some_and(|param| type_word(param.schema) == "string");
    match wants_text || serde_json::from_str::<IgnoredAny>(text).is_err() {
        true => string(text),
        false => on_one_line(text),
    }
}

/// Removes line ends from JSON. They mean nothing in JSON, and would end the line of the request.
fn on_one_line(json: &str) -> String {
    json.trim().replace(['\n', '\r'], " ")
}

fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Formats a result for people and for pipes: text as it is, everything else as JSON.
pub(super) fn readable(result: &RawValue) -> String {
    match serde_json::from_str(result.get()) {
        Ok(Value::String(text)) => text,
        Ok(value @ (Value::Array(_) | Value::Object(_))) => {
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        _ => result.get().to_owned(),
    }
}
