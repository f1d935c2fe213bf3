//! The token of a request: `Authorization: Bearer …` (RFC 6750). It holds for this request alone.

use hyper::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use hyper::{HeaderMap, StatusCode};

use super::answer::with;
use super::codec::Answer;
use super::headers::values;
use super::problem;
use crate::code;
use crate::credentials::HAS_TOKENS;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;

/// What a peer learns that has sent no token, and that has sent a wrong one (section 3).
const NEEDED: &str = "Bearer realm=\"daemon\"";
const INVALID: &str = "Bearer error=\"invalid_token\"";

/// Checks the token of a request; returns the refusal if it is wrong, or missing where nothing is served without one.
pub(super) fn check<S>(headers: &HeaderMap, server: &mut Server<'_, S>) -> Option<Answer> {
    if !HAS_TOKENS {
        return None;
    }
    let mut tokens = values(headers, &AUTHORIZATION).filter_map(token);
    let shown = match (tokens.next(), tokens.next()) {
        (None, _) if server.lacks_token() => Err(Fault::token_needed()),
        (None, _) => Ok(()),
        (Some(token), None) => server.show(token),
        (Some(_), Some(_)) => {
            return Some(problem::refuse(StatusCode::BAD_REQUEST, "`Authorization` is given twice"));
        }
    };
    shown.err().map(|fault| problem::of_fault(&fault, &[]))
}

/// Returns the token of a header; `None` for another scheme.
fn token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Says in an answer with status 401 what a token is sent with; leaves every other one as it is.
pub(super) fn challenge(answer: Answer, fault: i32) -> Answer {
    match fault {
        code::TOKEN_NEEDED => with(answer, WWW_AUTHENTICATE, NEEDED),
        code::INVALID_TOKEN => with(answer, WWW_AUTHENTICATE, INVALID),
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_follows_the_scheme() {
        for (value, expected) in [
            ("Bearer dmn_1", Some("dmn_1")),
            ("bearer  dmn_1 ", Some("dmn_1")),
            ("Bearer ", None),
            ("Bearer", None),
            ("Basic dmn_1", None),
            ("", None),
        ] {
            assert_eq!(token(&HeaderValue::from_static(value)), expected, "{value}");
        }
    }
}
