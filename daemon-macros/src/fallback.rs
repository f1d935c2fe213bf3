//! The code emitted after a mistake instead of the tables: just enough that the compiler reports nothing more.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, DeriveInput, ExprPath, Generics, ImplGenerics, ImplItem, ItemFn, ItemImpl,
    PathArguments, Signature, Type, TypePath, WhereClause, parse_quote,
};

use crate::check::{Fault, Hooks, Methods, Part};
use crate::expand::settings_of;
use crate::side::Side;

/// Returns the attribute that keeps the compiler from warnings about an item with a mistake.
pub(crate) fn quiet() -> Attribute {
    parse_quote!(#[allow(unused)])
}

/// Changes what would be reported once more in an impl block with a mistake.
pub(crate) fn repair(item: &mut ItemImpl) {
    item.attrs.push(quiet());
    for item in &mut item.items {
        if let ImplItem::Fn(function) = item {
            repair_signature(&mut function.sig, &mut function.block);
        }
    }
}

/// The same for a free function.
pub(crate) fn repair_function(function: &mut ItemFn) {
    function.attrs.push(quiet());
    repair_signature(&mut function.sig, &mut function.block);
}

/// Completes a `Reply` or `Subscription` without the type of what it sends, of which the function can then make no use.
fn repair_signature(signature: &mut Signature, block: &mut Block) {
    let mut replies = Replies { completed: false };
    replies.visit_signature_mut(signature);
    if replies.completed {
        *block = parse_quote!({ ::core::unreachable!() });
    }
}

struct Replies {
    completed: bool,
}

impl VisitMut for Replies {
    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        if let Some(last) = path.path.segments.last_mut()
            && (last.ident == "Reply" || last.ident == "Subscription")
            && last.arguments.is_none()
        {
            last.arguments = PathArguments::AngleBracketed(parse_quote!(<()>));
            self.completed = true;
        }
        visit_mut::visit_type_path_mut(self, path);
    }
}

/// Emits a daemon, a worker or a plugin without settings; `joins` is the daemon of a plugin, if that is known.
pub(crate) fn state(side: Side, joins: Option<&ExprPath>, item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let (generics, arguments, _) = item.generics.split_for_impl();
    let bounds = bounds(&item.generics);
    let (described, says) = match side {
        Side::Daemon => (
            quote!(Describe),
            quote!(SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new("", "")),
        ),
        Side::Worker => (
            quote!(DescribeWorker),
            quote!(SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new("")),
        ),
        Side::Plugin => (
            quote!(DescribePlugin),
            quote! {
                SPEC: ::daemon_core::__private::PluginSpec =
                    ::daemon_core::__private::PluginSpec { name: "", doc: "" };
                const INITIAL: fn() -> Self = || ::core::unreachable!()
            },
        ),
    };
    let flags = settings(item);
    let joins = joins.map_or_else(|| quote!(::daemon_core::__private::NoDaemon), ToTokens::to_token_stream);
    let daemon = (side == Side::Plugin).then(|| {
        quote!(
            type Daemon = #joins;
        )
    });
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::#described for #ident #arguments #bounds {
            #daemon
            const #says;
        }
        #flags
    }
}

/// Emits settings without flags.
pub(crate) fn settings(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let (generics, arguments, _) = item.generics.split_for_impl();
    let bounds = bounds(&item.generics);
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::Flags for #ident #arguments #bounds {
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
        }
    }
}

/// Emits a daemon or a worker without methods.
pub(crate) fn methods(checked: &Methods, item: &ItemImpl) -> TokenStream {
    let side = checked.side;
    let ty = &item.self_ty;
    let settings = match item.generics.params.is_empty() && !has_wrong_setup(checked, item) {
        true => settings_of(checked),
        false => quote!(::daemon_core::__private::NoSettings),
    };
    let (generics, _, _) = item.generics.split_for_impl();
    let bounds = bounds(&item.generics);
    let setup = Ident::new(&side.setup().to_uppercase(), Span::mixed_site());
    let implemented = match side {
        Side::Daemon => quote!(Daemon),
        Side::Worker | Side::Plugin => quote!(Worker),
    };
    let client = checked
        .client
        .as_ref()
        .filter(|_| cfg!(feature = "client"))
        .map(|client| &client.name)
        .map(|name| quote!(#[allow(dead_code)] pub struct #name<AnyClient = ::daemon_core::Client>(pub AnyClient);));
    if let Part::Further(_) = checked.part {
        return quote!(#client);
    }
    if side == Side::Plugin {
        let plugin = plugin(ty, &generics, bounds.as_ref());
        return quote!(#plugin #client);
    }
    let hooks = side.hooks().iter().map(|name| {
        let name = Ident::new(&name.to_uppercase(), Span::mixed_site());
        quote! {
            const #name: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
        }
    });
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::#implemented for #ty #bounds {
            type Settings = #settings;
            const METHODS: &'static [::daemon_core::__private::Method<Self, #settings>] = &[];
            const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
            const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
            const #setup: ::daemon_core::__private::Setup<#settings, Self> =
                |_, _| ::core::unreachable!();
            #(#hooks)*
        }
        #client
    }
}

/// Emits a plugin without functions.
fn plugin(ty: &Type, generics: &ImplGenerics<'_>, bounds: Option<&WhereClause>) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::Plugin for #ty #bounds {
            const EXTENSION: ::daemon_core::__private::Extension = ::core::unreachable!();
        }
    }
}

/// Whether the function that is called first was reported, so that nothing says what it makes the state from.
fn has_wrong_setup(checked: &Methods, item: &ItemImpl) -> bool {
    let name = checked.side.setup();
    let is_setup = |item: &ImplItem| matches!(item, ImplItem::Fn(function) if function.sig.ident == name);
    matches!(checked.part, Part::Main(Hooks { setup: None, .. })) && item.items.iter().any(is_setup)
}

/// Returns the bounds of a state that is generic; that it is so was reported at its struct.
fn bounds(generics: &Generics) -> Option<WhereClause> {
    if generics.params.is_empty() {
        return None;
    }
    let mut bounds = generics.where_clause.clone().unwrap_or_else(|| parse_quote!(where));
    bounds.predicates.push(parse_quote!(Self: 'static));
    Some(bounds)
}

/// Emits an error type without faults.
pub(crate) fn fault(checked: &Fault, item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    let sources = checked.sources.iter().filter(|_| item.generics.params.is_empty()).map(|source| {
        let ty = &source.ty;
        quote! {
            #[automatically_derived]
            impl ::core::convert::From<#ty> for #ident {
                fn from(_: #ty) -> Self {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #generics ::daemon_core::__private::TypedFault for #ident #arguments #bounds {
            const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[];

            fn into_fault(self) -> ::daemon_core::Fault {
                ::daemon_core::Fault::new(0, "")
            }
        }

        #[automatically_derived]
        impl #generics ::core::convert::From<#ident #arguments> for ::daemon_core::Fault #bounds {
            fn from(_: #ident #arguments) -> Self {
                ::core::unreachable!()
            }
        }

        #(#sources)*
    }
}
