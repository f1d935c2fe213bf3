//! The arguments of `#[on_signal(…)]`, `#[on(…)]` and `#[every(…)]`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr};

use super::items;
use crate::attributes;
use crate::errors::Errors;

/// The name of an event or a signal, as written.
pub(crate) type EventName = Ident;

/// Reads the names in `#[on_signal(SIGHUP, SIGUSR1)]`.
pub(crate) fn signals(attribute: &Attribute, errors: &mut Errors) -> Vec<EventName> {
    words(attribute, "write the names of signals, without quotes: `#[on_signal(SIGHUP, SIGUSR1)]`", errors)
}

/// Reads the list of names in the parentheses of an attribute; `advice` is the message if it is anything else.
pub(crate) fn words(attribute: &Attribute, advice: &str, errors: &mut Errors) -> Vec<EventName> {
    let Some(tokens) = attributes::arguments(attribute, errors) else {
        return Vec::new();
    };
    match items(tokens.clone()) {
        Some(names) if !names.is_empty() => names,
        Some(_) | None => {
            errors.at(place(attribute, tokens), advice);
            Vec::new()
        }
    }
}

/// Reads the text in `#[every("30s")]`.
pub(crate) fn period(attribute: &Attribute, errors: &mut Errors) -> Option<LitStr> {
    let tokens = attributes::arguments(attribute, errors)?;
    match syn::parse2(tokens.clone()) {
        Ok(text) => Some(text),
        Err(_) => {
            errors.at(place(attribute, tokens), "write a duration in quotes: `#[every(\"30s\")]`");
            None
        }
    }
}

/// Returns the arguments, or the attribute if there are none.
fn place(attribute: &Attribute, tokens: TokenStream) -> TokenStream {
    if tokens.is_empty() { attribute.to_token_stream() } else { tokens }
}
