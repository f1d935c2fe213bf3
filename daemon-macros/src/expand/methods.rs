//! The impl of `Daemon` for an impl block.

use proc_macro2::TokenStream;
use quote::quote;

use super::{method, schedule};
use crate::check::Methods;

pub(crate) fn methods(block: &Methods) -> TokenStream {
    let Methods { ty, conditions, .. } = block;
    let methods = method::table(&block.methods);
    let listeners = block.listeners.iter().map(schedule::listener);
    let timers = block.timers.iter().map(schedule::timer);
    let setup = schedule::hook(block.setup.as_ref());
    let teardown = schedule::hook(block.teardown.as_ref());
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::daemon_core::__private::Daemon for #ty {
            const METHODS: &'static [::daemon_core::__private::Method<Self>] = #methods;
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[#(#listeners),*];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[#(#timers),*];
            const SETUP: ::core::option::Option<::daemon_core::__private::Hook<Self>> = #setup;
            const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = #teardown;
        }
    }
}
