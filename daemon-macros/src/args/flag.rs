//! The arguments of `#[flag(…)]` on a field.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, LitChar, LitStr};

use super::list::{Argument, Bare, arguments};
use super::value::{Value, text_of};
use super::{Arg, Given};

arguments! {
    /// The arguments of the attribute, as written.
    Flag {
        short: Option<Short> = "short = 'p'",
        long: Option<LitStr> = "long = \"prefix\"",
        env: Option<LitStr> = "env = \"ECHO_PREFIX\"",
        default: Option<DefaultText> = "default = \"hello\"",
        value_name: Option<LitStr> = "value_name = \"TEXT\"",
        required: Option<Bare> = "required",
    }
}

/// The text that a default is read from, like a value on the command line.
pub(crate) struct DefaultText(pub(crate) LitStr);

impl ToTokens for DefaultText {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl Argument for DefaultText {
    fn read(arg: &Arg) -> Option<Self> {
        LitStr::read(arg).map(DefaultText)
    }

    fn advice(arg: &Arg) -> Option<String> {
        let Given::Value(value) = &arg.given else { return None };
        Some(match (text_of(value), value) {
            (Some(text), _) => format!("a default is read like a value on the command line: write `default = {text:?}`"),
            (None, Expr::Array(_) | Expr::Macro(_)) => {
                "a default is one value: write it as in `default = \"a\"`, or leave it out and set the list in \
                 `impl Default`"
                    .to_owned()
            }
            (None, _) => "a default is a text: write it as in `default = \"5\"`, or leave it out and set the field \
                          in `impl Default`"
                .to_owned(),
        })
    }
}

/// The short form of a flag.
pub(crate) enum Short {
    /// `short`: the first letter of the field.
    First(Ident),
    /// `short = 'p'`
    Given(LitChar),
}

impl Argument for Short {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::Nothing => Some(Short::First(arg.name.clone())),
            Given::Value(value) => LitChar::of(value).map(Short::Given),
            Given::List(_) => None,
        }
    }
}
