//! The client of an impl block: a function for each method, which calls it on a running daemon.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{at, at_type, duration, method, own, record, some};
use crate::check::{Client, Method, Methods, Param, Returns, Slot};
use crate::side::Side;
use crate::types;

pub(crate) fn client(client: &Client, block: &Methods) -> TokenStream {
    let name = &client.name;
    let Methods { ty, conditions, .. } = block;
    let doc = format!(
        "Calls the methods of the {} `{}` on a running daemon.\n\nEach works like [`Client::call`](::daemon_core::Client::call).\n\n\
         It owns a client, or borrows one, `{name}(&mut client)`; or it calls one that is discovered.",
        block.side,
        quote!(#ty)
    );
    let functions = block.tables.methods.iter().map(|method| function(method, block));
    let connect = connect(name, block);
    let discover = discover(client, block);
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #[allow(dead_code, unreachable_pub)]
        pub struct #name<AnyClient = ::daemon_core::Client>(pub AnyClient);

        #connect
        #discover

        #(#conditions)*
        #[allow(dead_code, private_interfaces, clippy::missing_errors_doc, clippy::too_many_arguments)]
        impl<AnyClient: ::daemon_core::__private::Calls> #name<AnyClient> {
            #(#functions)*
        }
    }
}

/// Emits the function that connects; nothing if a method has its name.
fn connect(name: &Ident, block: &Methods) -> Option<TokenStream> {
    let conditions = &block.conditions;
    (!is_taken("connect", block)).then(|| {
        quote! {
            #(#conditions)*
            impl #name {
                /// Connects to a socket, as [`Client::connect`](::daemon_core::Client::connect) does.
                #[allow(dead_code, clippy::missing_errors_doc)]
                pub fn connect(address: &::core::primitive::str) -> ::daemon_core::Result<Self> {
                    ::daemon_core::Client::connect(address).map(Self)
                }
            }
        }
    })
}

