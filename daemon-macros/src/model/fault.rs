//! An enum under `#[derive(Fault)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Data, DeriveInput, Fields, Generics, LitStr, Member, Type};

use crate::errors::Errors;
use crate::{args, attributes};

/// An enum under `#[derive(Fault)]`, as it was written.
pub(crate) struct Fault {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// `None` if it is not an enum.
    pub(crate) variants: Option<Vec<Variant>>,
    /// Whether `#[derive(thiserror::Error)]` reads the enum, too: it makes the conversions then.
    pub(crate) is_thiserror: bool,
}

/// One variant.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) args: args::FaultVariant,
    /// The text of thiserror's `#[error("…")]`.
    pub(crate) error: Option<LitStr>,
    pub(crate) fields: Vec<Field>,
}

/// One field.
pub(crate) struct Field {
    /// Its name or its number.
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// The word `data` of `#[fault(data)]`.
    pub(crate) data: Option<args::Bare>,
    /// `#[from]`
    pub(crate) from: Option<Attribute>,
}

impl Fault {
    pub(crate) fn read(item: &DeriveInput, errors: &mut Errors) -> Self {
        let variants = match &item.data {
            Data::Enum(data) => {
                Some(data.variants.iter().map(|variant| Variant::read(variant, errors)).collect())
            }
            Data::Struct(_) | Data::Union(_) => None,
        };
        report_misplaced(&item.attrs, errors);
        let is_thiserror = variants.is_some() && item.attrs.iter().chain(of_variants(item)).any(is_error);
        Fault { ident: item.ident.clone(), generics: item.generics.clone(), variants, is_thiserror }
    }
}

impl Variant {
    fn read(variant: &syn::Variant, errors: &mut Errors) -> Self {
        report_misplaced(&variant.attrs, errors);
        let tokens = arguments(&variant.attrs, errors).unwrap_or_default();
        Variant {
            ident: variant.ident.clone(),
            doc: attributes::doc(&variant.attrs),
            args: args::FaultVariant::read(tokens, errors),
            error: variant.attrs.iter().filter(|attribute| is_error(attribute)).find_map(text),
            fields: fields(&variant.fields, errors),
        }
    }
}

fn fields(fields: &Fields, errors: &mut Errors) -> Vec<Field> {
    let read = fields.members().zip(fields).map(|(member, field)| {
        let tokens = arguments(&field.attrs, errors);
        Field {
            member,
            ty: field.ty.clone(),
            data: tokens.and_then(|tokens| args::FaultField::read(tokens, errors).data),
            from: from(&field.attrs, errors),
        }
    });
    read.collect()
}

/// Returns `#[from]`.
fn from(attrs: &[Attribute], errors: &mut Errors) -> Option<Attribute> {
    let from = attrs.iter().find(|attribute| is_from(attribute))?;
    if from.meta.require_path_only().is_err() {
        errors.at(from, "`#[from]` has no arguments: the type of the field says what it converts");
    }
    Some(from.clone())
}

/// Reports `#[from]` above an enum or a variant.
fn report_misplaced(attrs: &[Attribute], errors: &mut Errors) {
    for from in attrs.iter().filter(|attribute| is_from(attribute)) {
        errors.at(from, "`#[from]` goes before a field: `Disk(#[from] std::io::Error)`");
    }
}

fn is_from(attribute: &Attribute) -> bool {
    attribute.path().is_ident("from")
}

/// The attributes of all variants.
fn of_variants(item: &DeriveInput) -> impl Iterator<Item = &Attribute> {
    let variants = match &item.data {
        Data::Enum(data) => Some(&data.variants),
        Data::Struct(_) | Data::Union(_) => None,
    };
    variants.into_iter().flatten().flat_map(|variant| &variant.attrs)
}

/// Whether this is thiserror's `#[error(…)]`, of which each of its enums has at least one.
fn is_error(attribute: &Attribute) -> bool {
    attribute.path().is_ident("error")
}

/// Returns the text of `#[error("…")]`.
fn text(attribute: &Attribute) -> Option<LitStr> {
    let tokens = &attribute.meta.require_list().ok()?.tokens;
    match tokens.clone().into_iter().next()? {
        TokenTree::Literal(literal) => syn::parse2(TokenTree::Literal(literal).into()).ok(),
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    }
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
