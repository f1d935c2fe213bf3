//! The impl of `TypedFault` for an enum, and the conversions of the enum.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{LitStr, Member, Type};

use super::{at, at_type, field, own, record, some, traits};
use crate::check::{self, Fault, Restore, Source, Text, Variant};
use crate::spell;

pub(crate) fn fault(fault: &Fault) -> TokenStream {
    let ident = &fault.ident;
    let specs = fault.variants.iter().map(spec);
    let into_fault = into_fault(&fault.variants);
    let from_fault = from_fault(&fault.variants);
    let sources = sources(fault);
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::TypedFault for #ident {
            const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[#(#specs),*];

            #into_fault
            #from_fault
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for ::daemon_core::Fault {
            fn from(error: #ident) -> Self {
                ::daemon_core::__private::TypedFault::into_fault(error)
            }
        }

        #sources
    }
}

/// Emits the conversions of the fields with `#[from]`.
pub(crate) fn sources(fault: &Fault) -> TokenStream {
    fault.sources.iter().map(|source| from_source(&fault.ident, source)).collect()
}

fn spec(variant: &Variant) -> TokenStream {
    let Variant { ident, code, message, data_type, status, .. } = variant;
    let name = spell::plain(ident);
    let fields = [
        field("name", Some(quote!(#name))),
        some("status", status.as_ref()),
        some("data", data_type.as_ref().map(schema)),
    ];
    let ty = quote!(::daemon_core::__private::FaultSpec);
    record(&ty, &fields, quote!(#ty::new(#code, #message)))
}

/// The function that generates the schema of the data, if its type describes itself.
fn schema(ty: &Type) -> TokenStream {
    let traits = traits();
    let data = quote_spanned!(at_type(ty)=> (&::daemon_core::__private::FaultData::<#ty>::new()));
    quote_spanned!(own()=> |generator| { #traits #data.schema(generator) })
}

/// Emits the way to a fault.
fn into_fault(variants: &[Variant]) -> TokenStream {
    let asks = variants.iter().any(|variant| matches!(variant.text, Text::Display(_)));
    let traits = asks.then(traits);
    let arms = variants.iter().map(|variant| match &variant.text {
        Text::Format(format, named) => formatted(variant, format, named),
        Text::Display(words) => displayed(variant, words),
    });
    quote! {
        fn into_fault(self) -> ::daemon_core::Fault {
            #traits
            match self {
                #(#arms)*
            }
        }
    }
}

/// A variant whose message is known here.
fn formatted(variant: &Variant, format: &str, named: &[Member]) -> TokenStream {
    let Variant { ident, code, .. } = variant;
    let mut fields = named.to_vec();
    if let Some(data) = variant.data.as_ref().filter(|data| !fields.contains(data)) {
        fields.push(data.clone());
    }
    let variables = fields.iter().map(variable);
    let place = at(&variant.message);
    let message = if named.is_empty() {
        let text = LitStr::new(&format.replace("{{", "{").replace("}}", "}"), place);
        quote!(#text)
    } else {
        let text = LitStr::new(format, place);
        quote_spanned!(place=> ::std::format!(#text))
    };
    let data = data(variant);
    quote! {
        Self::#ident { #(#fields: #variables,)* .. } => ::daemon_core::Fault::new(#code, #message) #data,
    }
}

/// A variant whose message is the text of the error, if it has one.
fn displayed(variant: &Variant, words: &str) -> TokenStream {
    let Variant { ident, code, .. } = variant;
    let field = variant.data.as_ref().map(|member| {
        let variable = variable(member);
        quote!(#member: ref #variable,)
    });
    let data = data(variant);
    quote_spanned! {own()=>
        ref error @ Self::#ident { #field .. } => ::daemon_core::Fault::new(
            #code,
            (&::daemon_core::__private::FaultText(error)).or(#words),
        ) #data,
    }
}

fn data(variant: &Variant) -> Option<TokenStream> {
    let data = variable(variant.data.as_ref()?);
    Some(quote!(.with_data(::daemon_core::__private::json(#data))))
}

/// Emits the way back from a fault; nothing if no variant can come back.
fn from_fault(variants: &[Variant]) -> Option<TokenStream> {
    let arms: Vec<TokenStream> = variants.iter().filter_map(restored).collect();
    let reads = variants.iter().any(|variant| matches!(variant.restore, Some(Restore::Data(..))));
    let traits = reads.then(traits);
    (!arms.is_empty()).then(|| {
        quote_spanned! {own()=>
            fn from_fault(fault: &::daemon_core::Fault) -> ::core::option::Option<Self> {
                #traits
                match fault.code() {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

fn restored(variant: &Variant) -> Option<TokenStream> {
    let Variant { ident, code, .. } = variant;
    let restored = match variant.restore.as_ref()? {
        Restore::Empty => quote!(::core::option::Option::Some(Self::#ident {})),
        Restore::Data(member, ty) => {
            let read = quote_spanned! {at_type(ty)=>
                (&::daemon_core::__private::FaultData::<#ty>::new()).of(fault)
            };
            quote_spanned!(own()=> #read.map(|data| Self::#ident { #member: data }))
        }
    };
    Some(quote!(#code => #restored,))
}

fn from_source(ident: &Ident, source: &Source) -> TokenStream {
    let Source { variant, member, ty } = source;
    quote_spanned! {at(ty)=>
        #[automatically_derived]
        impl ::core::convert::From<#ty> for #ident {
            fn from(source: #ty) -> Self {
                Self::#variant { #member: source }
            }
        }
    }
}

/// The variable that holds a field.
fn variable(member: &Member) -> Ident {
    Ident::new(&check::variable(member), own())
}
