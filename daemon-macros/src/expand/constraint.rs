//! The constraints of parameters and fields, as what a type that carries them says about them.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{at, handler, own};
use crate::check::{Constraints, Handler, Length, Range};

/// Emits the type that carries the constraints of the parameters of a method; `None` if there are none.
pub(super) fn carrier(handler: &Handler) -> Option<TokenStream> {
    let carrier = name();
    let constrained: Vec<TokenStream> = handler
        .params()
        .enumerate()
        .filter(|(_, param)| !param.constraints.is_empty())
        .map(|(number, param)| {
            let value = handler::slot(param, "'v");
            let rules = constrained(&param.constraints, &value);
            let number = Literal::usize_unsuffixed(number);
            quote!(impl ::daemon_core::__private::Constrained<#number> for #carrier { #rules })
        })
        .collect();
    (!constrained.is_empty()).then(|| quote!(enum #carrier {} #(#constrained)*))
}

/// The name of that type. It must not hide a name of the user.
fn name() -> Ident {
    Ident::new("__Params", own())
}

/// The type that a parameter with constraints is read as.
pub(super) fn checked(number: usize) -> TokenStream {
    let carried = carried(number);
    quote!(::daemon_core::__private::Checked<'_, #carried>)
}

/// The constraints of a parameter, as type parameters.
pub(super) fn carried(number: usize) -> TokenStream {
    let (carrier, number) = (name(), Literal::usize_unsuffixed(number));
    quote!(#carrier, #number)
}

/// Emits what an `impl Constrained` has in it, besides the name of a field. The type is that of a value; it may borrow
/// for the lifetime `'v`.
///
/// A type that can't have one of the constraints is reported at the word of that constraint.
pub(crate) fn constrained(constraints: &Constraints, ty: &TokenStream) -> TokenStream {
    let Constraints { range, length, pattern } = constraints;
    let ranged = range.as_ref().map(|Range { place, min, max }| {
        let (least, most) = (call("least", min, at(place)), call("most", max, at(place)));
        quote!(#least #most)
    });
    let measured = length.as_ref().map(|Length { place, min, max, equal }| {
        let (shortest, longest) = (call("shortest", min, at(place)), call("longest", max, at(place)));
        let exactly = call("exactly", equal, at(place));
        quote!(#shortest #longest #exactly)
    });
    let (compiled, matched) = match pattern {
        Some(pattern) => (
            Some(quote! {
                static PATTERN: ::daemon_core::__private::Pattern =
                    ::daemon_core::__private::Pattern::new(#pattern);
            }),
            call("like", &Some(quote!(&PATTERN)), at(pattern)),
        ),
        None => (None, None),
    };
    quote! {
        type Value<'v> = #ty;

        fn rules<'r, 'v>(
            rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
        ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
            #compiled
            rules #ranged #measured #matched
        }
    }
}

/// `.name(value)`; nothing if there is no value.
fn call(name: &str, value: &Option<impl quote::ToTokens>, place: Span) -> Option<TokenStream> {
    let name = Ident::new(name, place);
    value.as_ref().map(|value| quote_spanned!(place=> .#name(#value)))
}
