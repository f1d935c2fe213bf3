//! `#[rpc_type]`: the derives that a type needs to be a parameter or a result, through `daemon_core` alone.

mod field;
mod name;

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Path, Token, parse_quote};

use crate::check::check_wire;
use crate::errors::Errors;
use crate::features;

const DERIVED: [&str; 3] = ["Serialize", "Deserialize", "JsonSchema"];

pub(crate) fn expand(args: &TokenStream, item: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    check(args, item, &mut errors);
    let mut constrained = item.clone();
    let constraints = field::constrain(&mut constrained, &mut errors);
    if !errors.is_empty() {
        let item = fallback(item.clone());
        return quote!(#item #errors);
    }
    let item = derived(constrained);
    quote!(#item #constraints)
}

/// Emits a type with what it derives.
fn derived(item: DeriveInput) -> TokenStream {
    if !features::SCHEMA {
        return without_schema(item);
    }
    quote! {
        #[derive(::daemon_core::serde::Serialize, ::daemon_core::serde::Deserialize, ::daemon_core::schemars::JsonSchema)]
        #[serde(crate = "::daemon_core::serde")]
        #[schemars(crate = "::daemon_core::schemars")]
        #item
    }
}

/// Emits a type that looks as if it had been derived, so that the compiler reports nothing more.
fn fallback(mut item: DeriveInput) -> TokenStream {
    Removed(&["serde", "schemars", "param"]).visit_derive_input_mut(&mut item);
    item.attrs.iter_mut().for_each(remove_derived);
    let ident = &item.ident;
    let (generics, arguments, bounds) = item.generics.split_for_impl();
    let mut for_reading = item.generics.clone();
    for_reading.params.insert(0, parse_quote!('daemon_de));
    let (reading, _, _) = for_reading.split_for_impl();
    let schema = features::SCHEMA.then(|| {
        quote! {
            #[automatically_derived]
            impl #generics ::daemon_core::schemars::JsonSchema for #ident #arguments #bounds {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    ::core::unreachable!()
                }

                fn json_schema(_: &mut ::daemon_core::schemars::SchemaGenerator) -> ::daemon_core::schemars::Schema {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote! {
        #[allow(unused)]
        #item

        #[automatically_derived]
        impl #generics ::daemon_core::serde::Serialize for #ident #arguments #bounds {
            fn serialize<S: ::daemon_core::serde::Serializer>(
                &self,
                _: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #reading ::daemon_core::serde::Deserialize<'daemon_de> for #ident #arguments #bounds {
            fn deserialize<D: ::daemon_core::serde::Deserializer<'daemon_de>>(
                _: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::core::unreachable!()
            }
        }

        #schema
    }
}

/// Removes from a `#[derive(…)]` what `#[rpc_type]` derives, and makes it an empty one if nothing is left.
fn remove_derived(attribute: &mut Attribute) {
    if !attribute.path().is_ident("derive") {
        return;
    }
    if let Ok(paths) = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated) {
        let others = paths.iter().filter(|path| !is_derived(path));
        *attribute = parse_quote!(#[derive(#(#others),*)]);
    }
}

/// Derives without a schema, and leaves out the attributes for it.
fn without_schema(mut item: DeriveInput) -> TokenStream {
    Removed(&["schemars"]).visit_derive_input_mut(&mut item);
    quote! {
        #[derive(::daemon_core::serde::Serialize, ::daemon_core::serde::Deserialize)]
        #[serde(crate = "::daemon_core::serde")]
        #item
    }
}

/// Removes the attributes with these names.
struct Removed(&'static [&'static str]);

impl VisitMut for Removed {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !self.0.iter().any(|name| attribute.path().is_ident(name)));
    }
}

fn check(args: &TokenStream, item: &DeriveInput, errors: &mut Errors) {
    if !args.is_empty() {
        errors.at(args, "`#[rpc_type]` has no arguments; say more with `#[serde(…)]` below it");
    }
    if let Data::Union(data) = &item.data {
        errors.at(data.union_token, "the content of a union is unknown; write a struct or an enum");
    }
    for field in fields(&item.data).filter(|field| !is_handled(field)) {
        check_wire(&field.ty, errors);
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

fn fields(data: &Data) -> Box<dyn Iterator<Item = &Field> + '_> {
    match data {
        Data::Struct(data) => Box::new(data.fields.iter()),
        Data::Enum(data) => Box::new(data.variants.iter().flat_map(|variant| &variant.fields)),
        Data::Union(_) => Box::new(std::iter::empty()),
    }
}

/// Whether the user says how a field is written, or that it is not.
fn is_handled(field: &Field) -> bool {
    let words =
        ["skip", "skip_serializing", "skip_deserializing", "with", "serialize_with", "deserialize_with"];
    let serde = field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let mut handled = false;
    for attribute in serde {
        // Serde reports a malformed attribute.
        let _ = attribute.parse_nested_meta(|meta| {
            handled |= words.iter().any(|word| meta.path.is_ident(word));
            match meta.input.peek(Token![=]) {
                true => meta.value()?.parse::<Expr>().map(drop),
                false => Ok(()),
            }
        });
    }
    handled
}

fn report_double(path: &Path, errors: &mut Errors) {
    if is_derived(path) {
        let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        errors.at(path, format!("`#[rpc_type]` derives `{name}` already; leave it out here"));
    }
}

fn is_derived(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| DERIVED.iter().any(|derived| last.ident == derived))
}
