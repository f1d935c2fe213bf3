//! The options of a method's sub-command: one for each parameter, besides those of every sub-command.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::flag::is_long;
use super::handler::{Handler, Param};
use super::name::Taken;
use crate::errors::Errors;

/// The options that the sub-command of every method has.
pub(super) const OPTIONS: [&str; 8] =
    ["help", "output", "pidfile", "socket", "timeout", "tls-ca", "token-file", "tokens"];

/// Checks that each parameter has an option of its own.
pub(super) fn check(handler: &Handler, errors: &mut Errors) {
    let mut taken = Taken::new();
    for param in handler.params() {
        let (long, place) = long(param);
        if param.long.is_some() && !is_long(&long) {
            errors.at(place, "write the option without its dashes, in lower case: `long = \"my-socket\"`");
        } else if OPTIONS.contains(&long.as_str()) {
            errors.at(
                place,
                format!(
                    "`--{long}` is an option of every method on the command line; write another for this parameter: \
                     `#[param(long = \"my-{long}\")]`"
                ),
            );
        } else {
            taken.take(long.clone(), &param.local, place, errors, |first| {
                format!("`--{long}` is already the option of `{first}`; write another: `long = \"…\"`")
            });
        }
    }
}

/// Returns the option of a parameter, and where it was written.
fn long(param: &Param) -> (String, TokenStream) {
    match &param.long {
        Some(written) => (written.value(), written.to_token_stream()),
        None => (param.name.replace('_', "-"), param.local.to_token_stream()),
    }
}
