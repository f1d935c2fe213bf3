//! A fault that a method declares, as data.

use serde::Serialize;

use super::Fault;
#[cfg(daemon)]
use crate::schemars::{Schema, SchemaGenerator};

/// One fault that a method may return, as introspection shows it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FaultSpec {
    /// Its code.
    pub code: i32,
    /// Its message, with placeholders not filled in.
    pub message: &'static str,
    /// Its name, where faults have names: that of the variant; empty if it has none.
    #[serde(skip)]
    pub name: &'static str,
    /// The status of its answers over HTTP, 400 to 599; if there is none, 422.
    #[serde(skip)]
    pub status: Option<u16>,
    /// The schema of its data, if it has data whose type describes itself.
    #[cfg(daemon)]
    #[serde(skip)]
    pub data: Option<DataSchema>,
}

/// A function that generates the schema of a fault's data.
#[cfg(daemon)]
pub(crate) type DataSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

impl FaultSpec {
    /// Returns a fault without a name, a status, and data.
    pub const fn new(code: i32, message: &'static str) -> Self {
        FaultSpec {
            code,
            message,
            name: "",
            status: None,
            #[cfg(daemon)]
            data: None,
        }
    }

    /// Returns the status of its answers over HTTP.
    #[cfg(feature = "http")]
    pub(crate) fn http_status(&self) -> u16 {
        self.status.unwrap_or(422)
    }

    pub(super) fn fault(self) -> Fault {
        Fault::new(self.code, self.message)
    }
}
