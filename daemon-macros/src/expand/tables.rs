//! The tables of a further block or of a free function, and their entry in the list of extensions.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::home::Home;
use super::{at, call_hook, field, method, record, schedule};
use crate::check::{Extension, Methods, Tables};

/// Emits a further block of a daemon.
pub(super) fn further(block: &Methods, name: &str) -> TokenStream {
    let Methods { ty, conditions, .. } = block;
    let tables = tables(&block.tables, Home::Block, None);
    let extension = extension(ty, ty.span(), name, &tables);
    quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            enum __FurtherBlock {}

            #[automatically_derived]
            impl ::daemon_core::__private::More<__FurtherBlock> for #ty {
                const EXTENSION: ::daemon_core::__private::Extension = #extension;
            }

            ::daemon_core::__private::inventory::submit! {
                <#ty as ::daemon_core::__private::More<__FurtherBlock>>::EXTENSION
            }
        };
    }
}

/// Emits a free function of a daemon.
pub(crate) fn free(function: &Extension) -> TokenStream {
    let Extension { daemon, conditions, name, tables } = function;
    let tables = self::tables(tables, Home::Free, None);
    // All of it is at the user's type, where a type that is not a daemon is then reported once.
    let extension = extension(daemon, daemon.span(), name, &tables);
    quote! {
        #(#conditions)*
        #[allow(deprecated)]
        const _: () = {
            ::daemon_core::__private::inventory::submit! { #extension }
        };
    }
}

/// Emits what joins a daemon.
pub(super) fn extension(
    daemon: &impl ToTokens,
    place: Span,
    name: &str,
    tables: &TokenStream,
) -> TokenStream {
    let new = quote_spanned!(at(daemon)=> ::daemon_core::__private::Extension::new::<#daemon>);
    quote_spanned! {place=>
        #new(
            ::core::env!("CARGO_CRATE_NAME"),
            (::core::file!(), ::core::line!(), ::core::column!()),
            #name,
            const { &#tables },
        )
    }
}

/// Emits tables; `home` is where the functions were written.
pub(super) fn tables(tables: &Tables, home: Home, plugin: Option<TokenStream>) -> TokenStream {
    let methods = (!tables.methods.is_empty()).then(|| method::table(&tables.methods, home));
    let listeners: Vec<_> =
        tables.listeners.iter().map(|listener| schedule::listener(listener, home)).collect();
    let timers: Vec<_> = tables.timers.iter().map(|timer| schedule::timer(timer, home)).collect();
    let fields = [
        field("methods", methods),
        super::list("listeners", &listeners),
        super::list("timers", &timers),
        field("call_hooks", call_hook::call_hooks(&tables.call_hooks, home)),
        super::some("plugin", plugin),
    ];
    let ty = quote!(::daemon_core::__private::Tables);
    record(&ty, &fields, quote!(#ty::empty()))
}
