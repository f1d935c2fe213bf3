//! The functions called before and after every call.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::schedule::{argument, variable};
use super::{at, handler, own};
use crate::check::{CallHook, Passed, When};

/// Emits the list of these functions; nothing if there are none.
pub(crate) fn call_hooks(hooks: &[CallHook]) -> Option<TokenStream> {
    if hooks.is_empty() {
        return None;
    }
    let of = |when| hooks.iter().filter(move |hook| hook.when == when).map(closure);
    let (before, after) = (of(When::Before), of(When::After));
    Some(quote! {
        const CALL_HOOKS: ::daemon_core::__private::CallHooks<Self> =
            ::daemon_core::__private::CallHooks { before: &[#(#before),*], after: &[#(#after),*] };
    })
}

fn closure(hook: &CallHook) -> TokenStream {
    let CallHook { conditions, when, ident, passed, returns } = hook;
    let arguments = passed.iter().map(|passed| argument(*passed));
    let state = variable("state", true);
    let called = quote_spanned!(at(ident)=> Self::#ident(#state #(, #arguments)*));
    let body = match (when, returns) {
        (When::Before, None) => quote_spanned!(own()=> #called; ::core::result::Result::Ok(())),
        (When::Before, Some(ty)) => handler::split(ty, &called),
        (When::After, _) => quote_spanned!(at(ident)=> ::daemon_core::__private::Done::done(#called)),
    };
    let call = variable("call", passed.contains(&when.call().0));
    let context = variable("context", passed.contains(&Passed::Context));
    quote_spanned!(own()=> #(#conditions)* { |#state, #call, #context| { #body } })
}
