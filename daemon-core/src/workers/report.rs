//! One process of a worker, in the result of `worker.info` and in the metrics.

use serde::{Deserialize, Serialize};

use crate::event::WorkerState;

/// One process of a worker in the result of `worker.info`.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ProcessReport {
    pub(crate) worker: String,
    /// Which of the worker's processes, from 0 on.
    pub(crate) process: usize,
    pub(crate) pid: Option<i32>,
    pub(crate) state: WorkerState,
    /// Whether it has ended so often that it waits for the longest time.
    pub(crate) degraded: bool,
    /// Seconds that it has been in this state.
    pub(crate) since: f64,
    pub(crate) restarts: u64,
    /// How and why it last ended, as text.
    pub(crate) last_exit: Option<String>,
    /// Ticks that it has done.
    pub(crate) loops: u64,
    /// Calls that it has answered, also in earlier lives.
    pub(crate) calls: u64,
    /// Calls that it has been given and not answered.
    pub(crate) working: usize,
    /// Calls that wait for any process of the worker.
    pub(crate) queue: usize,
    /// Seconds since its last sign of life.
    pub(crate) heartbeat: Option<f64>,
    /// Memory that is resident and its own, in KiB.
    pub(crate) memory: Option<u64>,
    /// How far it says it has come: done, of how much.
    pub(crate) progress: Option<(u64, u64)>,
}
