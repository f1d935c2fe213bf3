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
    /// Whether it is restarted whenever it ends.
    forever: bool,
    /// How many processes do the work.
    count: usize,
}

impl Listing {
    pub(super) fn of(post: &Post) -> Self {
        Listing {
            name: post.name.to_string(),
            looptime: post.job.every.map(|period| period.as_secs_f64()),
            forever: post.job.policy.restart == Restart::Always,
            count: post.hands.len(),
        }
    }
}

/// One process of a worker, as `worker.info` tells of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ProcessReport {
    pub(crate) worker: String,
    /// Which of the worker's processes, from 0 on.
    pub(crate) process: usize,
    pub(crate) pid: Option<i32>,
    pub(crate) state: WorkerState,
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
