//! Replies: what became of a call, in the bytes of JSON-RPC 2.0 and of `system.multicall`.

use serde_json::json;

use super::output::Output;
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

/// Appends an error reply (section 5.1). The limit of an answer does not count for it.
pub(crate) fn write_fault(output: &mut Output, id: &str, fault: &Fault) {
    write_head(output, id, ERROR);
    output.push(&fault.to_json());
    output.push("}");
}

/// The reply to a request whose answer came late.
pub(crate) fn late_reply(id: &str, outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    let mut output = Output::new(usize::MAX);
    match outcome {
        Ok(result) => {
            write_head(&mut output, id, RESULT);
            output.push_bytes(&result);
            output.push("}");
        }
        Err(fault) => write_fault(&mut output, id, &fault),
    }
    output.take()
}

/// A frame that tells a peer, outside of any call, why its connection ends.
pub(crate) fn farewell(output: &mut Output, fault: &Fault) {
    write_fault(output, NO_ID, fault);
    output.push("\n");
}

/// An element that came late.
pub(crate) fn late_element(outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    match outcome {
        Ok(result) => [b"[", result.as_slice(), b"]"].concat(),
        Err(fault) => fault_struct(&fault).into_bytes(),
    }
}

/// A fault as an element of the result of `system.multicall`.
pub(crate) fn fault_struct(fault: &Fault) -> String {
    json!({ "faultCode": fault.code(), "faultString": fault.message() }).to_string()
}
