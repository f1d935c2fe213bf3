//! The flags of a struct, as a table.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, field, own, record, some, text, yes};
use crate::check::{Arity, Flag, Parser, State};

/// Emits the impl of `Flags` for a struct.
pub(crate) fn table<S>(state: &State<S>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let flags = state.flags.iter().map(flag);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::Flags for #ident {
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[#(#flags),*];
        }
    }
}

fn flag(flag: &Flag) -> TokenStream {
    let Flag { conditions, long, .. } = flag;
    let arity = match flag.arity {
        Arity::Switch => quote!(Switch),
        Arity::One | Arity::Option => quote!(One),
        Arity::Many => quote!(Many),
    };
    let set = set(flag);
    let fields = [
        some("short", flag.short.as_ref()),
        field("doc", text(&flag.doc)),
        some("env", flag.env.as_ref()),
        some("default", flag.default.as_ref()),
        some("value_name", flag.value_name.as_ref()),
        yes("required", flag.required),
    ];
    let ty = quote!(::daemon_core::__private::flag::FlagSpec);
    let arity = quote!(::daemon_core::__private::flag::Arity::#arity);
    let spec = record(&ty, &fields, quote!(#ty::new(#long, #arity)));
    quote! {
        #(#conditions)*
        ::daemon_core::__private::flag::Flag { spec: #spec, set: #set }
    }
}

/// Emits the function that stores the given texts in the field.
fn set(flag: &Flag) -> TokenStream {
    let field = &flag.field;
    let span = at(&flag.ty);
    let setter = match flag.arity {
        Arity::Switch | Arity::One => quote_spanned!(span=> one),
        Arity::Option => quote_spanned!(span=> option),
        Arity::Many => quote_spanned!(span=> many),
    };
    let parser = match flag.parser {
        Parser::Switch => quote_spanned!(span=> switch),
        Parser::Duration => quote_spanned!(span=> duration),
        Parser::Path => quote_spanned!(span=> path),
        Parser::FromStr => quote_spanned!(span=> from_str),
    };
    let parser = quote_spanned!(span=> ::daemon_core::__private::flag::#parser);
    let state = quote_spanned!(own()=> state);
    let given = quote_spanned!(own()=> given);
    let call = quote_spanned! {span=>
        ::daemon_core::__private::flag::#setter(&mut #state.#field, #parser, #given)
    };
    quote!(|#state, #given| #call)
}
