//! Replies: what became of a call, in the bytes of JSON-RPC 2.0 and of `system.multicall`.

use serde::Serialize;

use super::output::{Output, Part};
use super::request::NO_ID;
use crate::fault::Fault;

/// What stands between the id of a reply and what it brings.
pub(crate) const RESULT: &str = ",\"result\":";
const ERROR: &str = ",\"error\":";

/// Appends a reply up to what it brings.
pub(crate) fn write_head(output: &mut Output, id: &str, kind: &str) {
    output.push("{\"jsonrpc\":\"2.0\",\"id\":");
    output.push(id);
    output.push(kind);
}

/// Appends an error reply (section 5.1).
pub(crate) fn write_fault(output: &mut Output, id: &str, fault: &Fault) {
    write_head(output, id, ERROR);
    if let Err(instead) = output.fault(fault) {
        let _ = output.fault(&instead);
    }
    output.push("}");
}

/// Appends the reply to a request whose reply came late.
pub(crate) fn write_late_reply(output: &mut Output, id: &str, outcome: Result<Part, Fault>) {
    let mark = output.mark();
    write_head(output, id, RESULT);
    match outcome.and_then(|result| output.part(&result)) {
        Ok(()) => output.push("}"),
        Err(fault) => {
            output.rewind(mark);
            write_fault(output, id, &fault);
        }
    }
}

/// A frame that tells a peer, outside of any call, why its connection ends.
pub(crate) fn farewell(output: &mut Output, fault: &Fault) {
    write_fault(output, NO_ID, fault);
    output.push("\n");
}

/// Appends an element of the result of `system.multicall` that came late.
pub(crate) fn write_late_element(output: &mut Output, outcome: Result<Part, Fault>) {
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
pub(crate) fn write_fault_struct(output: &mut Output, fault: &Fault) {
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
