//! The arguments of `#[plugin(…)]` on a struct.

use syn::{ExprPath, LitStr};

use super::list::{Written, arguments};

arguments! {
    /// The arguments of the attribute, as written.
    Plugin {
        daemon: Written<ExprPath> = "daemon = Echo",
        name: Option<LitStr> = "name = \"metrics\"",
    }
}
