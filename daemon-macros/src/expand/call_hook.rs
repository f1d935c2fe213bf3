//! The functions called before and after every call.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::schedule::{argument, variable};
use super::{at, handler, own};
use crate::check::{CallHook, Passed, When};

/// Emits the lists of these functions; nothing if there are none. `callee` is the path before their names.
pub(crate) fn call_hooks(hooks: &[CallHook], callee: &TokenStream) -> Option<TokenStream> {
    if hooks.is_empty() {
        return None;
    }
    let of = |when| hooks.iter().filter(move |hook| hook.when == when).map(|hook| closure(hook, callee));
    let (before, after) = (of(When::Before), of(When::After));
    Some(quote!(::daemon_core::__private::CallHooks { before: &[#(#before),*], after: &[#(#after),*] }))
}

fn closure(hook: &CallHook, callee: &TokenStream) -> TokenStream {
    let CallHook { conditions, when, ident, passed, returns } = hook;
    let arguments = passed.iter().map(|passed| argument(*passed));
    let state = variable("state", true);
    let called = quote_spanned!(at(ident)=> #callee #ident(#state #(, #arguments)*));
    let body = match (when, returns) {
        (When::Before, None) => quote_spanned!(own()=> #called; ::core::result::Result::Ok(())),
        (When::Before, Some(ty)) => handler::split(ty, &called),
        (When::After, _) => quote_spanned!(at(ident)=> ::daemon_core::__private::Done::done(#called)),
    };
    let call = variable("call", passed.contains(&when.call().0));
    let context = variable("context", passed.contains(&Passed::Context));
    quote_spanned!(own()=> #(#conditions)* { |#state, #call, #context| { #body } })
}
