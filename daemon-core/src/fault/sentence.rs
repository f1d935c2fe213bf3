//! A fault as a sentence, for people and for assistants.

use serde_json::Value;

use super::{Fault, code};

impl Fault {
    /// Describes the fault without JSON, unless its data has parts of its own: these follow on a line of their own.
    pub(crate) fn sentence(&self) -> String {
        let text = |name: &str| self.data().and_then(|data| data.get(name)).and_then(Value::as_str);
        let number = self.code();
        match (number, text("parameter"), text("reason")) {
            (code::INVALID_PARAMS, Some(parameter), Some(reason)) => {
                format!("the parameter `{parameter}` is invalid: {reason} ({number})")
            }
            (_, _, Some(reason)) => {
                format!("{}: {reason} ({number}){}", self.message(), details(self, &["reason"]))
            }
            (_, _, None) => format!("{} ({number}){}", self.message(), details(self, &["method"])),
        }
    }
}

/// Lists the data of a fault, except the members that were said already.
fn details(fault: &Fault, said: &[&str]) -> String {
    let Some(data) = fault.data() else { return String::new() };
    let members = match data {
        Value::Object(members) => members,
        Value::Array(_) => return format!("\ndata: {data}"),
        Value::String(text) => return format!(", data: {text}"),
        scalar => return format!(", data: {scalar}"),
    };
    let left: Vec<_> = members.iter().filter(|(name, _)| !said.contains(&name.as_str())).collect();
    if left.iter().any(|(_, value)| value.is_object() || value.is_array()) {
        return format!("\ndata: {data}");
    }
    left.into_iter().fold(String::new(), |text, (name, value)| match value {
        Value::String(words) => format!("{text}, {name}: {words}"),
        other => format!("{text}, {name}: {other}"),
    })
}
