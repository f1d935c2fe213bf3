//! The attributes where `daemon-core` is a stub: the struct is kept, and everything else is dropped.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, DeriveInput};

use crate::attributes;

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

/// Removes our attributes.
struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes::take_ours(attributes);
    }
}
