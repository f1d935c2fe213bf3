//! The impl of `DescribePlugin` for a struct, and of `Plugin` for its block.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ExprPath;
use syn::spanned::Spanned;

use super::home::Home;
use super::{at, flag, record, schedule, some, tables};
use crate::check::{Hooks, Methods, State};
use crate::types;

/// Emits the description of a plugin.
pub(crate) fn plugin(state: &State<Option<ExprPath>>, daemon: &ExprPath) -> TokenStream {
    let State { ident, conditions, name, doc, .. } = state;
    let flags = flag::table(state);
    let initial = quote_spanned!(at(ident)=> <Self as ::daemon_core::__private::Initial>::initial);
    let check = quote_spanned!(at(ident)=> ::daemon_core::__private::check_plugin::<#ident>());
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::DescribePlugin for #ident {
            type Daemon = #daemon;
            const SPEC: ::daemon_core::__private::PluginSpec =
                ::daemon_core::__private::PluginSpec { name: #name, doc: #doc };
            const INITIAL: fn() -> Self = #initial;
        }
        #(#conditions)*
        const _: () = #check;
        #flags
    }
}

/// Emits the functions of a plugin, and its entry in the list of extensions.
pub(super) fn functions(block: &Methods, hooks: &Hooks) -> TokenStream {
    let Methods { ty, conditions, tables, .. } = block;
    let plugin = plugin_type(block, hooks);
    let tables = tables::tables(tables, Home::Plugin, Some(plugin));
    let daemon = quote_spanned!(ty.span()=> <#ty as ::daemon_core::__private::DescribePlugin>::Daemon);
    let name = types::last_segment(ty).map(|last| last.ident.to_string()).unwrap_or_default();
    let extension = tables::extension(&daemon, ty.span(), &name, &tables);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::daemon_core::__private::Plugin for #ty {
            const EXTENSION: ::daemon_core::__private::Extension = #extension;
        }
        #(#conditions)*
        const _: () = {
            ::daemon_core::__private::inventory::submit! {
                <#ty as ::daemon_core::__private::Plugin>::EXTENSION
            }
        };
    }
}

/// Emits the plugin without its type.
fn plugin_type(block: &Methods, hooks: &Hooks) -> TokenStream {
    let ty = &block.ty;
    let hooks: Vec<_> =
        hooks.hooks.iter().map(|(name, hook)| some(name, hook.as_ref().map(schedule::plugin_hook))).collect();
    let plugin = quote!(::daemon_core::__private::PluginType);
    let of = quote_spanned!(ty.span()=> #plugin::of::<#ty>());
    record(&plugin, &hooks, of)
}
