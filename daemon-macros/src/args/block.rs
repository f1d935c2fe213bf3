//! The arguments of `#[daemon(…)]` and `#[worker(…)]` on an impl block.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::list::{Bare, Written, arguments};
use crate::errors::Errors;
use crate::side::Side;

arguments! {
    /// The arguments of the attribute, as written.
    Block {
        client: Option<Ident> = "client = EchoClient",
        /// The word `more`.
        more: Written<Bare> = "more",
    }
}

impl Block {
    /// Reads the arguments; reports them if they belong above the struct.
    pub(crate) fn of(side: Side, tokens: TokenStream, errors: &mut Errors) -> Self {
        match tokens.clone().into_iter().next() {
            // Usually all of them belong above the struct, so they are reported together.
            Some(TokenTree::Ident(first)) if first != "client" && first != "more" => {
                let message = format!(
                    "these belong above the struct: write `#[{side}(…)]` there, and `#[{side}]` here"
                );
                errors.at(&tokens, message);
                Block { client: None, more: Written { given: false, value: None } }
            }
            _ => Block::read(tokens, errors),
        }
    }
}
