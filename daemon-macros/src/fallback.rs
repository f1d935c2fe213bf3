//! The code emitted after a mistake instead of the tables: just enough that the compiler reports nothing more.
//!
//! A generic item gets nothing: it would need bounds that the user did not write.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, FnArg, ImplItem, ItemImpl, Type};

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
    let settings = settings_of(side, item);
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
            type Settings = #settings;
            const METHODS: &'static [::daemon_core::__private::Method<Self, #settings>] = &[];
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
            const #setup: ::daemon_core::__private::Setup<#settings, Self> =
                |_, _| ::core::unreachable!();
            #(#hooks)*
        }
        #client
    }
}

/// Returns the type of the settings, as far as it shows: what a function that makes the state takes, or the state itself.
fn settings_of(side: Side, item: &ItemImpl) -> TokenStream {
    let functions = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == side.setup() => Some(&function.sig),
        _ => None,
    });
    let taken =
        functions.filter(|signature| signature.receiver().is_none()).flat_map(|signature| &signature.inputs);
    let mut types = taken.filter_map(|input| match input {
        FnArg::Typed(input) if !matches!(*input.ty, Type::Reference(_)) => Some(&input.ty),
        _ => None,
    });
    types.next().map_or_else(|| quote!(Self), |ty| quote!(#ty))
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
