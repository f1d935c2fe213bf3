//! Methods that run beside the loop: in a thread, or as a future.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::handler::{argument, caller, read, split};
use super::home::Home;
use super::{at, duration, option, own};
use crate::check::{Argument, Handler, Returns};

/// How a method runs beside the loop.
#[derive(Clone, Copy)]
pub(super) enum Beside {
    Thread,
    Future,
}

impl Beside {
    /// The function that runs a method which returns its reply.
    fn for_reply(self) -> &'static str {
        match self {
            Beside::Thread => "in_thread",
            Beside::Future => "on_runtime",
        }
    }

    /// The function that runs a method which sends items.
    fn for_items(self) -> &'static str {
        match self {
            Beside::Thread => "items_in_thread",
            Beside::Future => "items_on_runtime",
        }
    }
}

/// Emits the closure of a method that runs beside the loop.
pub(super) fn beside(handler: &Handler, home: Home, way: Beside, timeout: Option<Duration>) -> TokenStream {
    let ident = &handler.ident;
    let read = read(handler);
    let mut handles = handles();
    let arguments = handler.arguments.iter().map(|taken| match taken {
        Argument::Handle => handles.next().into_token_stream(),
        other => argument(other),
    });
    let function = home.path(ident);
    let called = quote_spanned!(at(ident)=> #function(#(#arguments),*));
    let (work, called) = match (way, &handler.returns) {
        (Beside::Thread, _) => (quote!(move ||), called),
        // The stream is made inside of the future, but does not wait.
        (Beside::Future, Returns::Stream { .. }) => (quote!(async move), called),
        (Beside::Future, _) => (quote!(async move), quote_spanned!(at(ident)=> #called.await)),
    };
    let result = match &handler.returns {
        Returns::Stream { ty, .. } => sent_all(&called, ty.as_ref()),
        Returns::Nothing | Returns::Later(_) | Returns::Items { ty: None, .. } => {
            quote_spanned!(own()=> #called; ::core::result::Result::Ok(()))
        }
        Returns::Plain(_) => quote_spanned!(own()=> ::core::result::Result::Ok(#called)),
        Returns::Fallible { ty, .. } | Returns::Named(ty) | Returns::Items { ty: Some(ty), .. } => {
            split(ty, &called)
        }
    };
    let taken = handler.arguments.iter().filter(|argument| matches!(argument, Argument::Handle)).count();
    let handles = self::handles().take(taken);
    let handles = handles.map(|handle| quote_spanned!(own()=> let #handle = call.context().handle();));
    let (subscribes, run) = match &handler.returns {
        Returns::Items { item, .. } | Returns::Stream { item, .. } => {
            let run = Ident::new(way.for_items(), own());
            let run = quote_spanned!(at(ident)=> call.#run(end, #work { #result }));
            let subscribe = quote_spanned!(at(item)=> call.subscribe_beside::<#item>()?);
            (true, quote_spanned!(own()=> let (subscription, end) = #subscribe; #run))
        }
        returns => {
            let (run, timeout) = (Ident::new(way.for_reply(), own()), option(timeout.map(duration)));
            let caller = caller(returns);
            (false, quote_spanned!(at(ident)=> #caller.#run(#timeout, #work { #result })))
        }
    };
    let mutable = (taken > 0 || subscribes).then(|| quote!(mut));
    quote_spanned!(own()=> |_, #mutable call| { #read #(#handles)* #run })
}

/// The variables of handles: most functions take one.
fn handles() -> impl Iterator<Item = Ident> {
    let others = (2..).map(|number| Ident::new(&format!("handle_{number}"), own()));
    std::iter::once(Ident::new("handle", own())).chain(others)
}

/// Sends all items of a stream; `ty` is the type of what it yields, if that is a `Result`.
fn sent_all(stream: &TokenStream, ty: Option<&Type>) -> TokenStream {
    let item = quote_spanned!(own()=> item);
    let each = match ty {
        None => quote_spanned!(own()=> |#item| ::core::result::Result::Ok(#item)),
        Some(ty) => {
            let split = split(ty, &item);
            quote_spanned!(own()=> |#item: #ty| { #split })
        }
    };
    quote_spanned!(own()=> ::daemon_core::__private::send_all(subscription, #stream, #each).await)
}
