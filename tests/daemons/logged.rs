//! Logs in every place where code runs for a call.

use std::process::ExitCode;
use std::thread;

use daemon_core::Client;
use daemon_core::prelude::*;
use tracing::info;

/// Logs.
#[daemon(name = "logged", workers(Scribe))]
#[derive(Default)]
struct Logged {}

#[daemon]
impl Logged {
    /// Log, and return the trace.
    #[rpc_method]
    fn here(&self, context: &mut Context) -> Option<String> {
        info!("in the handler");
        context.trace().map(|trace| trace.to_string())
    }

    /// Log in a thread, and in a closure that it sends to the loop.
    #[rpc_method(thread)]
    fn in_thread(handle: Handle<Self>) -> Result<Option<String>> {
        info!("in a thread");
        handle
            .with(|_, context| {
                info!("in a closure");
                context.trace().map(|trace| trace.to_string())
            })
            .wait()
    }

    /// Log in a closure that another thread sends.
    #[rpc_method]
    fn later(&self, reply: Reply<()>, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        let job = move |_: &mut Self, context: &mut Context| {
            assert_eq!(context.trace(), None);
            reply.send(());
        };
        thread::spawn(move || handle.run(job));
    }

    /// Have the worker log, and log its reply.
    #[rpc_method]
    fn ask(&self, reply: Reply<Option<String>>, context: &mut Context) {
        context.worker("scribe").call("write", &()).then(|_: &mut Self, written, _| {
            info!("after the worker");
            reply.finish(written);
        });
    }

    /// Call this daemon from a thread.
    #[rpc_method(thread)]
    fn forward(address: String) -> Result<Option<String>> {
        Client::connect(&address)?.call("logged.here", &())
    }

    /// Panic.
    #[rpc_method]
    #[allow(clippy::panic, reason = "as asked")]
    fn panic(&self) {
        panic!("as asked");
    }

    #[every("10ms")]
    fn tick(&self, context: &mut Context) {
        assert_eq!(context.trace(), None);
    }

    #[after_call]
    fn note(&self, call: &AfterCall) {
        info!("after `{}`", call.method());
    }
}

/// Logs as a worker.
#[worker(name = "scribe")]
#[derive(Default)]
struct Scribe {}

#[worker]
impl Scribe {
    /// Log, and return the trace.
    #[rpc_method]
    fn write(&self, context: &mut Context) -> Option<String> {
        info!("in the worker");
        context.trace().map(|trace| trace.to_string())
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Logged>()
}
