//! Requests of the protocol: a message, with what its parameters say about it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::versions::{CURRENT, SUPPORTED, UNSUPPORTED};
use crate::code;
use crate::dialect::json::request::{Checked, Message, NO_ID, Refused, known_id, parse};
use crate::fault::Fault;
use crate::trace::TraceContext;

/// The longest id or token, in bytes: it is kept as long as a call takes, and a token is sent with each item.
const LONGEST_ID: usize = 256;

/// A request, or a notification.
pub(crate) struct Request<'a> {
    /// The id as it was sent; a notification has none.
    pub(super) id: Option<&'a str>,
    pub(in crate::dialect) method: Cow<'a, str>,
    params: Result<Params<'a>, Fault>,
}

/// How the two sides agree on a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Era {
    /// By a handshake, up to 2025-11-25.
    Handshake,
    /// Each request names its own.
    Each,
}

/// The parameters that the methods of the protocol have.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::dialect) struct Params<'a> {
    /// The revision that a handshake asks for.
    #[serde(borrow)]
    pub(super) protocol_version: Option<Cow<'a, str>>,
    /// The name of a tool.
    #[serde(borrow)]
    pub(in crate::dialect) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    /// Where a list continues.
    #[serde(borrow)]
    pub(super) cursor: Option<Cow<'a, str>>,
    /// The id of the request to cancel.
    pub(super) request_id: Option<Value>,
    #[serde(borrow, default, rename = "_meta")]
    meta: Meta<'a>,
}

/// What a request says about itself.
#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "progressToken")]
    progress: Option<&'a RawValue>,
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// Reads a message; `None` if it needs no answer whatever it is: white space, or a response.
pub(in crate::dialect) fn read(message: &[u8], nesting: usize) -> Result<Option<Request<'_>>, Refused<'_>> {
    let nameless = |fault| Refused { id: NO_ID, fault };
    let named = |fault| Refused { id: known_id(message), fault };
    let members = match parse(message, nesting).map_err(named)? {
        Message::Nothing => return Ok(None),
        Message::Batch(_) => {
            return Err(nameless(Fault::invalid_request("send each message alone: this is no batch")));
        }
        Message::Single(members) => members,
    };
    if members.is_response() {
        return Ok(None);
    }
    let Checked { id, method, params, .. } = members.check()?;
    if let Some(id) = id {
        check_id(id).map_err(|fault| Refused { id, fault })?;
    }
    let params = match params {
        None => Ok(Params::default()),
        // A struct can be read from an array, too.
        Some(text) if !text.starts_with('{') => Err(malformed("`params` must be an object")),
        Some(text) => serde_json::from_str(text).map_err(|error| malformed(error.to_string())),
    };
    Ok(Some(Request { id, method, params }))
}

fn check_id(id: &str) -> Result<(), Fault> {
    if id.starts_with('n') || id.contains(['.', 'e', 'E']) && !id.starts_with('"') {
        return Err(Fault::invalid_request("`id` must be a string or an integer"));
    }
    match id.len() > LONGEST_ID {
        true => Err(Fault::invalid_request(format!("`id` is longer than {LONGEST_ID} bytes"))),
        false => Ok(()),
    }
}

impl<'a> Request<'a> {
    /// Returns the parameters.
    ///
    /// # Errors
    ///
    /// If one of them has the wrong type.
    pub(in crate::dialect) fn params(&self) -> Result<&Params<'a>, Fault> {
        self.params.as_ref().map_err(Fault::clone)
    }

    /// Returns the id for a fault.
    pub(in crate::dialect) fn id(&self) -> &'a str {
        self.id.unwrap_or(NO_ID)
    }

    /// Returns the revision that the request names.
    pub(in crate::dialect) fn version(&self) -> Option<&str> {
        self.params.as_ref().ok()?.meta.version.as_deref()
    }

    /// Whether it asks for notifications of progress.
    pub(in crate::dialect) fn wants_progress(&self) -> bool {
        self.params.as_ref().is_ok_and(|params| params.meta.progress.is_some())
    }

    /// Returns how the peer agrees on a revision.
    ///
    /// # Errors
    ///
    /// If the request names one that is not supported, or lacks what belongs to it.
    pub(in crate::dialect) fn era(&self) -> Result<Era, Fault> {
        let meta = &self.params()?.meta;
        match meta.version.as_deref() {
            None if self.method == "server/discover" => {
                Err(malformed("`_meta` must have `io.modelcontextprotocol/protocolVersion`"))
            }
            None => Ok(Era::Handshake),
            Some(CURRENT) if meta.capabilities.is_some_and(|value| value.get().starts_with('{')) => {
                Ok(Era::Each)
            }
            Some(CURRENT) => {
                Err(malformed("`_meta` must have `io.modelcontextprotocol/clientCapabilities`, an object"))
            }
            Some(other) => Err(Fault::new(UNSUPPORTED, "Unsupported protocol version")
                .with_data(json!({ "supported": SUPPORTED, "requested": other }))),
        }
    }
}

impl<'a> Params<'a> {
    /// Returns the token of notifications of progress.
    ///
    /// # Errors
    ///
    /// If it is neither a string nor a number, or too long.
    pub(super) fn progress(&self) -> Result<Option<&'a str>, Fault> {
        match self.meta.progress.map(RawValue::get) {
            Some(token)
                if !token.starts_with(['"', '-'])
                    && !token.starts_with(|digit: char| digit.is_ascii_digit()) =>
            {
                Err(malformed("`progressToken` must be a string or an integer"))
            }
            Some(token) if token.len() > LONGEST_ID => {
                Err(malformed(format!("`progressToken` is longer than {LONGEST_ID} bytes")))
            }
            token => Ok(token),
        }
    }

    pub(super) fn trace(&self) -> Option<TraceContext> {
        self.meta.traceparent.as_ref().and_then(|text| text.parse().ok())
    }
}

/// Says what is wrong with the parameters of a method of the protocol.
pub(super) fn malformed(reason: impl std::fmt::Display) -> Fault {
    Fault::new(code::INVALID_PARAMS, format!("Invalid params: {reason}"))
}
