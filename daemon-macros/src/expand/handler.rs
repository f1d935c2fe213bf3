//! The function that runs a method: reads the parameters, calls the handler, writes the reply.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lifetime, Lit, Type};

use super::home::Home;
use super::schedule::variable;
use super::{at, at_type, constraint, own, traits};
use crate::check::{Argument, Handler, Param, Returns, Slot};
use crate::types;

/// Emits the closure in a method's entry.
pub(crate) fn invoke(handler: &Handler, home: Home) -> TokenStream {
    let ident = &handler.ident;
    let read = read(handler);
    let arguments = handler.arguments.iter().map(argument);
    let function = home.path(ident);
    let called = quote_spanned!(at(ident)=> #function(#(#arguments),*));
    let body = match &handler.returns {
        Returns::Nothing => quote_spanned!(own()=> #called; call.reply(())),
        Returns::Plain(ty) => {
            let reply = quote_spanned!(at(ty)=> call.reply(result));
            quote_spanned!(own()=> let result = #called; #reply)
        }
        Returns::Fallible { ty, .. } | Returns::Named(ty) => {
            let (split, caller) = (split(ty, &called), caller(&handler.returns));
            quote_spanned!(own()=> let result = { #split }?; #caller.reply(result))
        }
        Returns::Later(ty) => {
            let (late, traits) = (late(ty), traits());
            let raised = quote_spanned!(at_error(ty)=> (&#late.raises()).raise(error));
            let defer = quote_spanned!(at(ty)=> call.defer(|error| { #traits #raised }));
            quote_spanned!(own()=> let reply: #ty = #defer; #called; call.deferred())
        }
        Returns::Items { item, ty } => {
            let subscribe = quote_spanned!(at(item)=> call.subscribe::<#item>()?);
            let done = match ty {
                None => quote!(#called;),
                Some(ty) => {
                    let split = split(ty, &called);
                    quote_spanned!(own()=> { #split }?;)
                }
            };
            quote_spanned!(own()=> let subscription = #subscribe; #done call.subscribed())
        }
        // It runs beside the loop.
        Returns::Stream { .. } => TokenStream::new(),
    };
    let state = state(handler);
    let call = call(handler);
    let takes_daemon = handler.arguments.iter().any(|argument| matches!(argument, Argument::Daemon(_)));
    let daemon = variable("daemon", takes_daemon);
    match home {
        Home::Block | Home::Free => quote_spanned!(own()=> |#state, #call| { #read #body }),
        Home::Plugin => quote_spanned! {own()=>
            |daemon, call| {
                ::daemon_core::__private::plugged_call::<Self, _>(
                    daemon,
                    call,
                    |#state, #daemon, #call| { #read #body },
                )
            }
        },
    }
}

/// The call, which can be replied to with this type. A type that can't be a result is reported there, and only there.
pub(super) fn caller(returns: &Returns) -> TokenStream {
    let (Returns::Fallible { ty, .. } | Returns::Named(ty)) = returns else {
        return quote_spanned!(own()=> call);
    };
    let (returned, traits) = (returned(ty), traits());
    let caller = quote_spanned!(at_type(ty)=> (&(#returned).gives()).of(call));
    quote_spanned!(own()=> { #traits #caller })
}

/// The first parameter of the closure; `_` if the handler does not use it.
fn state(handler: &Handler) -> TokenStream {
    let takes = handler.arguments.iter().any(|argument| matches!(argument, Argument::Own(_)));
    if takes { quote_spanned!(own()=> state) } else { quote!(_) }
}

/// The second parameter of the closure: `mut` if the handler needs that.
fn call(handler: &Handler) -> TokenStream {
    let asks = handler
        .arguments
        .iter()
        .any(|argument| matches!(argument, Argument::Context | Argument::Reply | Argument::Subscription));
    if asks { quote_spanned!(own()=> mut call) } else { quote_spanned!(own()=> call) }
}

/// Reads the parameters, even if there are none, so that surplus ones are refused.
pub(super) fn read(handler: &Handler) -> TokenStream {
    let types = types(handler);
    let source = source(handler, quote_spanned!(own()=> call));
    let read = quote_spanned!(at(&handler.ident)=> #source.params::<#types>()?);
    if handler.params().next().is_none() {
        return quote_spanned!(own()=> #read;);
    }
    let locals = handler.params().map(|param| {
        let local = local(param);
        match param.constraints.is_empty() {
            true => quote!(#local),
            false => quote!(::daemon_core::__private::Checked(#local, ..)),
        }
    });
    quote_spanned!(own()=> let (#(#locals,)*) = #read;)
}

/// Emits the closure that only checks the parameters for mistakes.
pub(crate) fn check(handler: &Handler) -> TokenStream {
    let types = types(handler);
    let source = source(handler, quote_spanned!(own()=> params));
    let read = quote_spanned!(at(&handler.ident)=> #source.read::<#types>());
    quote_spanned!(own()=> |params| #read.map(::core::mem::drop))
}

/// What parameters are read from. Each type that may not be readable is asked first, and reported there.
fn source(handler: &Handler, from: TokenStream) -> TokenStream {
    let mut asked = handler.params().filter(|param| !param.is_plain()).peekable();
    if asked.peek().is_none() {
        return from;
    }
    let traits = traits();
    let source = asked.fold(quote_spanned!(own()=> &#from), |source, param| {
        let takes = takes(param);
        quote_spanned!(at_type(&param.ty)=> #takes.of(#source))
    });
    quote_spanned!(own()=> { #traits #source })
}

/// The type of a parameter. What it can do is decided where the type is known.
fn takes(param: &Param) -> TokenStream {
    let ty = &param.ty;
    quote_spanned!(at_type(ty)=> (&::daemon_core::__private::Takes::<#ty>::new()))
}

/// The function that checks a value of the parameter alone; `None` if only its type can be wrong.
pub(crate) fn check_value(param: &Param, number: usize) -> Option<TokenStream> {
    if !param.is_plain() {
        let (takes, traits) = (takes(param), traits());
        let check = quote_spanned!(at_type(&param.ty)=> #takes.check(text));
        return Some(quote_spanned!(own()=> |text| { #traits #check }));
    }
    let checked = constraint::checked(number);
    (!param.constraints.is_empty())
        .then(|| quote_spanned!(own()=> |text| ::daemon_core::__private::check_value::<#checked>(text)))
}

/// The schema of a parameter with constraints; `None` if it has none.
pub(crate) fn described(param: &Param, number: usize) -> Option<TokenStream> {
    let (ty, carried) = (read_as(param, "'static"), constraint::carried(number));
    (!param.constraints.is_empty()).then(|| {
        quote_spanned! {own()=>
            |generator| ::daemon_core::__private::described::<#ty, #carried>(generator)
        }
    })
}

/// The parameter as data.
pub(crate) fn param(param: &Param) -> TokenStream {
    let Param { name, ty, .. } = param;
    if !param.is_plain() {
        return asked(param);
    }
    let of = read_as(param, "'static");
    quote_spanned!(at(ty)=> ::daemon_core::__private::Param::of::<#of>(#name))
}

/// The type of a value of the parameter; texts borrow for this lifetime.
fn read_as(param: &Param, lifetime: &str) -> TokenStream {
    let (ty, lifetime) = (&param.ty, Lifetime::new(lifetime, own()));
    match param.slot {
        Slot::Owned => quote!(#ty),
        Slot::Text => quote!(::daemon_core::__private::Text<#lifetime>),
        Slot::OptionalText => quote!(::core::option::Option<::daemon_core::__private::Text<#lifetime>>),
    }
}

fn asked(param: &Param) -> TokenStream {
    let (name, traits, takes) = (&param.name, traits(), takes(param));
    let schema = quote_spanned!(at_type(&param.ty)=> #takes.schema(generator));
    let absent = quote_spanned!(at_type(&param.ty)=> #takes.absent());
    quote_spanned! {own()=>
        ::daemon_core::__private::Param::new(#name, |generator| { #traits #schema }, || { #traits #absent })
    }
}

/// The types that the parameters are read as, as a tuple.
fn types(handler: &Handler) -> TokenStream {
    let types = handler.params().enumerate().map(|(number, param)| match param.constraints.is_empty() {
        true => slot(param, "'_"),
        false => constraint::checked(number),
    });
    quote_spanned!(at(&handler.ident)=> (#(#types,)*))
}

/// The type that a parameter is read as; what borrows does so for this lifetime.
pub(super) fn slot(param: &Param, lifetime: &str) -> TokenStream {
    let span = at(&param.ty);
    let lifetime = Lifetime::new(lifetime, own());
    let ty = types::borrowing(&param.ty, &lifetime);
    match (param.slot, &param.default) {
        (Slot::Owned, None) => quote!(#ty),
        (Slot::Owned, Some(_)) => quote_spanned!(span=> ::core::option::Option<#ty>),
        (Slot::Text, None) => quote_spanned!(span=> ::daemon_core::__private::Text<#lifetime>),
        (Slot::Text, Some(_)) | (Slot::OptionalText, _) => {
            quote_spanned!(span=> ::core::option::Option<::daemon_core::__private::Text<#lifetime>>)
        }
    }
}

pub(super) fn argument(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Own(place) => quote_spanned!(place.resolved_at(own())=> state),
        Argument::Daemon(place) => quote_spanned!(place.resolved_at(own())=> daemon),
        Argument::Context => quote_spanned!(own()=> call.context()),
        Argument::Handle => quote_spanned!(own()=> handle),
        Argument::Reply => quote_spanned!(own()=> reply),
        Argument::Subscription => quote_spanned!(own()=> subscription),
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
        (Slot::Owned, Some(_)) => quote_spanned!(own()=> #local.unwrap_or_else(#default)),
        (Slot::Text, None) => quote!(&#local),
        (Slot::Text, Some(_)) => quote_spanned!(own()=> #local.as_deref().unwrap_or_else(#default)),
        (Slot::OptionalText, _) => quote_spanned!(own()=> #local.as_deref()),
    }
}

/// A closure that returns the default of a parameter.
///
/// It is emitted twice, in the same words: so the compiler reports a default of another type once.
pub(crate) fn default(param: &Param) -> Option<TokenStream> {
    param.default.as_ref().map(|default| value(param, default))
}

/// A closure that returns a value of a parameter; a literal text also works for a `String`.
pub(super) fn value(param: &Param, value: &Expr) -> TokenStream {
    let ty = &param.ty;
    let value = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if types::is_named(ty, "String") => {
            quote_spanned!(at(text)=> <#ty as ::core::convert::From<&str>>::from(#text))
        }
        value => quote!(#value),
    };
    quote_spanned!(own()=> || -> #ty { #value })
}

/// Calls a handler that returns a `Result`, or a type that may be an alias of one; the result is a `Result` whose error
/// is a fault.
pub(super) fn split(ty: &Type, called: &TokenStream) -> TokenStream {
    let (returned, traits) = (returned(ty), traits());
    let raised = quote_spanned!(at_type(ty)=> (&returned.raises()).raise(error));
    quote_spanned! {own()=>
        #traits
        let made = #called;
        let returned = #returned;
        returned.split(made).map_err(|error| #raised)
    }
}

/// What a handler of this return type returned. Which trait takes it apart is decided where the type is known.
fn returned(ty: &Type) -> TokenStream {
    quote_spanned!(at_type(ty)=> &::daemon_core::__private::Returned::<#ty>::new())
}

/// The `Reply` that a handler takes.
fn late(ty: &Type) -> TokenStream {
    quote_spanned!(at_type(ty)=> ::daemon_core::__private::RepliesLate::<#ty>::new())
}

/// The place of the error in a `Reply<T, E>`.
fn at_error(ty: &Type) -> Span {
    at_type(types::arguments(ty).nth(1).unwrap_or(ty))
}

/// The schema of a result; `None` if there is no result.
pub(crate) fn result(returns: &Returns) -> Option<TokenStream> {
    let (ty, gives) = match returns {
        Returns::Nothing | Returns::Fallible { empty: true, .. } => return None,
        Returns::Later(ty) if types::is_unit(types::replied(ty)) => return None,
        // The number of the subscription.
        Returns::Items { .. } | Returns::Stream { .. } => {
            return Some(quote!(::daemon_core::__private::returns::<::core::primitive::u64>()));
        }
        Returns::Plain(ty) => return Some(quote!(::daemon_core::__private::returns::<#ty>())),
        Returns::Later(ty) => {
            let result = types::replied(ty);
            (result, quote_spanned!(at_type(result)=> ::daemon_core::__private::Gives::<#result>::new()))
        }
        Returns::Fallible { ty, empty: false } | Returns::Named(ty) => {
            let returned = returned(ty);
            (ty, quote_spanned!(at_type(ty)=> (#returned).gives()))
        }
    };
    Some(schema(ty, &gives))
}

/// The schema of the items of a subscription; `None` if there is no subscription.
pub(crate) fn items(returns: &Returns) -> Option<TokenStream> {
    let (Returns::Items { item, .. } | Returns::Stream { item, .. }) = returns else { return None };
    let gives = quote_spanned!(at_type(item)=> ::daemon_core::__private::Gives::<#item>::new());
    Some(schema(item, &gives))
}

/// The schema of what is written as this type.
fn schema(ty: &Type, gives: &TokenStream) -> TokenStream {
    let traits = traits();
    let schema = quote_spanned!(at_type(ty)=> (&#gives).schema(generator));
    quote_spanned!(own()=> ::core::option::Option::Some(|generator| { #traits #schema }))
}

/// The function that lists the faults; `None` if there are none.
pub(crate) fn faults(returns: &Returns) -> Option<TokenStream> {
    let (place, signature) = match returns {
        Returns::Nothing
        | Returns::Plain(_)
        | Returns::Items { ty: None, .. }
        | Returns::Stream { ty: None, .. } => return None,
        Returns::Fallible { ty, .. }
        | Returns::Named(ty)
        | Returns::Items { ty: Some(ty), .. }
        | Returns::Stream { ty: Some(ty), .. } => (at_type(ty), returned(ty)),
        Returns::Later(ty) => (at_error(ty), late(ty)),
    };
    let traits = traits();
    let faults = quote_spanned!(place=> (&(#signature).raises()).faults());
    Some(quote_spanned!(own()=> || { #traits #faults }))
}
