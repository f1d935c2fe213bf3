//! The arguments of `#[fault(…)]`, on a variant and on a field.

use proc_macro2::{Ident, TokenStream};
use syn::LitStr;

use super::{Args, Grammar, Number};
use crate::errors::Errors;

const VARIANT: Grammar = Grammar {
    what: "argument",
    known: &[("code", "code = 1"), ("message", "message = \"no such item\"")],
    repeats: &[],
};

const FIELD: Grammar = Grammar { what: "argument", known: &[("data", "data")], repeats: &[] };

/// What `#[fault(…)]` on a variant was given.
#[derive(Default)]
pub(crate) struct Variant {
    /// Whether it has a code at all.
    pub(crate) coded: bool,
    pub(crate) code: Option<Number>,
    pub(crate) message: Option<LitStr>,
}

impl Variant {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::read(tokens, &VARIANT, errors);
        Variant { coded: args.has("code"), code: args.number("code"), message: args.text("message") }
    }
}

/// What `#[fault(…)]` on a field was given.
pub(crate) struct Field {
    pub(crate) data: Option<Ident>,
}

impl Field {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        Field { data: Args::read(tokens, &FIELD, errors).bare("data") }
    }
}
