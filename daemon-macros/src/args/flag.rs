//! The arguments of `#[flag(…)]` on a field.

use proc_macro2::{Ident, TokenStream};
use syn::{LitChar, LitStr};

use super::{Args, Given, Grammar, char_of};
use crate::errors::Errors;

const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("short", "short = 'p'"),
        ("long", "long = \"prefix\""),
        ("env", "env = \"ECHO_PREFIX\""),
        ("default", "default = \"hello\""),
        ("value_name", "value_name = \"TEXT\""),
        ("required", "required"),
    ],
    repeats: &[],
};

/// What `#[flag(…)]` was given.
pub(crate) struct Flag {
    pub(crate) short: Option<Short>,
    pub(crate) long: Option<LitStr>,
    pub(crate) env: Option<LitStr>,
    pub(crate) default: Option<LitStr>,
    pub(crate) value_name: Option<LitStr>,
    pub(crate) required: Option<Ident>,
}

/// A short form.
pub(crate) enum Short {
    /// `short`: the first letter of the field.
    First(Ident),
    /// `short = 'p'`
    Given(LitChar),
}

impl Flag {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::read(tokens, &GRAMMAR, errors);
        Flag {
            short: short(&mut args),
            long: args.text("long"),
            env: args.text("env"),
            default: args.text("default"),
            value_name: args.text("value_name"),
            required: args.bare("required"),
        }
    }
}

fn short(args: &mut Args<'_>) -> Option<Short> {
    let arg = args.take("short")?;
    let short = match &arg.given {
        Given::Nothing => Some(Short::First(arg.name.clone())),
        Given::Value(value) => char_of(value).map(Short::Given),
        Given::List(_) => None,
    };
    if short.is_none() {
        args.refuse(&arg);
    }
    short
}
