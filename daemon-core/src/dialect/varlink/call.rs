//! Calls: the content of a message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::brief::start;
use crate::code;
use crate::dialect::json::nests_deeper;
use crate::fault::{Fault, LONGEST_NAME};
use crate::rpc::param::Param;

/// A call. Members that varlink does not know are ignored, as it allows them.
#[derive(Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    oneway: Option<bool>,
    more: Option<bool>,
    upgrade: Option<bool>,
}

/// Reads a message.
pub(super) fn read(message: &[u8], nesting: usize) -> Result<Call<'_>, Fault> {
    if nests_deeper(message, nesting) {
        return Err(Fault::invalid_request(format!("nested deeper than {nesting} levels")));
    }
    let call = serde_json::from_slice(message);
    // A struct can be read from an array, too.
    if call.is_ok() && !message.trim_ascii_start().starts_with(b"{") {
        return Err(Fault::invalid_request("no call of varlink: a call is an object"));
    }
    call.map_err(|error| match error.is_data() {
        true => Fault::invalid_request(format!("no call of varlink: {error}")),
        false => Fault::parse_error(error),
    })
}

impl Call<'_> {
    /// Whether the peer waits for no reply.
    pub(super) fn oneway(&self) -> bool {
        self.oneway == Some(true)
    }

    /// Whether the peer takes several replies.
    pub(super) fn more(&self) -> bool {
        self.more == Some(true)
    }

    /// Returns why the call cannot be made, whatever its method is.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.upgrade == Some(true) {
            return Err(Fault::invalid_request(
                "no method takes over the connection: call it without `upgrade`",
            ));
        }
        match self.text() {
            Some(text) if !text.starts_with('{') => {
                Err(Fault::invalid_value("parameters", "parameters are given by name, in an object"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The parameters as they were sent.
    pub(super) fn text(&self) -> Option<&str> {
        self.parameters.map(RawValue::get)
    }

    /// Returns the parameters for a method that takes these: null is the default of a parameter that has one.
    pub(super) fn params(&self, table: &[Param]) -> Option<Cow<'_, str>> {
        let text = self.text()?;
        let has_default =
            |name: &str| table.iter().any(|param| param.name == name && param.default.is_some());
        if !text.contains("null") || table.iter().all(|param| param.default.is_none()) {
            return Some(Cow::Borrowed(text));
        }
        let Ok(mut given) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
            return Some(Cow::Borrowed(text));
        };
        given.retain(|name, value| value.get() != "null" || !has_default(name));
        serde_json::to_string(&given).ok().map(Cow::Owned)
    }

    /// Adds to a fault about the parameters the name of one that the method does not have.
    pub(super) fn name_parameter(&self, fault: Fault, table: &[Param]) -> Fault {
        let is_named = fault.data().is_some_and(|data| data.get("parameter").is_some());
        if fault.code() != code::INVALID_PARAMS || is_named {
            return fault;
        }
        let given =
            self.text().and_then(|text| serde_json::from_str::<BTreeMap<String, &RawValue>>(text).ok());
        let names = given.unwrap_or_default();
        let unknown = names.keys().find(|name| table.iter().all(|param| param.name != **name));
        let Some(unknown) = unknown else { return fault };
        let reason = fault.data().and_then(|data| data["reason"].as_str()).unwrap_or_default();
        Fault::invalid_value(start(unknown, LONGEST_NAME), reason)
    }
}
