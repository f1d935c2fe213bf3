//! The constraints of the fields of a `#[rpc_type]`: serde is made to check them when it reads a field.
//!
//! They are written as schemars knows them, which has only put them into the schema.

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Lit, LitStr, parse_quote};

use super::name;
use crate::args::{self, Placed, Regex};
use crate::check::Constraints;
use crate::errors::Errors;
use crate::{attributes, expand, features, types};

/// Has serde check the constraints of all fields; returns what generated code says about them.
pub(super) fn constrain(item: &mut DeriveInput, errors: &mut Errors) -> TokenStream {
    let whole = item.clone();
    let of_struct = name::Case::of(&item.attrs, "rename_all");
    let of_fields = name::Case::of(&item.attrs, "rename_all_fields");
    let has_default = listed(&item.attrs, "serde").iter().any(|one| one.name == "default");
    let mut fields = Vec::new();
    match &mut item.data {
        Data::Struct(data) => collect(&mut data.fields, of_struct, &mut fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                let case = name::Case::of(&variant.attrs, "rename_all").or(of_fields);
                collect(&mut variant.fields, case, &mut fields);
            }
        }
        Data::Union(_) => {}
    }
    let said = fields.into_iter().enumerate().filter_map(|(number, (field, case))| {
        let constraints = constraints(field, errors);
        let ours = Ours { item: &whole, number, has_default, case };
        (!constraints.is_empty()).then(|| ours.constrain(field, &constraints, errors)).flatten()
    });
    said.collect()
}

fn collect<'f>(
    fields: &'f mut Fields,
    case: Option<name::Case>,
    found: &mut Vec<(&'f mut Field, Option<name::Case>)>,
) {
    found.extend(fields.iter_mut().map(|field| (field, case)));
}

/// Reads the constraints of a field.
fn constraints(field: &Field, errors: &mut Errors) -> Constraints {
    for attribute in field.attrs.iter().filter(|attribute| attributes::is(attribute.path(), "param")) {
        errors.at(
            attribute,
            "a field has its constraints in `#[schemars(…)]`, as in `#[schemars(range(min = 1, max = 100))]`",
        );
    }
    let mut written = args::Constraints::default();
    for Listed { name: place, tokens } in listed(&field.attrs, "schemars") {
        match (place.to_string().as_str(), tokens) {
            ("range", Some(tokens)) => {
                written.range = Some(Placed { args: args::Range::read(tokens, errors), place });
            }
            ("length", Some(tokens)) => {
                written.length = Some(Placed { args: args::Length::read(tokens, errors), place });
            }
            ("regex", Some(tokens)) => written.pattern = Regex::read(tokens, errors).pattern,
            ("pattern", _) => errors.at(place, "write `regex(pattern = \"^[a-z]+$\")`"),
            ("contains" | "inner", _) => {
                errors.at(
                    &place,
                    format!("nothing would check `{place}`: leave it out, and check it in the method"),
                );
            }
            _ => {}
        }
    }
    Constraints::check(&written, &field.ty, errors)
}

/// A field with constraints, and what is around it.
struct Ours<'i> {
    item: &'i DeriveInput,
    number: usize,
    /// Whether serde takes a missing field from the default of the whole type.
    has_default: bool,
    case: Option<name::Case>,
}

