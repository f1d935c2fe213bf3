//! `system.multicall`: the parameters of several calls in one.
//!
//! Its shape comes from XML-RPC: each result is wrapped in an array of one element, each fault is a struct of
//! `faultCode` and `faultString`. The dispatcher makes the calls.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::holes::Holes;
use super::output::{Output, Part};
use super::param::Param;
use super::params;
use crate::context::CallId;
use crate::fault::{Fault, code};

/// Its name, which must not occur in its own list.
pub(crate) const NAME: &str = "system.multicall";

/// Its one parameter.
pub(crate) const PARAMS: &[Param] = &[Param {
    doc: "An array of structs: methodName, params",
    ..Param::of::<Vec<serde_json::Value>>("calls")
}];

/// A multicall with calls that are not answered yet.
#[derive(Default)]
pub(super) struct Multicall {
    call: CallId,
    result: Holes,
}

impl Multicall {
    /// Creates the multicall `call` from the part of its result written so far, with holes at these positions.
    pub(super) fn new(call: CallId, written: Part, holes: Vec<usize>) -> Self {
        Multicall { call, result: Holes::new(written, holes) }
    }

    /// Records the outcome of one of its calls. The results of all may have `limit` bytes together.
    pub(super) fn fill(&mut self, hole: usize, limit: usize, outcome: Result<Part, Fault>) {
        self.result.fill(hole, limit, |output| write_late_element(output, outcome));
    }

    pub(super) fn is_whole(&self) -> bool {
        self.result.is_whole()
    }

    /// Returns its call id and its result.
    pub(super) fn join(self) -> (CallId, Part) {
        (self.call, self.result.join())
    }
}

/// One of the calls.
#[derive(Deserialize)]
pub(crate) struct Entry<'a> {
    #[serde(rename = "methodName", borrow)]
    pub(crate) method: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "given")]
    params: Option<&'a RawValue>,
}

/// Reads a member that is present; `null` counts as present.
fn given<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Entry<'_> {
    /// Returns the JSON text of an array or object.
    pub(crate) fn params(&self) -> Option<&str> {
        self.params.map(RawValue::get)
    }
}

/// Returns the calls in the parameters, unread; at most `limit`.
pub(crate) fn calls(params: Option<&str>, limit: usize) -> Result<Vec<&RawValue>, Fault> {
    let (calls,) = params::read::<(Vec<&RawValue>,)>(params, PARAMS)?;
    if calls.len() > limit {
        let reason = format!("{} calls, the limit is {limit}", calls.len());
        return Err(Fault::new(code::INVALID_PARAMS, "Invalid params").with_data(json!({ "reason": reason })));
    }
    Ok(calls)
}

/// Reads one of the calls.
pub(crate) fn understand(call: &RawValue) -> Result<Entry<'_>, Fault> {
    // serde would also accept an array for a struct.
    let entry = Some(call.get()).filter(|text| text.starts_with('{'));
    let entry: Entry<'_> = entry
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| Fault::invalid_request("an entry is a struct of methodName and params"))?;
    if entry.method == NAME {
        return Err(Fault::new(code::RECURSIVE_MULTICALL, "system.multicall cannot call itself"));
    }
    if entry.params.is_some_and(|params| !params.get().starts_with(['[', '{'])) {
        return Err(Fault::invalid_request("`params` must be an array or a struct, or be left out"));
    }
    Ok(entry)
}

/// Appends a late element to the result of `system.multicall`.
fn write_late_element(output: &mut Output, outcome: Result<Part, Fault>) {
    let mark = output.mark();
    output.push("[");
    match outcome.and_then(|result| output.part(&result)) {
        Ok(()) => output.push("]"),
        Err(fault) => {
            output.rewind(mark);
            write_fault_struct(output, &fault);
        }
    }
}

/// Appends a fault as an element of the result of `system.multicall`.
pub(super) fn write_fault_struct(output: &mut Output, fault: &Fault) {
    if let Err(instead) = output.fault(&FaultStruct::of(fault)) {
        let _ = output.fault(&FaultStruct::of(&instead));
    }
}

#[derive(Serialize)]
struct FaultStruct<'a> {
    #[serde(rename = "faultCode")]
    code: i32,
    #[serde(rename = "faultString")]
    message: &'a str,
}

impl<'a> FaultStruct<'a> {
    fn of(fault: &'a Fault) -> Self {
        FaultStruct { code: fault.code(), message: fault.message() }
    }
}