/// Emits how the client of a daemon is discovered; without the functions that methods have the names of.
fn discover(client: &Client, block: &Methods) -> Option<TokenStream> {
    let (name, conditions) = (&client.name, &block.conditions);
    let daemon = under(block);
    let times = client.times.iter().map(|(name, time)| some(name, Some(duration(*time))));
    let counts = client.counts.iter().map(|(name, count)| some(name, Some(quote!(#count))));
    let ty = quote!(::daemon_core::__private::Settings);
    let settings = record(&ty, &times.chain(counts).collect::<Vec<_>>(), quote!(#ty::NONE));
    let here = (!is_taken("discover", block)).then(|| {
        quote! {
            /// Finds the daemon in the suite of this process, or else in its own directory, when it is called first.
            #[allow(dead_code, clippy::missing_errors_doc)]
            pub fn discover() -> ::daemon_core::Result<Self> {
                ::daemon_core::Discovery::new().client::<#name>()
            }
        }
    });
    let there = (!is_taken("discover_in", block)).then(|| {
        quote! {
            /// Finds the daemon in another suite.
            #[allow(dead_code, clippy::missing_errors_doc)]
            pub fn discover_in(suite: &::core::primitive::str) -> ::daemon_core::Result<Self> {
                ::daemon_core::Discovery::suite(suite).client::<#name>()
            }
        }
    });
    (block.side == Side::Daemon).then(|| {
        quote! {
            #(#conditions)*
            impl ::daemon_core::__private::Discoverable for #name {
                const DAEMON: &'static ::core::primitive::str = #daemon;
                const SETTINGS: ::daemon_core::__private::Settings = #settings;
                type Found = #name<::daemon_core::Discovered>;

                fn found(discovered: ::daemon_core::Discovered) -> Self::Found {
                    #name(discovered)
                }
            }

            #(#conditions)*
            impl #name<::daemon_core::Discovered> {
                #here
                #there
            }
        }
    })
}

/// Whether a method has the name of a function.
fn is_taken(function: &str, block: &Methods) -> bool {
    block.tables.methods.iter().any(|method| method.handler.ident == function)
}

fn function(method: &Method, block: &Methods) -> TokenStream {
    let Method { conditions, doc, handler, .. } = method;
    let ident = &handler.ident;
    let doc = if doc.is_empty() { format!("Calls `{ident}`.") } else { doc.clone() };
    let deprecated = method.deprecated.as_ref().map(|note| quote!(#[deprecated(note = #note)]));
    let params = handler.params().map(|param| {
        let (local, ty) = (&param.local, ty(param, block));
        quote!(#local: #ty)
    });
    let locals = handler.params().map(|param| &param.local);
    let Asks { by, generics, result } = asks(&handler.returns, block);
    let check = check(&handler.returns, block);
    let name = method::name(&method.name);
    let under = under(block);
    let again = method.read_only || method.idempotent;
    let asked = quote_spanned! {at(ident)=>
        ::daemon_core::__private::#by(&mut self.0, #name, #under, &(#(#locals,)*), #again)
    };
    quote_spanned! {own()=>
        #(#conditions)*
        #[doc = #doc]
        #deprecated
        pub fn #ident #generics(&mut self, #(#params),*) -> ::daemon_core::Result<#result> {
            #check
            #asked
        }
    }
}

/// Returns the prefix of short method names.
fn under(block: &Methods) -> TokenStream {
    let ty = &block.ty;
    match block.side {
        Side::Daemon => quote!(<#ty as ::daemon_core::__private::Describe>::SPEC.name),
        Side::Worker => quote!(<#ty as ::daemon_core::__private::DescribeWorker>::SPEC.name),
        Side::Plugin => quote!(<#ty as ::daemon_core::__private::DescribePlugin>::SPEC.name),
    }
}

/// Returns the type of a parameter, which is only written; one with a default may be left out.
fn ty(param: &Param, block: &Methods) -> TokenStream {
    let ty = types::without_self(&param.ty, &block.ty);
    let optional = param.default.is_some() && param.slot != Slot::OptionalText;
    let written = borrowed(&ty).unwrap_or_else(|| quote!(#ty));
    if optional { quote_spanned!(at(&ty)=> ::core::option::Option<#written>) } else { written }
}

/// Returns the type that is written in the same way and need not be owned; `None` if that is unknown.
fn borrowed(ty: &Type) -> Option<TokenStream> {
    let span = at(ty);
    if let Some(inner) = types::inner(ty, "Option") {
        let inner = borrowed(inner)?;
        return Some(quote_spanned!(span=> ::core::option::Option<#inner>));
    }
    if let Some(element) = types::inner(ty, "Vec") {
        return Some(quote_spanned!(span=> &[#element]));
    }
    if types::is_named(ty, "String") {
        return Some(quote_spanned!(span=> &::core::primitive::str));
    }
    types::is_named(ty, "PathBuf").then(|| quote_spanned!(span=> &::std::path::Path))
}

/// How a method is called.
struct Asks {
    /// The function that calls it.
    by: TokenStream,
    /// The type parameter that it needs.
    generics: TokenStream,
    result: TokenStream,
}

/// Returns how a method is called. What borrows from the state in the daemon is read into a type that the caller chooses.
fn asks(returns: &Returns, block: &Methods) -> Asks {
    let (by, ty) = match returns {
        Returns::Nothing | Returns::Fallible { empty: true, .. } => {
            return Asks { by: quote!(ask), generics: TokenStream::new(), result: quote!(()) };
        }
        Returns::Plain(ty) | Returns::Named(ty) => (quote!(ask), Some(ty)),
        Returns::Later(reply) => (quote!(ask), Some(types::replied(reply))),
        Returns::Fallible { ty, empty: false } => (quote!(ask), types::inner(ty, "Result")),
        Returns::Items { item, .. } | Returns::Stream { item, .. } => (quote!(subscribe), Some(item)),
    };
    let (generics, read) = match ty.and_then(|ty| owned(&types::without_self(ty, &block.ty))) {
        Some(owned) => (TokenStream::new(), owned),
        None => (
            quote_spanned!(own()=> <R: ::daemon_core::serde::de::DeserializeOwned>),
            quote_spanned!(own()=> R),
        ),
    };
    let result = match returns {
        Returns::Items { .. } | Returns::Stream { .. } => {
            quote_spanned!(own()=> ::daemon_core::Items<'_, #read>)
        }
        _ => read,
    };
    Asks { by, generics, result }
}

/// Checks that a result is not that of a `Result` under another name.
fn check(returns: &Returns, block: &Methods) -> Option<TokenStream> {
    let Returns::Named(ty) = returns else { return None };
    let ty = types::without_self(ty, &block.ty);
    let checked = quote_spanned! {at_type(&ty)=>
        ::daemon_core::__private::check_read(::daemon_core::__private::Returned::<#ty>::IS_RESULT)
    };
    (!types::is_plain(&ty) && !types::borrows(&ty))
        .then(|| quote_spanned!(own()=> const _: () = { use ::daemon_core::__private::via::*; #checked };))
}

/// Returns the type without a reference around it; `None` if it borrows in another way.
fn owned(ty: &Type) -> Option<TokenStream> {
    match types::peel(ty) {
        Type::Reference(reference) if !types::borrows(&reference.elem) => {
            let elem = &reference.elem;
            Some(quote_spanned!(at(elem)=> <#elem as ::std::borrow::ToOwned>::Owned))
        }
        ty if !types::borrows(ty) => Some(quote!(#ty)),
        _ => None,
    }
}