impl Ours<'_> {
    /// Adds the attributes for serde and schemars, and says what the constraints are; `None` if the field is not read.
    fn constrain(
        &self,
        field: &mut Field,
        constraints: &Constraints,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let serde = listed(&field.attrs, "serde");
        let has = |name: &str| serde.iter().any(|one| one.name == name);
        let place = constraints.place()?;
        if has("skip") || has("skip_deserializing") {
            return None;
        }
        if let Some(reader) = serde.iter().find(|one| one.name == "with" || one.name == "deserialize_with") {
            let reader = &reader.name;
            errors.at(
                &place,
                format!("`{reader}` reads this field, and nothing would check this: check it there, and leave this out"),
            );
        }
        let is_absent = field.ident.is_some()
            && types::is_named(&field.ty, "Option")
            && !has("default")
            && !self.has_default;
        let wire_name = name::of(field, self.case);
        let ours = self.attributes(field, &place, is_absent, has("bound"));
        field.attrs.extend(ours);
        Some(self.carried(field, constraints, &wire_name))
    }

    fn attributes(
        &self,
        field: &Field,
        place: &TokenStream,
        is_absent: bool,
        has_bound: bool,
    ) -> Vec<Attribute> {
        let carried = self.carrier();
        let reader = quote!(::daemon_core::__private::read_field::<#carried, _>);
        let reader = text(&reader.to_string().replace(' ', ""), place);
        let mut ours: Vec<Attribute> = vec![parse_quote!(#[serde(deserialize_with = #reader)])];
        if is_absent {
            // With a function that reads it, serde takes an `Option` for missing only if it has a default.
            ours.push(parse_quote!(#[serde(default)]));
            ours.extend(features::SCHEMA.then(|| parse_quote!(#[schemars(!default)])));
        }
        if self.is_generic(field) && !has_bound {
            let ty = &field.ty;
            let bound = quote!(#ty: ::daemon_core::serde::Deserialize<'de>);
            let bound = text(&bound.to_string(), place);
            ours.push(parse_quote!(#[serde(bound(deserialize = #bound))]));
        }
        ours.extend(features::SCHEMA.then(
            || parse_quote!(#[schemars(transform = ::daemon_core::__private::describe_field::<#carried>)]),
        ));
        ours
    }

    /// The type that carries the constraints, and their number.
    fn carrier(&self) -> TokenStream {
        let ident = &self.item.ident;
        let (_, arguments, _) = self.item.generics.split_for_impl();
        let number = Literal::usize_unsuffixed(self.number);
        quote!(#ident #arguments, #number)
    }

    /// Whether the type of a field depends on a type parameter.
    fn is_generic(&self, field: &Field) -> bool {
        let paths = types::paths(&field.ty);
        let mut params = self.item.generics.type_params();
        params.any(|param| {
            paths.iter().any(|path| path.segments.first().is_some_and(|first| first.ident == param.ident))
        })
    }

    /// Says what the constraints are.
    fn carried(&self, field: &Field, constraints: &Constraints, wire_name: &str) -> TokenStream {
        let ident = &self.item.ident;
        let (generics, arguments, bounds) = self.item.generics.split_for_impl();
        let number = Literal::usize_unsuffixed(self.number);
        let conditions =
            [attributes::conditions(&self.item.attrs), attributes::conditions(&field.attrs)].concat();
        let rules = expand::constrained(constraints, &field.ty.to_token_stream());
        let name = (!wire_name.is_empty())
            .then(|| quote!(const NAME: &'static ::core::primitive::str = #wire_name;));
        quote! {
            #(#conditions)*
            #[automatically_derived]
            impl #generics ::daemon_core::__private::Constrained<#number> for #ident #arguments #bounds {
                #name
                #rules
            }
        }
    }
}

/// Returns tokens as a literal, which is how serde takes them.
fn text(tokens: &str, place: &TokenStream) -> LitStr {
    let span = quote_spanned!(expand::at(place)=> x).into_iter().next().map(|token| token.span());
    LitStr::new(tokens, span.unwrap_or_else(proc_macro2::Span::call_site))
}

/// One of the arguments of an attribute of another crate: its name, and what is in its parentheses.
pub(super) struct Listed {
    pub(super) name: Ident,
    pub(super) tokens: Option<TokenStream>,
}

/// Returns the arguments in all attributes with this name. The crate that the attribute belongs to reports malformed ones.
pub(super) fn listed(attrs: &[Attribute], name: &str) -> Vec<Listed> {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident(name));
    let tokens =
        lists.filter_map(|attribute| attribute.meta.require_list().ok().map(|list| list.tokens.clone()));
    tokens.flat_map(arguments).collect()
}

fn arguments(tokens: TokenStream) -> Vec<Listed> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let argument = |tokens: &[TokenTree]| match tokens {
        [TokenTree::Ident(name), TokenTree::Group(group), ..] => {
            Some(Listed { name: name.clone(), tokens: Some(group.stream()) })
        }
        [TokenTree::Ident(name), ..] => Some(Listed { name: name.clone(), tokens: None }),
        _ => None,
    };
    tokens.split(is_comma).filter_map(argument).collect()
}

/// Returns the text after `name =` in all attributes of serde.
pub(super) fn value(attrs: &[Attribute], name: &str) -> Option<String> {
    let lists = attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let tokens =
        lists.filter_map(|attribute| attribute.meta.require_list().ok().map(|list| list.tokens.clone()));
    tokens.flat_map(|tokens| text_after(tokens, name)).next()
}

/// Returns the text after `name =`, or after `deserialize =` in `name(…)`.
fn text_after(tokens: TokenStream, name: &str) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.windows(2).enumerate().find_map(|(index, pair)| match pair {
        [TokenTree::Ident(ident), TokenTree::Group(group)] if ident == name => {
            text_after(group.stream(), "deserialize")
        }
        [TokenTree::Ident(ident), TokenTree::Punct(_)] if ident == name => match tokens.get(index + 2)? {
            TokenTree::Literal(literal) => match Lit::new(literal.clone()) {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}
