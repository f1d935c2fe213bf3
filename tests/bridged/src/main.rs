//! A daemon whose methods are called through a NATS server.

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use daemon_core::prelude::*;

/// I add up.
#[daemon(name = "adder")]
#[derive(Default)]
struct Adder {
    calls: u64,
}

#[daemon]
impl Adder {
    /// Add two numbers.
    #[rpc_method(read_only)]
    fn add(&mut self, a: i64, b: i64) -> i64 {
        self.calls += 1;
        a + b
    }

    /// Reply the message.
    #[rpc_method(name = "my.echo")]
    fn echo(&self, message: &str) -> String {
        message.to_owned()
    }

    /// Reply who calls.
    #[rpc_method]
    fn caller(&self, context: &mut Context) -> Option<u32> {
        context.caller().and_then(Caller::uid)
    }

    /// Reply the number of the process.
    #[rpc_method]
    fn process(&self) -> u32 {
        std::process::id()
    }

    /// Reply after a time, in seconds.
    #[rpc_method(thread)]
    fn wait(seconds: f64) -> f64 {
        // Nobody sends anything.
        let (_sender, receiver) = mpsc::channel::<()>();
        let _ = receiver.recv_timeout(Duration::from_secs_f64(seconds));
        seconds
    }

    /// Reply a text of this many bytes.
    #[rpc_method]
    fn text(&self, bytes: usize) -> String {
        "x".repeat(bytes)
    }

    /// Only for the owner.
    #[rpc_method(allow(owner))]
    fn secret(&self) -> &'static str {
        "secret"
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Adder>()
}
