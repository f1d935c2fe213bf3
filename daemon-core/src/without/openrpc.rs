//! Replaces `rpc.discover` without the feature `schema`: the method does not exist.

use super::method::MethodSpec;
use super::methods::Run;

/// The version of the OpenRPC specification: no document follows it.
pub(crate) const VERSION_AS_NUMBER: Option<u32> = None;

pub(crate) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    Vec::new()
}
