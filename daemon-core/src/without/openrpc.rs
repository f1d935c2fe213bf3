//! What stands in for `rpc.discover` without the feature `schema`: there is no such method.

use super::method::MethodSpec;
use super::methods::Run;

/// The version of the specification, as a number: none.
pub(crate) const VERSION_AS_NUMBER: Option<u32> = None;

pub(crate) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    Vec::new()
}
