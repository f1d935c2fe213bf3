//! The impl of `TypedFault` for an enum.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{LitStr, Member};

use super::{at, own};
use crate::check::{self, Fault, Variant};

pub(crate) fn fault(fault: &Fault) -> TokenStream {
    let ident = &fault.ident;
    let specs = fault.variants.iter().map(spec);
    let arms = fault.variants.iter().map(arm);
    quote! {
        #[automatically_derived]
        impl ::daemon_core::__private::TypedFault for #ident {
            const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[#(#specs),*];

            fn into_fault(self) -> ::daemon_core::Fault {
                match self {
                    #(#arms)*
                }
            }
        }
    }
}

fn spec(variant: &Variant) -> TokenStream {
    let Variant { code, message, .. } = variant;
    quote!(::daemon_core::__private::FaultSpec { code: #code, message: #message })
}

fn arm(variant: &Variant) -> TokenStream {
    let Variant { ident, code, .. } = variant;
    let mut fields = variant.named.clone();
    if let Some(data) = variant.data.as_ref().filter(|data| !fields.contains(data)) {
        fields.push(data.clone());
    }
    let variables = fields.iter().map(variable);
    let message = message(variant);
    let data = variant.data.as_ref().map(|data| {
        let data = variable(data);
        quote!(.with_data(::daemon_core::__private::json(#data)))
    });
    quote! {
        Self::#ident { #(#fields: #variables,)* .. } => ::daemon_core::Fault::new(#code, #message) #data,
    }
}

fn message(variant: &Variant) -> TokenStream {
    let place = at(&variant.message);
    let text = if variant.named.is_empty() {
        LitStr::new(&variant.format.replace("{{", "{").replace("}}", "}"), place)
    } else {
        LitStr::new(&variant.format, place)
    };
    if variant.named.is_empty() { quote!(#text) } else { quote_spanned!(place=> ::std::format!(#text)) }
}

/// The variable that holds a field.
fn variable(member: &Member) -> Ident {
    Ident::new(&check::variable(member), own())
}
