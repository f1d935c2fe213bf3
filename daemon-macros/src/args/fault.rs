//! The arguments of `#[fault(…)]`, on a variant and on a field.

use syn::LitStr;

use super::list::{Bare, Written, arguments};
use super::value::Number;

arguments! {
    /// The arguments of `#[fault(…)]` on a variant, as written.
    Variant {
        code: Written<Number> = "code = 1",
        message: Option<LitStr> = "message = \"no such item\"",
        /// The status of its answers over HTTP.
        status: Option<Number> = "status = 404",
    }
}

arguments! {
    /// The arguments of `#[fault(…)]` on a field, as written.
    Field {
        data: Option<Bare> = "data",
    }
}
