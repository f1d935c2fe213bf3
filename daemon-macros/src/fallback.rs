//! The code emitted after a mistake instead of the tables: just enough that the compiler reports nothing more.
//!
//! A generic item gets nothing: it would need bounds that the user did not write.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, ItemImpl};

use crate::side::Side;

/// Emits a daemon or a worker without settings.
pub(crate) fn state(side: Side, item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    let (described, says) = match side {
        Side::Daemon => (
            quote!(Describe),
            quote!(SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new("", "")),
        ),
        Side::Worker => (
            quote!(DescribeWorker),
            quote!(SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new("")),
        ),
    };
    let flags = settings(item);
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::#described for #ident {
            const #says;
        }
        #flags
    }
}

/// Emits settings without flags.
pub(crate) fn settings(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::Flags for #ident {
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
        }
    }
}

/// Emits a daemon or a worker without methods.
pub(crate) fn methods(side: Side, client: Option<&Ident>, item: &ItemImpl) -> TokenStream {
    let ty = &item.self_ty;
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    let setup = Ident::new(&side.setup().to_uppercase(), Span::mixed_site());
    let implemented = match side {
        Side::Daemon => quote!(Daemon),
        Side::Worker => quote!(Worker),
    };
    let client = client
        .filter(|_| cfg!(feature = "client"))
        .map(|name| quote!(#[allow(dead_code)] pub struct #name<'c>(pub &'c mut ::daemon_core::Client);));
    let hooks = side.hooks().iter().map(|name| {
        let name = Ident::new(&name.to_uppercase(), Span::mixed_site());
        quote! {
            const #name: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
        }
    });
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::#implemented for #ty {
            type Settings = ::daemon_core::__private::NoSettings;
            const METHODS: &'static [::daemon_core::__private::Method<Self, ::daemon_core::__private::NoSettings>] = &[];
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
            const #setup: ::daemon_core::__private::Setup<::daemon_core::__private::NoSettings, Self> =
                |_, _| ::core::unreachable!();
            #(#hooks)*
        }
        #client
    }
}

/// Emits an error type without faults.
pub(crate) fn fault(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::TypedFault for #ident #arguments #bounds {
            const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[];

            fn into_fault(self) -> ::daemon_core::Fault {
                ::daemon_core::Fault::new(0, "")
            }
        }
    }
}
