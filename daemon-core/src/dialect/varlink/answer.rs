//! Replies: what comes of a call, in the bytes of varlink.

use std::sync::Arc;

use serde_json::{Value, json};

use super::service;
use crate::fault::{Fault, FaultSpec};
use crate::rpc::interfaces::{DATA, FAILED, Form, Interface, MESSAGE, MISSED, RESULT};
use crate::rpc::method::MethodSpec;
use crate::rpc::output::{Output, Part};

/// How a message ends.
const END: &str = "}\0";

/// How what comes of the calls of a method is written.
pub(super) struct Answers {
    interface: Arc<Interface>,
    faults: &'static [FaultSpec],
    form: Form,
}

impl Answers {
    pub(super) fn new(interface: Arc<Interface>, spec: &MethodSpec, form: Form) -> Self {
        Answers { interface, faults: (spec.faults)(), form }
    }

    /// Appends the only reply to a call.
    pub(super) fn outcome(&self, outcome: Result<Part, Fault>, output: &mut Output) {
        let start = output.mark();
        if let Err(fault) = outcome.and_then(|result| self.result(&result, output)) {
            output.rewind(start);
            self.fault(&fault, output);
        }
    }

    fn result(&self, result: &Part, output: &mut Output) -> Result<(), Fault> {
        output.push("{\"parameters\":");
        match self.form_of(&result.bytes) {
            Form::Nothing => output.push("{}"),
            Form::Members => output.part(result)?,
            Form::Value => {
                write_name("{", RESULT, output);
                output.part(result)?;
                output.push("}");
            }
        }
        output.push(END);
        Ok(())
    }

    /// Appends an item of a subscription, with the number of those that were left out before it.
    pub(super) fn item(&self, item: &[u8], missed: u64, continues: bool, output: &mut Output) {
        output.push("{\"parameters\":{");
        if missed > 0 {
            write_name("", MISSED, output);
            output.number(missed);
        }
        let members = match self.form_of(item) {
            Form::Members => &item[1..],
            Form::Nothing | Form::Value => item,
        };
        if missed > 0 && members != b"}" {
            output.push(",");
        }
        if members.len() == item.len() {
            write_name("", RESULT, output);
        }
        output.push_bytes(members);
        if members.len() == item.len() {
            output.push("}");
        }
        output.push(if continues { ",\"continues\":true" } else { "" });
        output.push(END);
    }

    /// Returns how this result is written. A type may say that it is a struct and yet write something else.
    fn form_of(&self, json: &[u8]) -> Form {
        match self.form {
            Form::Members if !json.starts_with(b"{") => Form::Value,
            form => form,
        }
    }

    /// Appends an error: one of varlink, one that the method declares, or the one for all others.
    pub(super) fn fault(&self, fault: &Fault, output: &mut Output) {
        if let Some((error, parameters)) = service::standard(fault) {
            return write_error(&error, &parameters, &self.interface.name, output);
        }
        let Some(declared) = self.interface.error(fault.code(), self.faults) else {
            return write_failed(&self.interface.name, fault, output);
        };
        let mut parameters = match (fault.data(), declared.form()) {
            (Some(Value::Object(members)), Form::Members) => members.clone(),
            (Some(data), _) => [(DATA.to_owned(), data.clone())].into_iter().collect(),
            (None, _) => serde_json::Map::new(),
        };
        parameters.entry(MESSAGE).or_insert_with(|| fault.message().into());
        let error = format!("{}.{}", self.interface.name, declared.name);
        write_error(&error, &parameters.into(), &self.interface.name, output);
    }
}

/// Appends the name of a member.
fn write_name(before: &str, name: &str, output: &mut Output) {
    output.push(before);
    output.text(name);
    output.push(":");
}

/// Appends the last reply of a subscription, if it has no item.
pub(super) fn write_nothing(output: &mut Output) {
    output.push("{\"parameters\":{}");
    output.push(END);
}

/// Appends the error for a fault that has none of its own.
pub(super) fn write_failed(interface: &str, fault: &Fault, output: &mut Output) {
    let mut parameters = json!({ "code": fault.code(), MESSAGE: fault.message() });
    match fault.data() {
        None => {}
        Some(Value::Object(data)) => parameters[DATA] = data.clone().into(),
        Some(data) => parameters[DATA] = json!({ "value": data }),
    }
    write_error(&format!("{interface}.{FAILED}"), &parameters, interface, output);
}

/// Appends an error, or that of another fault if its parameters have no room.
pub(super) fn write_error(error: &str, parameters: &Value, interface: &str, output: &mut Output) {
    let start = output.mark();
    write_name("{", "error", output);
    output.text(error);
    write_name(",", "parameters", output);
    match output.fault(parameters) {
        Ok(()) => output.push(END),
        Err(instead) => {
            output.rewind(start);
            // It is short: this happens once.
            write_failed(interface, &instead, output);
        }
    }
}
