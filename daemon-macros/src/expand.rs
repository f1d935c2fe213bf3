//! The fourth stage: turns checked annotations into Rust, data and calls into `daemon_core::__private`. It can't fail.
//!
//! Every path is absolute, and every variable of ours has a span that the user's code can't see. So the generated code
//! keeps its meaning whatever names a user's module shadows.

mod beside;
mod call_hook;
mod client;
mod constraint;
mod daemon;
mod fault;
mod flag;
mod handler;
mod home;
mod method;
mod methods;
mod metric;
mod plugin;
mod schedule;
mod tables;
mod worker;

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;

pub(crate) use self::constraint::constrained;
pub(crate) use self::daemon::daemon;
pub(crate) use self::fault::{fault, sources};
pub(crate) use self::flag::table as settings;
pub(crate) use self::methods::{methods, settings_of};
pub(crate) use self::plugin::plugin;
pub(crate) use self::tables::free as extension;
pub(crate) use self::worker::worker;

/// Returns the span of generated code: its variables are its own.
fn own() -> Span {
    Span::mixed_site()
}

/// Returns the same, but an error that the compiler finds there is shown at the user's token.
pub(crate) fn at(place: &impl Spanned) -> Span {
    place.span().resolved_at(Span::mixed_site())
}

/// Returns the same for a type: the last word of its path.
fn at_type(ty: &syn::Type) -> Span {
    match crate::types::last_segment(ty) {
        Some(last) => at(&last.ident),
        None => at(ty),
    }
}

/// Imports the traits that a look-up chooses from.
fn traits() -> TokenStream {
    quote!(
        use ::daemon_core::__private::via::*;
    )
}

/// A struct with these fields, and the others from `base`.
fn record(ty: &TokenStream, fields: &[TokenStream], base: TokenStream) -> TokenStream {
    match fields.iter().all(TokenStream::is_empty) {
        true => base,
        false => quote!(#ty { #(#fields)* ..#base }),
    }
}

/// `name: value,` in a struct; nothing if there is no value.
fn field(name: &str, value: Option<impl ToTokens>) -> TokenStream {
    let name = proc_macro2::Ident::new(name, own());
    value.map(|value| quote!(#name: #value,)).unwrap_or_default()
}

/// `name: Some(value),` in a struct; nothing if there is no value.
fn some(name: &str, value: Option<impl ToTokens>) -> TokenStream {
    field(name, value.map(|value| quote!(::core::option::Option::Some(#value))))
}

/// `name: true,` in a struct; nothing if `value` is false.
fn yes(name: &str, value: bool) -> TokenStream {
    field(name, value.then(|| quote!(true)))
}

/// `name: &[…],` in a struct; nothing if the list is empty.
fn list(name: &str, items: &[impl ToTokens]) -> TokenStream {
    field(name, array(items))
}

/// `&[…]`; `None` if the list is empty.
fn array(items: &[impl ToTokens]) -> Option<TokenStream> {
    (!items.is_empty()).then(|| quote!(&[#(#items),*]))
}

/// Returns a text, unless it is empty.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn duration(duration: Duration) -> TokenStream {
    let seconds = duration.as_secs();
    match duration.subsec_nanos() {
        0 => quote!(::core::time::Duration::from_secs(#seconds)),
        nanos => quote!(::core::time::Duration::new(#seconds, #nanos)),
    }
}

/// `Some(value)`, or `None`.
fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
