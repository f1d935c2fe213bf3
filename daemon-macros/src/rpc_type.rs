//! `#[rpc_type]`: the derives that a type needs to be a parameter or a result, through `daemon_core` alone.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Data, DeriveInput, Path, Token};

use crate::errors::Errors;
use crate::features;

const DERIVED: [&str; 3] = ["Serialize", "Deserialize", "JsonSchema"];

pub(crate) fn expand(args: &TokenStream, item: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    check(args, item, &mut errors);
    if !errors.is_empty() {
        return quote!(#item #errors);
    }
    if !features::SCHEMA {
        return without_schema(item.clone());
    }
    quote! {
        #[derive(::daemon_core::serde::Serialize, ::daemon_core::serde::Deserialize, ::daemon_core::schemars::JsonSchema)]
        #[serde(crate = "::daemon_core::serde")]
        #[schemars(crate = "::daemon_core::schemars")]
        #item
    }
}

/// Derives without a schema, and leaves out the attributes for it.
fn without_schema(mut item: DeriveInput) -> TokenStream {
    Unschemed.visit_derive_input_mut(&mut item);
    quote! {
        #[derive(::daemon_core::serde::Serialize, ::daemon_core::serde::Deserialize)]
        #[serde(crate = "::daemon_core::serde")]
        #item
    }
}

/// Removes the attributes for schemars.
struct Unschemed;

impl VisitMut for Unschemed {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("schemars"));
    }
}

fn check(args: &TokenStream, item: &DeriveInput, errors: &mut Errors) {
    if !args.is_empty() {
        errors.at(args, "`#[rpc_type]` has no arguments; say more with `#[serde(…)]` below it");
    }
    if let Data::Union(data) = &item.data {
        errors.at(data.union_token, "the content of a union is unknown; write a struct or an enum");
    }
    for derive in item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let Ok(paths) = derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated) else {
            continue;
        };
        for path in paths {
            report_double(&path, errors);
        }
    }
}

fn report_double(path: &Path, errors: &mut Errors) {
    let Some(last) = path.segments.last() else { return };
    if DERIVED.iter().any(|derived| last.ident == derived) {
        errors.at(path, format!("`#[rpc_type]` derives `{}` already; leave it out here", last.ident));
    }
}
