//! From arguments of the command line to JSON.

use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::source::Sources;
use crate::error::{Error, Result};
use crate::rpc::method::MethodSpec;
use crate::rpc::param::Param;
use crate::rpc::params::{Params, Rewritten};
use crate::rpc::schema::{element_word, type_word};
use crate::settings::parse::switch;

/// How the values of a parameter are written on the command line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As they are.
    Text,
    /// As the words of a switch, or not at all.
    Switch,
    /// One by one, or all as one JSON array. The elements may be text.
    List { text: bool },
    /// As JSON; what is not JSON is text.
    Json,
}

impl Kind {
    pub(super) fn of(param: &Param) -> Kind {
        match type_word(param.schema) {
            "string" => Kind::Text,
            "boolean" => Kind::Switch,
            "array" => Kind::List { text: element_word(param.schema) == "string" },
            _ => Kind::Json,
        }
    }
}

/// Reads parameters given as JSON.
pub(super) fn structured(argument: &str) -> Result<Box<RawValue>> {
    let json = Sources::default().read(argument)?;
    let value = RawValue::from_string(on_one_line(&json))
        .map_err(|error| Error::usage(format!("--json {argument}: that is not JSON")).because(error))?;
    match value.get().starts_with(['[', '{']) {
        true => Ok(value),
        false => Err(Error::usage(format!("--json {argument}: parameters are an array or an object"))),
    }
}

/// Converts parameters given by position.
pub(super) fn by_position(given: &[&String], spec: Option<&MethodSpec>) -> Result<Box<RawValue>> {
    let mut sources = Sources::default();
    let mut values = Vec::new();
    for (index, argument) in given.iter().enumerate() {
        values.push(match spec.and_then(|spec| spec.params.get(index)) {
            Some(param) => value(param, &[argument], &mut sources)?,
            None => json(&sources.read(argument)?),
        });
    }
    Ok(raw(format!("[{}]", values.join(","))))
}

/// Converts parameters given by name, each with what was written for it.
pub(super) fn by_name(given: &[(&Param, Vec<&String>)]) -> Result<Box<RawValue>> {
    let mut sources = Sources::default();
    let mut members = Vec::new();
    for (param, arguments) in given {
        members.push(format!("{}:{}", string(param.name), value(param, arguments, &mut sources)?));
    }
    Ok(raw(format!("{{{}}}", members.join(","))))
}

/// Checks values before they are sent, as far as this program knows the method.
///
/// # Errors
///
/// A usage error that names a parameter, and says what is wrong with its value.
pub(super) fn check(params: &RawValue, spec: &MethodSpec) -> Result<()> {
    let checked = Params::new(Some(params.get()), spec.params, &Rewritten::new()).check_values();
    checked.map_err(|(name, reason)| Error::usage(format!("the parameter `{name}` is invalid: {reason}")))
}

/// Converts what was written for a parameter to its type.
fn value(param: &Param, arguments: &[&String], sources: &mut Sources) -> Result<String> {
    let texts = arguments.iter().map(|argument| sources.read(argument)).collect::<Result<Vec<_>>>()?;
    match (Kind::of(param), texts.as_slice()) {
        (Kind::List { text: _ }, [array]) if is_array(array) => Ok(on_one_line(array)),
        (Kind::List { text }, elements) => {
            let element = |element| if text { string(element) } else { json(element) };
            let elements: Vec<_> = elements.iter().map(|text| element(text)).collect();
            Ok(format!("[{}]", elements.join(",")))
        }
        (_, []) => Ok("null".to_owned()),
        (Kind::Text, [.., text]) => Ok(string(text)),
        (Kind::Json, [.., text]) => Ok(json(text)),
        (Kind::Switch, [.., text]) => match switch(text.trim_end()) {
            Ok(is_on) => Ok(is_on.to_string()),
            Err(reason) => Err(Error::usage(format!("{} {text}: {reason}", param.name))),
        },
    }
}

fn is_array(text: &str) -> bool {
    text.trim_start().starts_with('[') && is_json(text)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Leaves JSON as it is, so that a number keeps all of its digits; everything else becomes a string.
fn json(text: &str) -> String {
    if is_json(text) { on_one_line(text) } else { string(text) }
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
