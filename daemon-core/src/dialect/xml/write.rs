//! From the outcome of a call to the bytes of the response.
//!
//! The result is JSON text. It is translated while it is read: there is no tree. A response is one line: line ends in
//! strings are written as references.

mod text;
mod value;

use self::text::{Forbidden, escape};
use self::value::translate;
use crate::fault::{Fault, code};
use crate::rpc::output::{Bounded, Output, Unwritten};

/// Supervisor's code for a method that is not there.
const UNKNOWN_METHOD: i32 = 1;
const RESPONSE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse>";

/// Appends the response with a result, or with the fault that there is instead.
pub(crate) fn write_result(json: &[u8], output: &mut Output) {
    let start = output.mark();
    output.push(RESPONSE);
    output.push("<params><param>");
    match output.result(|written| translate(json, written)) {
        Ok(()) => output.push("</param></params></methodResponse>\n"),
        Err(fault) => {
            output.rewind(start);
            write_fault(&fault, output);
        }
    }
}

/// Appends the response with a fault.
pub(super) fn write_fault(fault: &Fault, output: &mut Output) {
    output.push(RESPONSE);
    output.push("<fault><value><struct><member><name>faultCode</name><value><int>");
    if let Err(instead) = output.failure(|written| write_members(fault, written)) {
        let _ = output.failure(|written| write_members(&instead, written));
    }
    output.push("</string></value></member></struct></value></fault></methodResponse>\n");
}

fn write_members(fault: &Fault, written: &mut Bounded<'_>) -> Result<(), Unwritten> {
    written.push(&code_of(fault).to_string())?;
    written.push("</int></value></member><member><name>faultString</name><value><string>")?;
    escape(&describe(fault), Forbidden::Replaced, written)
}

/// The code of a fault. Clients of Supervisor know another one for a method that is not there.
fn code_of(fault: &Fault) -> i32 {
    let method = fault.data().and_then(|data| data.get("method")?.as_str()).unwrap_or_default();
    match fault.code() {
        code::METHOD_NOT_FOUND if cfg!(feature = "supervisorctl") && method.starts_with("supervisor.") => {
            UNKNOWN_METHOD
        }
        code => code,
    }
}

/// The code, the message and the details of a fault as one text: a response has no place for data.
fn describe(fault: &Fault) -> String {
    let reason = fault.data().and_then(|data| data.as_object()).filter(|data| data.len() == 1);
    match (reason.and_then(|data| data.get("reason")?.as_str()), fault.data()) {
        (Some(reason), _) => format!("{}: {reason}", fault.message()),
        (None, Some(data)) => format!("{}: {data}", fault.message()),
        (None, None) => fault.message().to_owned(),
    }
}

/// Whether a fault says that the bytes were no XML.
pub(super) fn is_malformed(fault: &Fault) -> bool {
    fault.code() == code::PARSE_ERROR
}

#[cfg(test)]
mod tests;
