//! The arguments of `#[fault(…)]`, on a variant and on a field.

use syn::LitStr;

use super::list::{Bare, Written, arguments};
use super::value::Number;

arguments! {
    /// What `#[fault(…)]` on a variant was given.
    Variant {
        code: Written<Number> = "code = 1",
        message: Option<LitStr> = "message = \"no such item\"",
    }
}

arguments! {
    /// What `#[fault(…)]` on a field was given.
    Field {
        data: Option<Bare> = "data",
    }
}
