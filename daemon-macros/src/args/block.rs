//! The arguments of `#[daemon(…)]` and `#[worker(…)]` on an impl block.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Expr;

use super::{Args, Grammar};
use crate::errors::Errors;
use crate::side::Side;

const GRAMMAR: Grammar =
    Grammar { what: "argument", known: &[("client", "client = EchoClient")], repeats: &[] };

/// What the attribute of an impl block was given.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) client: Option<Ident>,
}

impl Block {
    pub(crate) fn read(side: Side, tokens: TokenStream, errors: &mut Errors) -> Self {
        match tokens.clone().into_iter().next() {
            // What is said of the struct comes in one piece, put at the wrong place.
            Some(TokenTree::Ident(first)) if first != "client" => {
                let message = format!(
                    "these belong above the struct: write `#[{side}(…)]` there, and `#[{side}]` here"
                );
                errors.at(&tokens, message);
                Block::default()
            }
            _ => Block { client: Args::read(tokens, &GRAMMAR, errors).value_of("client", word) },
        }
    }
}

/// A path that is one word.
fn word(value: &Expr) -> Option<Ident> {
    match value {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}
