//! Entries of the tables of listeners and timers, and the hooks.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Member;

use super::home::Home;
use super::{at, duration, own};
use crate::check::{Hook, Kind, Listener, Passed, Period, Setup, Timer};
use crate::spell;

/// Emits a listener; `home` is where its function was written.
pub(crate) fn listener(listener: &Listener, home: Home) -> TokenStream {
    let Listener { conditions, kind, ident, passed } = listener;
    let name = spell::plain(ident);
    let kind = match kind {
        Kind::Event(variant) => quote!(::daemon_core::EventKind::#variant),
        Kind::Signal(signal) => quote!(::daemon_core::EventKind::Signal(::daemon_core::Signal::#signal)),
    };
    let event = variable("event", passed.contains(&Passed::Event));
    let done = done(ident, passed, home);
    let handle = home.closure(Some(event), passed, &done);
    quote_spanned! {own()=>
        #(#conditions)*
        ::daemon_core::__private::Listener {
            kind: #kind,
            name: #name,
            handle: #handle,
        }
    }
}

/// Emits a timer; `home` is where its function was written.
pub(crate) fn timer(timer: &Timer, home: Home) -> TokenStream {
    let Timer { conditions, period, ident, passed } = timer;
    let name = spell::plain(ident);
    let period = match period {
        Period::Fixed(fixed) => {
            let fixed = duration(*fixed);
            quote!(::daemon_core::__private::Period::Fixed(#fixed))
        }
        Period::Field(fields) => setting(fields, home),
    };
    let tick = closure(ident, passed, home);
    quote! {
        #(#conditions)*
        ::daemon_core::__private::Timer { period: #period, name: #name, tick: #tick }
    }
}

/// Emits the function that reads a period from the state.
fn setting(fields: &[Member], home: Home) -> TokenStream {
    // Everything is at the field, so that the compiler shows nothing else when the type is wrong.
    let place = fields.last().map_or_else(own, at);
    let state = Ident::new("state", place);
    let path = fields.iter().map(|field| quote_spanned!(at(field)=> .#field));
    let read = quote_spanned!(place=> ::daemon_core::__private::period(&#state #(#path)*));
    let read = match home {
        Home::Block | Home::Free => quote_spanned!(place=> |#state, _| #read),
        Home::Plugin => quote_spanned! {place=>
            |_, context| ::daemon_core::__private::plugged_period::<Self>(context, |#state| #read)
        },
    };
    quote_spanned!(place=> ::daemon_core::__private::Period::Setting(#read))
}

/// Emits a hook of a plugin.
pub(crate) fn plugin_hook(hook: &Hook) -> TokenStream {
    closure(&hook.ident, &hook.passed, Home::Plugin)
}

pub(crate) fn hook(hook: Option<&Hook>) -> TokenStream {
    match hook {
        Some(hook) => {
            let closure = closure(&hook.ident, &hook.passed, Home::Block);
            quote!(::core::option::Option::Some(#closure))
        }
        None => quote!(::core::option::Option::None),
    }
}

/// Emits the function that makes the state from its settings.
pub(crate) fn setup(setup: Option<&Setup>) -> TokenStream {
    match setup {
        None => quote_spanned!(own()=> |state, _| ::core::result::Result::Ok(state)),
        Some(Setup::Prepares(Hook { ident, passed })) => {
            let context = variable("context", passed.contains(&Passed::Context));
            let done = done(ident, passed, Home::Block);
            quote_spanned! {own()=>
                |mut made, #context| {
                    let state = &mut made;
                    #done?;
                    ::core::result::Result::Ok(made)
                }
            }
        }
        Some(Setup::Makes { hook: Hook { ident, passed }, .. }) => {
            let context = variable("context", passed.contains(&Passed::Context));
            let arguments = passed.iter().map(|passed| argument(*passed));
            let settings = variable("settings", true);
            quote_spanned! {at(ident)=>
                |#settings, #context| {
                    const { ::daemon_core::__private::check_no_flags::<Self>() };
                    ::daemon_core::__private::Made::made(Self::#ident(#(#arguments),*))
                }
            }
        }
    }
}

fn closure(ident: &Ident, passed: &[Passed], home: Home) -> TokenStream {
    home.closure(None, passed, &done(ident, passed, home))
}

fn done(ident: &Ident, passed: &[Passed], home: Home) -> TokenStream {
    let arguments = passed.iter().map(|passed| argument(*passed));
    let (called, state) = (home.path(ident), variable("state", true));
    quote_spanned! {at(ident)=>
        ::daemon_core::__private::Done::done(#called(#state #(, #arguments)*))
    }
}

pub(super) fn argument(passed: Passed) -> TokenStream {
    match passed {
        Passed::Daemon => variable("daemon", true),
        Passed::Event => variable("event", true),
        Passed::BeforeCall | Passed::AfterCall => variable("call", true),
        Passed::Context => variable("context", true),
        Passed::Settings => variable("settings", true),
    }
}

/// A parameter of a closure; `_` if it is not used.
pub(super) fn variable(name: &str, used: bool) -> TokenStream {
    let ident = Ident::new(name, own());
    if used { quote!(#ident) } else { quote!(_) }
}
