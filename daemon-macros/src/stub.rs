//! The attributes where `daemon-core` is a stub: the struct is kept, and everything else is dropped.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, DeriveInput};

use crate::errors::Errors;
use crate::{attributes, check, expand, model};

/// Expands `#[daemon]`, `#[worker]` or `#[rpc_method]`. An impl block or a function needs parts that are missing, and
/// is left out.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let Ok(mut item) = syn::parse2::<DeriveInput>(item) else {
        return TokenStream::new();
    };
    Plain.visit_derive_input_mut(&mut item);
    let (ident, conditions) = (&item.ident, attributes::conditions(&item.attrs));
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    quote! {
        #[allow(dead_code)]
        #item
        #(#conditions)*
        impl #generics ::daemon_core::Daemon for #ident #arguments #bounds {}
    }
}

/// Expands `#[derive(Fault)]` to the conversions, which code outside of what is left out needs.
pub(crate) fn fault(item: TokenStream) -> TokenStream {
    let Ok(item) = syn::parse2::<DeriveInput>(item) else {
        return TokenStream::new();
    };
    // Mistakes are reported where the system is supported.
    let mut errors = Errors::default();
    let model = model::Fault::read(&item, &mut errors);
    let sources = expand::sources(&check::fault(model, &mut errors));
    let ident = &item.ident;
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics ::core::convert::From<#ident #arguments> for ::daemon_core::Fault #bounds {
            fn from(_: #ident #arguments) -> Self {
                ::core::unreachable!()
            }
        }

        #sources
    }
}

/// Removes our attributes.
struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes::take_ours(attributes);
    }
}
