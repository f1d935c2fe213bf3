//! A document that is made once: making it takes a thousand times as long as sending it.

use std::cell::OnceCell;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::fault::Fault;

/// A document, once requested.
#[derive(Default)]
pub(crate) struct Made(OnceCell<Box<RawValue>>);

impl Made {
    /// Returns the document.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub(crate) fn get(&self, make: impl FnOnce() -> Value) -> Result<&RawValue, Fault> {
        if let Some(document) = self.0.get() {
            return Ok(document);
        }
        let made = to_raw_value(&make()).map_err(|error| Fault::internal(error.to_string()))?;
        Ok(self.0.get_or_init(|| made))
    }
}
