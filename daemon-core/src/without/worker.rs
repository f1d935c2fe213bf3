//! Replaces the inside of a worker without the feature `workers`: no process is a worker.

use std::process::ExitCode;

use crate::declare::worker::WorkerType;
use crate::error::Result;
use crate::logs::TakesOver;

/// Which worker a process is: none.
pub(crate) enum WorkerEnv {}

impl WorkerEnv {
    pub(crate) fn read() -> Option<WorkerEnv> {
        None
    }
}

/// Runs this process as that worker: never called.
pub(crate) fn serve(env: &WorkerEnv, _: &[Box<dyn WorkerType>], _: TakesOver) -> Result<ExitCode> {
    match *env {}
}
