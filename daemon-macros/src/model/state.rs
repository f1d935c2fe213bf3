//! A struct under `#[daemon]`, `#[worker]`, `#[plugin]` or `#[settings]`.

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Token, Type};

use crate::errors::Errors;
use crate::side::Side;
use crate::{args, attributes};

/// A struct under one of these attributes, as it was written; `A` holds the arguments.
pub(crate) struct State<A> {
    /// Whose state it is; `None` for settings.
    pub(crate) side: Option<Side>,
    pub(crate) args: A,
    pub(crate) doc: String,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) generics: syn::Generics,
    pub(crate) shape: Shape,
    pub(crate) flags: Vec<Field>,
    pub(crate) metrics: Vec<Metric>,
}

/// The kind of a type.
pub(crate) enum Shape {
    Struct,
    Tuple(syn::FieldsUnnamed),
    Enum(Token![enum]),
    Union(Token![union]),
}

/// A field with `#[flag]`.
pub(crate) struct Field {
    pub(crate) args: args::Flag,
    pub(crate) doc: String,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

/// A field with `#[metric]`, and where that is.
pub(crate) struct Metric {
    pub(crate) place: Attribute,
    pub(crate) args: args::Metric,
    pub(crate) doc: String,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

impl State<args::Daemon> {
    /// Reads a struct under `#[daemon]`.
    pub(crate) fn daemon(args: TokenStream, item: &mut DeriveInput, errors: &mut Errors) -> Self {
        State::read(Some(Side::Daemon), args::Daemon::read(args, errors), item, errors)
    }
}

impl State<args::Worker> {
    /// Reads a struct under `#[worker]`.
    pub(crate) fn worker(args: TokenStream, item: &mut DeriveInput, errors: &mut Errors) -> Self {
        State::read(Some(Side::Worker), args::Worker::read(args, errors), item, errors)
    }
}

impl State<args::Plugin> {
    /// Reads a struct under `#[plugin]`.
    pub(crate) fn plugin(args: TokenStream, item: &mut DeriveInput, errors: &mut Errors) -> Self {
        State::read(Some(Side::Plugin), args::Plugin::read(args, errors), item, errors)
    }
}

impl State<()> {
    /// Reads a struct under `#[settings]`.
    pub(crate) fn settings(args: TokenStream, item: &mut DeriveInput, errors: &mut Errors) -> Self {
        if !args.is_empty() {
            errors.at(args, "`#[settings]` has no arguments; write them into `#[daemon(…)]` or `#[flag(…)]`");
        }
        State::read(None, (), item, errors)
    }
}

impl<A> State<A> {
    /// Reads a struct, and removes `#[flag]` and `#[metric]` from its fields.
    fn read(side: Option<Side>, args: A, item: &mut DeriveInput, errors: &mut Errors) -> Self {
        if let Some(side) = side {
            attributes::refuse_second(side, &mut item.attrs, errors);
        }
        let (mut flags, mut metrics) = (Vec::new(), Vec::new());
        for field in fields(&mut item.data) {
            let attributes = attributes::take_ours(&mut field.attrs);
            flags.extend(Field::read(field, &attributes, errors));
            metrics.extend(Metric::read(field, &attributes, errors));
        }
        State {
            side,
            args,
            doc: attributes::doc(&item.attrs),
            conditions: attributes::conditions(&item.attrs),
            ident: item.ident.clone(),
            generics: item.generics.clone(),
            shape: Shape::of(&item.data),
            flags,
            metrics,
        }
    }
}

impl Shape {
    fn of(data: &Data) -> Self {
        match data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(_) | Fields::Unit => Shape::Struct,
                Fields::Unnamed(fields) => Shape::Tuple(fields.clone()),
            },
            Data::Enum(data) => Shape::Enum(data.enum_token),
            Data::Union(data) => Shape::Union(data.union_token),
        }
    }
}

fn fields(data: &mut Data) -> Box<dyn Iterator<Item = &mut syn::Field> + '_> {
    match data {
        Data::Struct(data) => Box::new(data.fields.iter_mut()),
        Data::Enum(data) => Box::new(data.variants.iter_mut().flat_map(|variant| variant.fields.iter_mut())),
        Data::Union(data) => Box::new(data.fields.named.iter_mut()),
    }
}

impl Field {
    fn read(field: &syn::Field, attributes: &[Attribute], errors: &mut Errors) -> Option<Self> {
        let mut args = None;
        for attribute in attributes {
            match attributes::name(attribute).as_str() {
                "flag" if args.is_some() => {
                    errors.at(attribute, "`#[flag]` is given twice; write all arguments into one");
                }
                "flag" => {
                    let tokens = attributes::arguments(attribute, errors).unwrap_or_default();
                    args = Some(args::Flag::read(tokens, errors));
                }
                "metric" => {}
                name => {
                    errors.at(attribute, format!("`#[{name}]` means nothing on a field; write `#[flag]`"));
                }
            }
        }
        Some(Field {
            args: args?,
            doc: attributes::doc(&field.attrs),
            conditions: attributes::conditions(&field.attrs),
            ident: field.ident.clone()?,
            ty: field.ty.clone(),
        })
    }
}

impl Metric {
    fn read(field: &syn::Field, attributes: &[Attribute], errors: &mut Errors) -> Option<Self> {
        let mut ours = attributes.iter().filter(|attribute| attributes::is(attribute.path(), "metric"));
        let place = ours.next()?.clone();
        if let Some(second) = ours.next() {
            errors.at(second, "`#[metric]` is given twice; write all arguments into one");
        }
        let tokens = attributes::arguments(&place, errors).unwrap_or_default();
        Some(Metric {
            args: args::Metric::read(tokens, errors),
            place,
            doc: attributes::doc(&field.attrs),
            conditions: attributes::conditions(&field.attrs),
            ident: field.ident.clone()?,
            ty: field.ty.clone(),
        })
    }
}
