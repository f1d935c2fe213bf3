//! The arguments of `#[metric(…)]` on a field.

use syn::LitStr;

use super::list::{Bare, arguments};

arguments! {
    /// The arguments of the attribute, as written.
    Metric {
        /// The word `counter`.
        counter: Option<Bare> = "counter",
        name: Option<LitStr> = "name = \"messages\"",
    }
}
