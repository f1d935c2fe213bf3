//! Replies: the outcome of a call, in the bytes of JSON-RPC 2.0.

use super::request::NO_ID;
use crate::fault::Fault;
use crate::rpc::output::{Output, Part};

/// The text between the id of a reply and its result.
pub(in crate::dialect) const RESULT: &str = ",\"result\":";
const ERROR: &str = ",\"error\":";

/// Appends a reply up to its result or error.
pub(in crate::dialect) fn write_head(output: &mut Output, id: &str, kind: &str) {
    output.push("{\"jsonrpc\":\"2.0\",\"id\":");
    output.push(id);
    output.push(kind);
}

/// Appends an error reply (section 5.1).
pub(in crate::dialect) fn write_fault(output: &mut Output, id: &str, fault: &Fault) {
    write_head(output, id, ERROR);
    write_error(output, fault);
    output.push("}");
}

/// Appends an error object, or that of another fault if this one has no room.
pub(super) fn write_error(output: &mut Output, fault: &Fault) {
    if let Err(instead) = output.fault(fault) {
        let _ = output.fault(&instead);
    }
}

/// Appends the reply to a request that was not answered at once.
pub(super) fn write_late_reply(output: &mut Output, id: &str, outcome: Result<Part, Fault>) {
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

/// Appends a message that explains to a peer, outside any call, why its connection ends.
pub(in crate::dialect) fn write_farewell(fault: &Fault, output: &mut Output) {
    write_fault(output, NO_ID, fault);
}
