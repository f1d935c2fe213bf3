//! Replaces the declared workers without the feature `workers`: a program has none.

use crate::declare::Daemon;
use crate::declare::worker::WorkerType;
use crate::error::Result;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;

pub(in crate::daemon) fn worker_types<D: Daemon>() -> Result<Vec<Box<dyn WorkerType>>> {
    Ok(Vec::new())
}

pub(super) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    Vec::new()
}
