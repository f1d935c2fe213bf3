//! The daemon that `workers.rs` drives: an echoing worker, a counting pool, and nothing else.
//!
//! It times its calls itself, on its own loop; `load` measures the cost of a client's connection.

#![allow(clippy::unwrap_used, reason = "a wrong answer ends the bench")]

use std::collections::VecDeque;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use daemon_core::prelude::*;
use nix::time::{ClockId, clock_gettime};

/// The text that the worker receives and returns.
const WORDS: &str = "hello, world";

/// Has a worker, and a pool.
#[daemon(name = "plain-workers", workers(Echo), pool(name = "press"))]
#[derive(Default)]
struct Plain {
    /// Memory to hold, in MiB; each page is touched
    #[flag(default = "0")]
    ballast: usize,
    held: Vec<u8>,
    burst: Option<Burst>,
    laps: Option<Laps>,
    /// The worker's states, and when they began; each query empties the list.
    changes: VecDeque<(String, u64)>,
}

/// Calls in quick succession.
struct Burst {
    /// Calls still to be made.
    left: u32,
    /// Calls not answered yet.
    under_way: u32,
    start: Instant,
    reply: Reply<u64>,
}

/// Calls with a pause before each.
struct Laps {
    left: u32,
    pause: Duration,
    times: Vec<u64>,
    reply: Reply<Vec<u64>>,
}

#[daemon]
impl Plain {
    fn setup(&mut self) {
        self.held = vec![1; self.ballast << 20];
    }

    /// Call the worker `calls` times, with `depth` calls in flight; reply the total time in nanoseconds.
    #[rpc_method]
    fn burst(&mut self, calls: u32, depth: u32, reply: Reply<u64>, daemon: &mut Context) {
        let first = depth.min(calls);
        self.burst = Some(Burst { left: calls - first, under_way: first, start: Instant::now(), reply });
        for _ in 0..first {
            call_in_burst(daemon);
        }
    }

    /// Call the worker `calls` times, with a pause in microseconds before each; reply the nanoseconds of each call.
    #[rpc_method]
    fn laps(&mut self, calls: u32, pause: u64, reply: Reply<Vec<u64>>, daemon: &mut Context) {
        let pause = Duration::from_micros(pause);
        self.laps = Some(Laps { left: calls, pause, times: Vec::new(), reply });
        daemon.after(pause, Plain::lap);
    }

    /// Reply the worker's states, each with its time in nanoseconds of CLOCK_MONOTONIC.
    #[rpc_method]
    fn changes(&mut self) -> Vec<(String, u64)> {
        self.changes.drain(..).collect()
    }

    #[on(worker)]
    fn note(&mut self, event: &Event) {
        if let Event::Worker(change) = event
            && &*change.worker == "echo"
        {
            let now = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC).unwrap());
            self.changes.push_back((change.state.to_string(), now.as_nanos() as u64));
        }
    }

    /// Keep a core busy with so many steps of a random number generator.
    #[rpc_method(worker = "press")]
    fn press(steps: u64) -> u64 {
        (0..steps).fold(1, |number: u64, _| {
            std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
        })
    }
}

impl Plain {
    fn lap(&mut self, daemon: &mut Context) {
        let start = Instant::now();
        daemon.worker("echo").call("echo", &[WORDS]).then(move |plain: &mut Plain, answer, daemon| {
            let time = start.elapsed();
            check(answer);
            let Some(laps) = &mut plain.laps else { return };
            laps.times.push(time.as_nanos() as u64);
            laps.left -= 1;
            match laps.left {
                0 => {
                    let laps = plain.laps.take().unwrap();
                    laps.reply.send(laps.times);
                }
                _ => {
                    daemon.after(laps.pause, Plain::lap);
                }
            }
        });
    }
}

fn call_in_burst(daemon: &mut Context) {
    daemon.worker("echo").call("echo", &[WORDS]).then(|plain: &mut Plain, answer, daemon| {
        check(answer);
        let Some(burst) = &mut plain.burst else { return };
        if burst.left > 0 {
            burst.left -= 1;
            return call_in_burst(daemon);
        }
        burst.under_way -= 1;
        if burst.under_way == 0 {
            let burst = plain.burst.take().unwrap();
            burst.reply.send(burst.start.elapsed().as_nanos() as u64);
        }
    });
}

/// Ends the daemon if the worker's reply is wrong.
fn check(answer: Result<String, Fault>) {
    assert!(answer.as_deref() == Ok(WORDS), "the worker answered {answer:?}");
}

/// Echoes its input; restarted at once, however often it is killed.
#[worker(name = "echo", min_uptime = "0s", intensity(1000000, "1s"))]
#[derive(Default)]
struct Echo {}

#[worker]
impl Echo {
    /// Reply the message.
    #[rpc_method]
    fn echo<'a>(&self, message: &'a str) -> &'a str {
        message
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Plain>()
}
