//! Replaces the methods as tools without the feature `mcp`: there are none.

use super::methods::Methods;

/// No tools.
pub(crate) struct Tools;

impl Tools {
    pub(crate) fn of<S>(_: &Methods<S>) -> Self {
        Tools
    }
}
