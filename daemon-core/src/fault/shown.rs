//! The faults of callers that have shown no token, or a wrong one.

use super::{Fault, code};

impl Fault {
    /// The caller has shown nothing so far on a socket that serves only callers that do.
    pub(crate) fn token_needed() -> Self {
        Fault::new(code::TOKEN_NEEDED, "Token needed")
            .with_reason("this socket serves only callers with a token; show one with `auth`")
    }

    /// The caller has shown what is no token.
    pub(crate) fn invalid_token() -> Self {
        Fault::new(code::INVALID_TOKEN, "Invalid token")
            .with_reason("the token is unknown, was revoked, or has expired")
    }
}
