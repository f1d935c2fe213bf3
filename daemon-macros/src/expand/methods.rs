//! The impl of `Daemon` or of `Worker` for an impl block.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{client, method, own, schedule};
use crate::check::Methods;
use crate::side::Side;

pub(crate) fn methods(block: &Methods) -> TokenStream {
    let Methods { side, ty, conditions, .. } = block;
    let methods = method::table(&block.methods);
    let listeners = block.listeners.iter().map(schedule::listener);
    let timers = block.timers.iter().map(schedule::timer);
    let setup = setup(block);
    let method = match side {
        Side::Daemon => quote! {
            ::daemon_core::__private::Method<Self, <Self as ::daemon_core::__private::Describe>::Settings>
        },
        Side::Worker => quote!(::daemon_core::__private::Method<Self>),
    };
    let hooks = block.hooks.iter().map(|(name, hook)| {
        let name = Ident::new(&name.to_uppercase(), own());
        let hook = schedule::hook(hook.as_ref());
        quote!(const #name: ::core::option::Option<::daemon_core::__private::Hook<Self>> = #hook;)
    });
    let implemented = match side {
        Side::Daemon => quote!(Daemon),
        Side::Worker => quote!(Worker),
    };
    let registered = (*side == Side::Worker).then(|| registered(block));
    let client = block.client.as_ref().map(|name| client::client(name, block));
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::daemon_core::__private::#implemented for #ty {
            const METHODS: &'static [#method] = #methods;
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[#(#listeners),*];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[#(#timers),*];
            #setup
            #(#hooks)*
        }
        #registered
        #client
    }
}

/// Emits the function that makes the state.
fn setup(block: &Methods) -> TokenStream {
    let name = Ident::new(&block.side.setup().to_uppercase(), own());
    let described = described(block.side);
    let setup = schedule::setup(block.setup.as_ref());
    quote! {
        const #name: ::daemon_core::__private::Setup<
            <Self as ::daemon_core::__private::#described>::Settings,
            Self,
        > = #setup;
    }
}

/// The trait that the struct has.
pub(crate) fn described(side: Side) -> Ident {
    let name = match side {
        Side::Daemon => "Describe",
        Side::Worker => "DescribeWorker",
    };
    Ident::new(name, own())
}

/// Emits the worker's entry in the list of all workers of the program.
fn registered(block: &Methods) -> TokenStream {
    let Methods { ty, conditions, .. } = block;
    quote! {
        #(#conditions)*
        const _: () = {
            ::daemon_core::__private::inventory::submit! {
                ::daemon_core::__private::Registered {
                    krate: ::core::env!("CARGO_CRATE_NAME"),
                    place: (::core::file!(), ::core::line!(), ::core::column!()),
                    worker_type: ::daemon_core::__private::worker_type::<#ty>(),
                }
            }
        };
    }
}
