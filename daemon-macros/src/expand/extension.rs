//! The code for a free function: a method, and its entry in the list of extensions.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, method};
use crate::check::Extension;

pub(crate) fn extension(extension: &Extension) -> TokenStream {
    let daemon = &extension.daemon;
    let conditions = &extension.method.conditions;
    let new = quote_spanned!(at(daemon)=> ::daemon_core::__private::Extension::new::<#daemon>);
    let method = method::method(&extension.method, &TokenStream::new());
    // All of it is at the user's type, where a type that is not a daemon is then reported once.
    let extension = quote_spanned! {daemon.span()=>
        #new(
            ::core::env!("CARGO_CRATE_NAME"),
            (::core::file!(), ::core::line!(), ::core::column!()),
            const { &#method },
        )
    };
    quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            ::daemon_core::__private::inventory::submit! { #extension }
        };
    }
}
