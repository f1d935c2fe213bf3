//! Why a service does not do what it is asked for.

use daemon_core::{Error, TypedFault};

/// Why a service does not do what it is asked for.
#[derive(Debug, daemon_core::Fault)]
pub(crate) enum Refused {
    /// There is nothing with this number.
    #[fault(code = 1, status = 404, message = "there is no {0} with this number")]
    Unknown(#[fault(data)] String),
    /// Another service can't be reached.
    #[fault(code = 2, status = 503, message = "{0}")]
    Unavailable(#[fault(data)] String),
}

impl From<Error> for Refused {
    /// Passes on what another service has said.
    fn from(error: Error) -> Self {
        error.fault().and_then(Refused::from_fault).unwrap_or_else(|| Refused::Unavailable(error.report()))
    }
}
