//! The fourth stage: checked annotations as Rust, data and calls into `daemon_core::__private`. It can't fail.
//!
//! Every path is absolute, and every variable that is not the user's has a span that the user's code can't see:
//! whatever names a user's module shadows, the generated code means the same.

mod client;
mod daemon;
mod extension;
mod fault;
mod flag;
mod handler;
mod method;
mod methods;
mod schedule;
mod worker;

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::LitStr;
use syn::spanned::Spanned;

pub(crate) use self::daemon::daemon;
pub(crate) use self::extension::extension;
pub(crate) use self::fault::fault;
pub(crate) use self::methods::methods;
pub(crate) use self::worker::worker;
use crate::args::Count;

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

fn duration(duration: Duration) -> TokenStream {
    let seconds = duration.as_secs();
    match duration.subsec_nanos() {
        0 => quote!(::core::time::Duration::from_secs(#seconds)),
        nanos => quote!(::core::time::Duration::new(#seconds, #nanos)),
    }
}

/// The first delay and the longest one, as two arguments.
fn backoff((from, to): (Duration, Duration)) -> TokenStream {
    let (from, to) = (duration(from), duration(to));
    quote!(#from, #to)
}

/// The variables that a process gets; all if none are named.
fn env(names: &[LitStr]) -> Option<TokenStream> {
    (!names.is_empty()).then(|| quote!(&[#(#names),*]))
}

/// A number of processes; 0 stands for as many as there are cores.
fn count(count: &Count) -> TokenStream {
    match count {
        Count::Cores => quote!(0),
        Count::Number(number) => quote!(#number),
    }
}
