//! What a free function adds: a method, and its entry in the list of extensions.

use proc_macro2::TokenStream;
use quote::quote;

use super::method;
use crate::check::Extension;

pub(crate) fn extension(extension: &Extension) -> TokenStream {
    let daemon = &extension.daemon;
    let conditions = &extension.method.conditions;
    let method = method::method(&extension.method, &TokenStream::new());
    quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            static METHOD: ::daemon_core::__private::Method<#daemon> = #method;
            ::daemon_core::__private::inventory::submit! {
                ::daemon_core::__private::Extension::new(
                    ::core::env!("CARGO_CRATE_NAME"),
                    ::core::concat!(::core::file!(), ":", ::core::line!()),
                    &METHOD,
                )
            }
        };
    }
}
