//! An enum under `#[derive(Fault)]`.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Member};

use crate::errors::Errors;
use crate::{args, attributes};

/// An enum under `#[derive(Fault)]`, as it was written.
pub(crate) struct Fault {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// `None` if it is not an enum.
    pub(crate) variants: Option<Vec<Variant>>,
}

/// One variant.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) args: args::FaultVariant,
    /// Its fields, by name or by number.
    pub(crate) members: Vec<Member>,
    /// The fields with `#[fault(data)]`, each with the word `data`.
    pub(crate) data: Vec<(Member, args::Bare)>,
}

impl Fault {
    pub(crate) fn read(item: &DeriveInput, errors: &mut Errors) -> Self {
        let variants = match &item.data {
            Data::Enum(data) => {
                Some(data.variants.iter().map(|variant| Variant::read(variant, errors)).collect())
            }
            Data::Struct(_) | Data::Union(_) => None,
        };
        Fault { ident: item.ident.clone(), generics: item.generics.clone(), variants }
    }
}

impl Variant {
    fn read(variant: &syn::Variant, errors: &mut Errors) -> Self {
        let tokens = arguments(&variant.attrs, errors).unwrap_or_default();
        Variant {
            ident: variant.ident.clone(),
            doc: attributes::doc(&variant.attrs),
            args: args::FaultVariant::read(tokens, errors),
            members: variant.fields.members().collect(),
            data: data(&variant.fields, errors),
        }
    }
}

fn data(fields: &Fields, errors: &mut Errors) -> Vec<(Member, args::Bare)> {
    let marked = fields.members().zip(fields).filter_map(|(member, field)| {
        let tokens = arguments(&field.attrs, errors)?;
        Some((member, args::FaultField::read(tokens, errors).data?))
    });
    marked.collect()
}

/// Returns the arguments of `#[fault(…)]`.
fn arguments(attrs: &[Attribute], errors: &mut Errors) -> Option<TokenStream> {
    let mut faults = attrs.iter().filter(|attribute| attribute.path().is_ident("fault"));
    let first = faults.next()?;
    for attribute in faults {
        errors.at(attribute, "`#[fault]` is given twice; write all arguments into one");
    }
    attributes::arguments(first, errors)
}
