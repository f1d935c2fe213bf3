//! The arguments of `#[example(…)]` above a method.

use syn::{Expr, LitStr};

use super::list::{Argument, arguments};
use super::{Arg, Given, items};

arguments! {
    /// The arguments of the attribute, as written.
    Example {
        name: Option<LitStr> = "name = \"two texts\"",
        params: Vec<Expr> = "params(2, \"a\")",
        result: Option<Expr> = "result = 5",
    }
}

/// `name(a, b)`; the list may be empty.
impl Argument for Vec<Expr> {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::List(list) => items(list.clone()),
            Given::Nothing | Given::Value(_) => None,
        }
    }
}
