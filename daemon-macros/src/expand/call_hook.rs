//! The functions called before and after every call.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::home::Home;
use super::schedule::{argument, variable};
use super::{at, handler, own};
use crate::check::{CallHook, When};

/// Emits the lists of these functions; nothing if there are none. `home` is where they were written.
pub(crate) fn call_hooks(hooks: &[CallHook], home: Home) -> Option<TokenStream> {
    if hooks.is_empty() {
        return None;
    }
    let of = |when| hooks.iter().filter(move |hook| hook.when == when).map(|hook| closure(hook, home));
    let (before, after) = (of(When::Before), of(When::After));
    Some(quote!(::daemon_core::__private::CallHooks { before: &[#(#before),*], after: &[#(#after),*] }))
}

fn closure(hook: &CallHook, home: Home) -> TokenStream {
    let CallHook { conditions, when, ident, passed, returns } = hook;
    let arguments = passed.iter().map(|passed| argument(*passed));
    let (called, state) = (home.path(ident), variable("state", true));
    let called = quote_spanned!(at(ident)=> #called(#state #(, #arguments)*));
    let body = match (when, returns) {
        (When::Before, None) => quote_spanned!(own()=> #called; ::core::result::Result::Ok(())),
        (When::Before, Some(ty)) => handler::split(ty, &called),
        (When::After, _) => quote_spanned!(at(ident)=> ::daemon_core::__private::Done::done(#called)),
    };
    let call = variable("call", passed.contains(&when.call().0));
    let closure = home.closure(Some(call), passed, &quote_spanned!(own()=> { #body }));
    quote_spanned!(own()=> #(#conditions)* { #closure })
}
