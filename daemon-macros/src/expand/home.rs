//! Where a function was written, which decides how generated code calls it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::schedule::variable;
use super::{at, own};
use crate::check::Passed;

/// Where a function was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// In a block of a daemon or worker, whose state it takes.
    Block,
    /// In no block; it takes the state of a daemon.
    Free,
    /// In the block of a plugin: it takes the state of that, and perhaps that of the daemon.
    Plugin,
}

impl Home {
    /// Returns a function with the path before its name. All of it is at the name, where its mistakes are then shown.
    pub(super) fn path(self, function: &Ident) -> TokenStream {
        match self {
            Home::Block | Home::Plugin => quote_spanned!(at(function)=> Self::#function),
            Home::Free => function.to_token_stream(),
        }
    }

    /// Returns a closure for the loop, which gives a function its states. `called` calls that; `event` is the parameter
    /// of the closure between the states and the context.
    pub(super) fn closure(
        self,
        event: Option<TokenStream>,
        passed: &[Passed],
        called: &TokenStream,
    ) -> TokenStream {
        let context = variable("context", passed.contains(&Passed::Context));
        let of_plugin = variable("daemon", passed.contains(&Passed::Daemon));
        let event = event.into_iter().collect::<Vec<_>>();
        match self {
            Home::Block | Home::Free => quote_spanned!(own()=> |state, #(#event,)* #context| #called),
            Home::Plugin => quote_spanned! {own()=>
                |daemon, #(#event,)* context| {
                    ::daemon_core::__private::plugged::<Self, _, _, _>(
                        daemon,
                        context,
                        |state, #of_plugin, #context| #called,
                    )
                }
            },
        }
    }
}
