//! The fourth stage: checked annotations as Rust, data and calls into `daemon_core::__private`. It can't fail.
//!
//! Every path is absolute, and every variable that is not the user's has a span that the user's code can't see:
//! whatever names a user's module shadows, the generated code means the same.

mod extension;
mod fault;
mod handler;
mod method;
mod methods;
mod schedule;
mod state;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;

pub(crate) use self::extension::extension;
pub(crate) use self::fault::fault;
pub(crate) use self::methods::methods;
pub(crate) use self::state::state;

/// The span of what is generated: its variables are its own.
fn own() -> Span {
    Span::mixed_site()
}

/// The same, but an error that the compiler finds there is shown at the user's token.
fn at(place: &impl Spanned) -> Span {
    place.span().resolved_at(Span::mixed_site())
}

/// `.name(value)` in a chain of settings; nothing if there is no value.
fn setting(name: &str, value: Option<impl ToTokens>) -> TokenStream {
    let name = proc_macro2::Ident::new(name, own());
    value.map(|value| quote!(.#name(#value))).unwrap_or_default()
}

/// `.name(&[…])` in a chain of settings; nothing if the list is empty.
fn list(name: &str, items: &[impl ToTokens]) -> TokenStream {
    setting(name, (!items.is_empty()).then(|| quote!(&[#(#items),*])))
}

/// A text, unless it is empty.
fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
