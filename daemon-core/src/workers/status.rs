//! The results of `worker.list` and `worker.info`.

use std::time::Instant;

use serde::Serialize;

use super::Workers;
use super::report::ProcessReport;
use super::worker::Worker;
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
        json(&self.reports_of(supervisor, wanted, now))
    }

    /// Returns what is known about all processes.
    #[cfg(feature = "metrics")]
    pub(crate) fn reports(&self, supervisor: &Supervisor, now: Instant) -> Vec<ProcessReport> {
        self.reports_of(supervisor, &self.workers, now)
    }

    fn reports_of(&self, supervisor: &Supervisor, workers: &[Worker], now: Instant) -> Vec<ProcessReport> {
        let reports = workers.iter().flat_map(|worker| {
            worker.processes.iter().map(move |process| self.process_report(supervisor, worker, *process, now))
        });
        reports.collect()
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
