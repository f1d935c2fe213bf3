//! What is told of workers, by `worker.list` and `worker.info`.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Crew;
use super::post::Post;
use crate::event::WorkerState;
use crate::fault::Fault;
use crate::supervisor::spec::Restart;
use crate::sys::process;

/// A worker as `worker.list` tells of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listing {
    name: String,
    /// Seconds from one tick to the next; null if it ticks by message.
    looptime: Option<f64>,
    /// Whether it is restarted whenever it ends, and never given up.
    forever: bool,
    /// How many processes do the work.
    count: usize,
    /// Whether one of them has ended so often that it has its longest rest.
    degraded: bool,
}

/// One process of a worker, as `worker.info` tells of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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
    /// How it has ended the last time, and why, in words.
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

impl Crew {
    pub(super) fn list(&self) -> Result<Vec<u8>, Fault> {
        let listing = |post: &Post| {
            let policy = &post.job.policy;
            let is_degraded = |hand: &usize| self.supervisor.is_degraded(self.hands[*hand].child);
            Listing {
                name: post.name.to_string(),
                looptime: post.job.every.map(|period| period.as_secs_f64()),
                forever: policy.restart == Restart::Always && policy.intensity.is_none(),
                count: post.hands.len(),
                degraded: post.hands.iter().any(is_degraded),
            }
        };
        json(&self.posts.iter().map(listing).collect::<Vec<_>>())
    }

    pub(super) fn info(&self, worker: Option<&str>, now: Instant) -> Result<Vec<u8>, Fault> {
        let wanted = match worker {
            Some(worker) => std::slice::from_ref(&self.posts[self.named(worker)?]),
            None => self.posts.as_slice(),
        };
        let reports =
            wanted.iter().flat_map(|post| post.hands.iter().map(move |hand| self.info_of(post, *hand, now)));
        json(&reports.collect::<Vec<_>>())
    }

    fn info_of(&self, post: &Post, index: usize, now: Instant) -> ProcessReport {
        let hand = &self.hands[index];
        let pid = self.supervisor.pid(hand.child);
        let since = self.supervisor.since(hand.child);
        ProcessReport {
            worker: post.name.to_string(),
            process: hand.number,
            pid: pid.map(nix::unistd::Pid::as_raw),
            state: self.state_of(index),
            degraded: self.supervisor.is_degraded(hand.child),
            since: since.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64()),
            restarts: self.supervisor.restarts(hand.child),
            last_exit: hand.last_reason.clone(),
            loops: hand.loops(),
            calls: hand.calls,
            working: hand.busy(),
            queue: post.waiting.len(),
            heartbeat: hand.silence(now).map(|silence| silence.as_secs_f64()),
            memory: pid.and_then(|pid| process::memory(pid.as_raw())),
            progress: hand.progress,
        }
    }
}

/// A value as the JSON text of an answer.
pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::internal(error.to_string()))
}
