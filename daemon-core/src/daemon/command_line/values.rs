//! From arguments of the command line to JSON.

use serde_json::value::RawValue;

use super::source::Sources;
use crate::error::{Error, Result};
use crate::rpc::method::MethodSpec;
use crate::rpc::params::{Params, Rewritten};
use crate::rpc::texts::{Kind, json, on_one_line, string};

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
pub(in crate::daemon) fn by_position(given: &[&String], spec: Option<&MethodSpec>) -> Result<Box<RawValue>> {
    let mut sources = Sources::default();
    let mut values = Vec::new();
    for (index, argument) in given.iter().enumerate() {
        values.push(match spec.and_then(|spec| spec.params.get(index)) {
            Some(param) => value(param.name, Kind::of(param), &[argument], &mut sources)?,
            None => json(&sources.read(argument)?),
        });
    }
    Ok(raw(format!("[{}]", values.join(","))))
}

/// Converts parameters given by name: how the values of each are written, and what was written for it.
pub(super) fn by_name<'g>(
    given: impl IntoIterator<Item = (&'g str, Kind, &'g [&'g String])>,
) -> Result<Box<RawValue>> {
    let mut sources = Sources::default();
    let mut members = Vec::new();
    for (name, kind, arguments) in given {
        members.push(format!("{}:{}", string(name), value(name, kind, arguments, &mut sources)?));
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
fn value(name: &str, kind: Kind, arguments: &[&String], sources: &mut Sources) -> Result<String> {
    let texts = arguments.iter().map(|argument| sources.read(argument)).collect::<Result<Vec<_>>>()?;
    kind.json(&texts).map_err(|reason| {
        let text = texts.last().map(AsRef::as_ref).unwrap_or_default();
        Error::usage(format!("{name} {text}: {reason}"))
    })
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
