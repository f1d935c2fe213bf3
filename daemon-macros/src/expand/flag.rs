//! The table of the flags of a struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, own, setting, text};
use crate::check::{Arity, Flag, Parser};

/// The flags of a type that is called `Self`.
pub(crate) fn table(flags: &[Flag]) -> TokenStream {
    let flags = flags.iter().map(flag);
    quote!(&[#(#flags),*])
}

fn flag(flag: &Flag) -> TokenStream {
    let Flag { conditions, long, .. } = flag;
    let arity = match flag.arity {
        Arity::Switch => quote!(Switch),
        Arity::One | Arity::Option => quote!(One),
        Arity::Many => quote!(Many),
    };
    let set = set(flag);
    let settings = [
        setting("short", flag.short.as_ref()),
        setting("doc", text(&flag.doc)),
        setting("env", flag.env.as_ref()),
        setting("default", flag.default.as_ref()),
        setting("value_name", flag.value_name.as_ref()),
        setting("required", flag.required.then(TokenStream::new)),
    ];
    quote! {
        #(#conditions)*
        ::daemon_core::__private::flag::Flag::<Self>::new(
            #long,
            ::daemon_core::__private::flag::Arity::#arity,
            #set
        ) #(#settings)*
    }
}

/// The function that puts what was given into the field.
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
