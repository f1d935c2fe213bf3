//! What is emitted after a mistake instead of the tables: just enough that the compiler has nothing to add.
//!
//! A generic daemon gets nothing: it would need bounds that nobody wrote.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, ItemImpl};

/// A daemon that says nothing of itself.
pub(crate) fn state(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::Describe for #ident {
            const PROFILE: ::daemon_core::__private::Profile = ::daemon_core::__private::Profile::new("", "");
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
        }
    }
}

/// A daemon that does nothing.
pub(crate) fn methods(item: &ItemImpl) -> TokenStream {
    let ty = &item.self_ty;
    if !item.generics.params.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::Daemon for #ty {
            const METHODS: &'static [::daemon_core::__private::Method<Self>] = &[];
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
            const SETUP: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
            const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> =
                ::core::option::Option::None;
        }
    }
}

/// An error without faults of its own.
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
