//! The arguments of `#[daemon(…)]` and `#[worker(…)]` on an impl block.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::list::arguments;
use crate::errors::Errors;
use crate::side::Side;

arguments! {
    /// What the attribute of an impl block was given.
    Block {
        client: Option<Ident> = "client = EchoClient",
    }
}

impl Block {
    /// Reads the arguments, unless they are those of the struct.
    pub(crate) fn of(side: Side, tokens: TokenStream, errors: &mut Errors) -> Self {
        match tokens.clone().into_iter().next() {
            // What is said of the struct comes in one piece, put at the wrong place.
            Some(TokenTree::Ident(first)) if first != "client" => {
                let message = format!(
                    "these belong above the struct: write `#[{side}(…)]` there, and `#[{side}]` here"
                );
                errors.at(&tokens, message);
                Block { client: None }
            }
            _ => Block::read(tokens, errors),
        }
    }
}
