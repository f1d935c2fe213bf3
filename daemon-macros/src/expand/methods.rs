//! The impl of `Daemon` or of `Worker` for an impl block.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::home::Home;
use super::{at, call_hook, client, method, own, plugin, schedule, tables};
use crate::check::{Hooks, Methods, Part, Setup};
use crate::side::Side;

pub(crate) fn methods(block: &Methods) -> TokenStream {
    let tables = match &block.part {
        Part::Main(hooks) if block.side == Side::Plugin => plugin::functions(block, hooks),
        Part::Main(hooks) => main(block, hooks),
        Part::Further(name) => tables::further(block, name),
    };
    let client = block.client.as_ref().map(|client| client::client(client, block));
    quote!(#tables #client)
}

/// Emits the main block: the impl of a trait.
fn main(block: &Methods, hooks: &Hooks) -> TokenStream {
    let Methods { side, ty, conditions, tables, .. } = block;
    let methods = method::table(&tables.methods, Home::Block);
    let listeners = tables.listeners.iter().map(|listener| schedule::listener(listener, Home::Block));
    let timers = tables.timers.iter().map(|timer| schedule::timer(timer, Home::Block));
    let call_hooks = call_hook::call_hooks(&tables.call_hooks, Home::Block)
        .map(|hooks| quote!(const CALL_HOOKS: ::daemon_core::__private::CallHooks<Self> = #hooks;));
    let settings = settings_of(block);
    let setup = setup(*side, hooks, &settings);
    let hooks = hooks.hooks.iter().map(|(name, hook)| {
        let name = Ident::new(&name.to_uppercase(), own());
        let hook = schedule::hook(hook.as_ref());
        quote!(const #name: ::core::option::Option<::daemon_core::__private::Hook<Self>> = #hook;)
    });
    let implemented = match side {
        Side::Daemon => quote!(Daemon),
        Side::Worker | Side::Plugin => quote!(Worker),
    };
    let registered = (*side == Side::Worker).then(|| registered(block));
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::daemon_core::__private::#implemented for #ty {
            type Settings = #settings;
            const METHODS: &'static [::daemon_core::__private::Method<Self, #settings>] = #methods;
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[#(#listeners),*];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[#(#timers),*];
            #call_hooks
            #setup
            #(#hooks)*
        }
        #registered
    }
}

/// Emits the type of the settings: the state itself, unless a function makes it from them.
pub(crate) fn settings_of(block: &Methods) -> TokenStream {
    match &block.part {
        Part::Main(Hooks { setup: Some(Setup::Makes { settings, .. }), .. }) => quote!(#settings),
        Part::Main(_) | Part::Further(_) => quote_spanned!(at(&block.ty)=> Self),
    }
}

/// Emits the function that makes the state from its settings.
fn setup(side: Side, hooks: &Hooks, settings: &TokenStream) -> TokenStream {
    let name = Ident::new(&side.setup().to_uppercase(), own());
    let setup = schedule::setup(hooks.setup.as_ref());
    quote!(const #name: ::daemon_core::__private::Setup<#settings, Self> = #setup;)
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
