//! The function that runs a method: reads the parameters, calls the handler, writes the reply.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Type};

use super::{at, duration, own};
use crate::check::{Argument, Handler, Param, Returns, Slot};
use crate::types;

/// Emits the closure in a method's entry; `callee` is the path before the name of the handler.
pub(crate) fn invoke(handler: &Handler, callee: &TokenStream) -> TokenStream {
    let ident = &handler.ident;
    let read = read(handler);
    let arguments = handler.arguments.iter().map(argument);
    let called = quote_spanned!(at(ident)=> #callee #ident(#(#arguments),*));
    let body = match &handler.returns {
        Returns::Nothing => quote_spanned!(own()=> #called; call.reply(())),
        Returns::Plain(ty) => {
            let reply = quote_spanned!(at(ty)=> call.reply(result));
            quote_spanned!(own()=> let result = #called; #reply)
        }
        Returns::Fallible { ty, .. } => fallible(ty, &called),
        Returns::Later(ty) => {
            let defer = quote_spanned!(at(ty)=> call.defer::<#ty>());
            quote_spanned!(own()=> let reply = #defer; #called; call.deferred())
        }
    };
    let state = state(handler);
    let call = call(handler);
    let traits = matches!(handler.returns, Returns::Fallible { .. }).then(traits);
    quote_spanned!(own()=> |#state, #call| { #traits #read #body })
}

/// Emits the closure of a method that runs beside the loop; `way` is the function that runs it there.
pub(crate) fn beside(
    handler: &Handler,
    callee: &TokenStream,
    way: &TokenStream,
    timeout: Option<Duration>,
) -> TokenStream {
    let ident = &handler.ident;
    let read = read(handler);
    let arguments = handler.arguments.iter().map(argument);
    let called = quote_spanned!(at(ident)=> #callee #ident(#(#arguments),*));
    let (called, work) = match way.to_string().as_str() {
        "in_thread" => (called, quote!(move ||)),
        _ => (quote_spanned!(at(ident)=> #called.await), quote!(async move)),
    };
    let result = match &handler.returns {
        Returns::Nothing | Returns::Later(_) => {
            quote_spanned!(own()=> #called; ::core::result::Result::Ok(()))
        }
        Returns::Plain(_) => quote_spanned!(own()=> ::core::result::Result::Ok(#called)),
        Returns::Fallible { ty, .. } => {
            let raise = raise(ty);
            let raised = quote_spanned!(at(ty)=> #raise.raise(error));
            quote_spanned!(own()=> #called.map_err(|error| #raised))
        }
    };
    let takes = handler.arguments.iter().any(|argument| matches!(argument, Argument::Handle));
    let handle = takes.then(|| quote_spanned!(own()=> let handle = call.context().handle();));
    let mutable = takes.then(|| quote!(mut));
    let timeout = match timeout {
        Some(timeout) => {
            let timeout = duration(timeout);
            quote!(::core::option::Option::Some(#timeout))
        }
        None => quote!(::core::option::Option::None),
    };
    let traits = matches!(handler.returns, Returns::Fallible { .. }).then(traits);
    let run = quote_spanned!(at(ident)=> call.#way(#timeout, #work { #result }));
    quote_spanned!(own()=> |_, #mutable call| { #traits #read #handle #run })
}

/// Imports the traits that [`raise`] needs.
pub(crate) fn traits() -> TokenStream {
    quote!(
        use ::daemon_core::__private::{ViaError as _, ViaTyped as _};
    )
}

/// The first parameter of the closure; `_` if the handler does not use it.
fn state(handler: &Handler) -> TokenStream {
    let takes = handler.arguments.iter().any(|argument| matches!(argument, Argument::Own(_)));
    if takes { quote_spanned!(own()=> state) } else { quote!(_) }
}

/// The second parameter of the closure: `mut` if the handler needs that.
fn call(handler: &Handler) -> TokenStream {
    let asks =
        handler.arguments.iter().any(|argument| matches!(argument, Argument::Context | Argument::Reply));
    if asks { quote_spanned!(own()=> mut call) } else { quote_spanned!(own()=> call) }
}

/// Reads the parameters, even if there are none, so that surplus ones are refused.
fn read(handler: &Handler) -> TokenStream {
    let types = types(handler);
    let read = quote_spanned!(at(&handler.ident)=> call.params::<#types>()?);
    if handler.params().next().is_none() {
        return quote_spanned!(own()=> #read;);
    }
    let locals = handler.params().map(local);
    quote_spanned!(own()=> let (#(#locals,)*) = #read;)
}

/// Emits the closure that only checks the parameters for mistakes.
pub(crate) fn check(handler: &Handler) -> TokenStream {
    let types = types(handler);
    let read = quote_spanned!(at(&handler.ident)=> params.read::<#types>());
    quote_spanned!(own()=> |params| #read.map(::core::mem::drop))
}

/// The types that the parameters are read as, as a tuple.
fn types(handler: &Handler) -> TokenStream {
    let types = handler.params().map(slot);
    quote_spanned!(at(&handler.ident)=> (#(#types,)*))
}

fn slot(param: &Param) -> TokenStream {
    let ty = &param.ty;
    let span = at(ty);
    match (param.slot, &param.default) {
        (Slot::Owned, None) => quote!(#ty),
        (Slot::Owned, Some(_)) => quote_spanned!(span=> ::core::option::Option<#ty>),
        (Slot::Text, None) => quote_spanned!(span=> ::daemon_core::__private::Text<'_>),
        (Slot::Text, Some(_)) | (Slot::OptionalText, _) => {
            quote_spanned!(span=> ::core::option::Option<::daemon_core::__private::Text<'_>>)
        }
    }
}

fn argument(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Own(place) => quote_spanned!(place.resolved_at(own())=> state),
        Argument::Context => quote_spanned!(own()=> call.context()),
        Argument::Handle => quote_spanned!(own()=> handle),
        Argument::Reply => quote_spanned!(own()=> reply),
        Argument::Param(param) => passed(param),
    }
}

/// The variable that holds a parameter: it has the user's name, but is invisible to the user's code.
fn local(param: &Param) -> Ident {
    let mut local = param.local.clone();
    local.set_span(local.span().resolved_at(Span::call_site()));
    local
}

/// A parameter in the form that the handler takes.
fn passed(param: &Param) -> TokenStream {
    let local = local(param);
    let default = default(param);
    match (param.slot, &param.default) {
        (Slot::Owned, None) => quote!(#local),
        (Slot::Owned, Some(_)) => quote_spanned!(own()=> #local.unwrap_or_else(|| #default)),
        (Slot::Text, None) => quote!(&#local),
        (Slot::Text, Some(_)) => quote_spanned!(own()=> #local.as_deref().unwrap_or(#default)),
        (Slot::OptionalText, _) => quote_spanned!(own()=> #local.as_deref()),
    }
}

/// The default of a parameter; a literal text also works for a `String`.
pub(crate) fn default(param: &Param) -> TokenStream {
    match &param.default {
        Some(text @ Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) if types::is_named(&param.ty, "String") => {
            let ty = &param.ty;
            quote_spanned!(at(text)=> <#ty as ::core::convert::From<&str>>::from(#text))
        }
        default => quote!(#default),
    }
}

fn fallible(ty: &Type, called: &TokenStream) -> TokenStream {
    let raise = raise(ty);
    let reply = quote_spanned!(at(ty)=> call.reply(result));
    let raised = quote_spanned!(at(ty)=> #raise.raise(error));
    quote_spanned! {own()=>
        let result = #called.map_err(|error| #raised)?;
        #reply
    }
}

/// Converts the error of a `Result` to a fault. Which trait does that is decided where the type is known.
pub(crate) fn raise(ty: &Type) -> TokenStream {
    quote_spanned! {at(ty)=>
        (&::daemon_core::__private::Raise::<<#ty as ::daemon_core::__private::Split>::Bad>::new())
    }
}
