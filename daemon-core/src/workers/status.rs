//! The results of `worker.list` and `worker.info`.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Workers;
use super::worker::Worker;
use crate::event::WorkerState;
use crate::fault::Fault;
use crate::supervisor::Supervisor;
use crate::supervisor::spec::Restart;
use crate::sys::process;

/// A worker in the result of `worker.list`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WorkerSummary {
    name: String,
    /// Seconds from one tick to the next; null if it ticks by message.
    looptime: Option<f64>,
    /// Whether it is restarted whenever it ends, and never given up.
    forever: bool,
    /// How many processes do the work.
    count: usize,
    /// Whether one of them has ended so often that it has its longest delay.
    degraded: bool,
}

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

impl Workers {
    pub(super) fn list(&self, supervisor: &Supervisor) -> Result<Vec<u8>, Fault> {
        let listing = |worker: &Worker| {
            let policy = &worker.spec.policy;
            let is_degraded = |process: &usize| supervisor.is_degraded(self.processes[*process].child);
            WorkerSummary {
                name: worker.name.to_string(),
                looptime: worker.spec.every.map(|period| period.as_secs_f64()),
                forever: policy.restart == Restart::Always && policy.intensity.is_none(),
                count: worker.processes.len(),
                degraded: worker.processes.iter().any(is_degraded),
            }
        };
        json(&self.workers.iter().map(listing).collect::<Vec<_>>())
    }

    pub(super) fn info(
        &self,
        supervisor: &Supervisor,
        worker: Option<&str>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let wanted = match worker {
            Some(worker) => std::slice::from_ref(&self.workers[self.named(worker)?]),
            None => self.workers.as_slice(),
        };
        let reports = wanted.iter().flat_map(|worker| {
            worker.processes.iter().map(move |process| self.process_report(supervisor, worker, *process, now))
        });
        json(&reports.collect::<Vec<_>>())
    }

    fn process_report(
        &self,
        supervisor: &Supervisor,
        worker: &Worker,
        index: usize,
        now: Instant,
    ) -> ProcessReport {
        let process = &self.processes[index];
        let pid = supervisor.pid(process.child);
        let since = supervisor.since(process.child);
        ProcessReport {
            worker: worker.name.to_string(),
            process: process.number,
            pid: pid.map(nix::unistd::Pid::as_raw),
            state: self.state_of(supervisor, index),
            degraded: supervisor.is_degraded(process.child),
            since: since.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64()),
            restarts: supervisor.restarts(process.child),
            last_exit: process.last_reason.clone(),
            loops: process.loops(),
            calls: process.calls,
            working: process.pending_calls(),
            queue: worker.queue.len(),
            heartbeat: process.silence(now).map(|silence| silence.as_secs_f64()),
            memory: pid.and_then(|pid| process::memory(pid.as_raw())),
            progress: process.progress,
        }
    }
}

/// Returns a value as the JSON text of a reply.
pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::internal(error.to_string()))
}
