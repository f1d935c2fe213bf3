//! Looks at every call before and after it, and bounds some of them.

#![allow(clippy::panic, reason = "a hook that panics")]

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use daemon_core::prelude::*;

/// Guards its methods.
#[daemon(name = "guarded", limits(slow = "20ms"))]
#[derive(Default)]
struct Guarded {
    closed: bool,
    ended: Vec<Ended>,
    kept: Vec<Reply<()>>,
    noted: Vec<Option<f64>>,
}

/// A call that has ended.
#[rpc_type]
#[derive(Clone)]
struct Ended {
    method: String,
    uid: Option<u32>,
    code: Option<i32>,
    long: bool,
}

#[daemon]
impl Guarded {
    #[before_call]
    fn admit(&mut self, call: &BeforeCall<'_>, context: &mut Context) -> Result<(), String> {
        assert_eq!(call.caller(), context.caller());
        match call.method() {
            "guarded.panicking" => panic!("as asked"),
            method if self.closed && !method.starts_with("guarded.") => Err(format!("`{method}` is closed")),
            _ => Ok(()),
        }
    }

    #[after_call]
    fn note(&mut self, call: &AfterCall) {
        self.ended.push(Ended {
            method: call.method().to_owned(),
            uid: call.caller().and_then(Caller::uid),
            code: call.outcome().err().map(Fault::code),
            long: call.duration() >= Duration::from_millis(20),
        });
    }

    #[after_call]
    fn complain(&self, call: &AfterCall) -> Result<(), String> {
        match call.method() {
            "guarded.later" => Err("as asked".to_owned()),
            _ => Ok(()),
        }
    }

    /// Refuse the methods of other names.
    #[rpc_method]
    fn close(&mut self, closed: bool) {
        self.closed = closed;
    }

    /// The calls that have ended since this was last called.
    #[rpc_method]
    fn ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }

    /// Hold the loop for so long.
    #[rpc_method]
    fn hold(&self, milliseconds: u64) {
        let until = Instant::now() + Duration::from_millis(milliseconds);
        while Instant::now() < until {
            thread::yield_now();
        }
    }

    /// Reply after a while.
    #[rpc_method]
    fn later(&self, milliseconds: u64, reply: Reply<()>, context: &mut Context) {
        context.after(Duration::from_millis(milliseconds), move |_: &mut Self, _| reply.send(()));
    }

    /// Keep the reply, and let the caller wait no longer than this.
    #[rpc_method(timeout = "50ms")]
    fn keep(&mut self, reply: Reply<()>) {
        self.kept.push(reply);
    }

    /// How many of the kept replies have nobody who waits for them.
    #[rpc_method]
    fn closed(&self) -> usize {
        self.kept.iter().filter(|reply| reply.is_closed()).count()
    }

    /// How many seconds the caller still waits.
    #[rpc_method]
    fn left(&self, context: &mut Context) -> Option<f64> {
        context.time_left().map(|left| left.as_secs_f64())
    }

    /// The same, in another process.
    #[rpc_method(worker = "pool")]
    fn left_in_pool(context: &mut Context) -> Option<f64> {
        context.time_left().map(|left| left.as_secs_f64())
    }

    /// The same, for a caller that gets its reply from there.
    #[rpc_method]
    fn left_through_pool(&self, reply: Reply<Option<f64>>, context: &mut Context) {
        context.worker("pool").call("left_in_pool", &()).reply_to(reply);
    }

    /// The same, for a caller that has its reply already; see `noted`.
    #[rpc_method]
    fn left_behind(&self, context: &mut Context) {
        context.worker("pool").call("left_in_pool", &()).then(|guarded: &mut Guarded, left, _| {
            guarded.noted.push(left.unwrap_or(Some(-1.0)));
        });
    }

    /// What `left_behind` has found.
    #[rpc_method]
    fn noted(&self) -> &[Option<f64>] {
        &self.noted
    }

    /// Never called: the hook panics.
    #[rpc_method]
    fn panicking(&self) {}

    /// At most twice a minute.
    #[rpc_method(rate = "2/min")]
    fn rare(&self) -> bool {
        true
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Guarded>()
}
