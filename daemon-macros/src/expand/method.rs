//! One entry of a table of methods.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, duration, handler, list, own, setting, text};
use crate::check::{Method, Name, Param, Process, Returns, Rule, Slot};

/// A table of methods of a type that is called `Self`.
pub(crate) fn table(methods: &[Method]) -> TokenStream {
    let callee = quote!(Self::);
    let entries = methods.iter().map(|entry| {
        let conditions = &entry.conditions;
        let method = method(entry, &callee);
        quote!(#(#conditions)* #method)
    });
    quote!(&[#(#entries),*])
}

/// A method; `callee` is what stands before the name of its handler.
pub(crate) fn method(method: &Method, callee: &TokenStream) -> TokenStream {
    let made = made(method, callee);
    let params: Vec<TokenStream> = method.handler.params().map(param).collect();
    let rules: Vec<TokenStream> = method.allow.iter().map(rule).collect();
    let settings = [
        setting("doc", text(&method.doc)),
        list("aliases", &method.aliases),
        setting("deprecated", method.deprecated.as_ref()),
        setting("hidden", method.hidden.then(TokenStream::new)),
        setting("params", (!params.is_empty()).then(|| quote!(const { &[#(#params),*] }))),
        returns(&method.handler.returns),
        faults(&method.handler.returns),
        list("allow", &rules),
    ];
    quote!(::daemon_core::__private::Method::#made #(#settings)*)
}

/// The name of a method, what runs it, and for another process what checks its parameters here.
fn made(method: &Method, callee: &TokenStream) -> TokenStream {
    let name = name(&method.name);
    let invoke = handler::invoke(&method.handler, callee);
    let check = handler::check(&method.handler);
    match &method.process {
        Process::Daemon => quote!(new(#name, #invoke)),
        Process::Worker => quote!(new(#name, #invoke).check(#check)),
        Process::Pool { name: pool, timeout } => {
            let timeout = setting("timeout", timeout.map(duration));
            quote!(pooled(#name, #pool, #invoke).check(#check) #timeout)
        }
    }
}

pub(super) fn name(name: &Name) -> TokenStream {
    match name {
        Name::Whole(name) => quote!(::daemon_core::__private::Name::Whole(#name)),
        Name::Under(name) => quote!(::daemon_core::__private::Name::Under(#name)),
    }
}

fn param(param: &Param) -> TokenStream {
    let Param { name, ty, .. } = param;
    let value = match param.slot {
        Slot::Owned => quote!(#ty),
        Slot::Text => quote!(::daemon_core::__private::Text<'static>),
        Slot::OptionalText => quote!(::core::option::Option<::daemon_core::__private::Text<'static>>),
    };
    let default = param.default.as_ref().map(|_| {
        let default = handler::default(param);
        quote_spanned!(at(ty)=> || ::daemon_core::__private::json::<#ty>(#default))
    });
    let settings = [setting("doc", text(&param.doc)), setting("default", default)];
    let of = quote_spanned!(at(ty)=> ::daemon_core::__private::Param::of::<#value>);
    quote!(#of(#name) #(#settings)*)
}

fn returns(returns: &Returns) -> TokenStream {
    match returns {
        Returns::Nothing | Returns::Fallible { empty: true, .. } => TokenStream::new(),
        Returns::Later(ty) if crate::types::is_unit(ty) => TokenStream::new(),
        Returns::Plain(ty) | Returns::Later(ty) => quote_spanned!(at(ty)=> .returns::<#ty>()),
        Returns::Fallible { ty, empty: false } => {
            quote_spanned!(at(ty)=> .returns::<<#ty as ::daemon_core::__private::Split>::Good>())
        }
    }
}

fn faults(returns: &Returns) -> TokenStream {
    let Returns::Fallible { ty, .. } = returns else {
        return TokenStream::new();
    };
    let raise = handler::raise(ty);
    let traits = handler::traits();
    let faults = quote_spanned! {at(ty)=>
        || {
            #traits
            #raise.faults()
        }
    };
    setting("faults", Some(faults))
}

fn rule(rule: &Rule) -> TokenStream {
    let rule = match rule {
        Rule::Owner => quote!(Owner),
        Rule::Root => quote!(Root),
        Rule::Uid(uid) => quote!(Uid(#uid)),
        Rule::User(name) => quote!(User(#name)),
        Rule::Gid(gid) => quote!(Gid(#gid)),
        Rule::Group(name) => quote!(Group(#name)),
    };
    quote_spanned!(own()=> ::daemon_core::__private::Rule::#rule)
}
