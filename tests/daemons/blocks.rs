//! A daemon in several blocks, with free functions beside them. It notes what is called, and in which order.

use std::process::ExitCode;
use std::time::Duration;

use daemon_core::prelude::*;

/// Notes what is called.
#[daemon(name = "blocks", pool(name = "pool", count = 1))]
#[derive(Default)]
pub struct Blocks {
    /// How often to count
    #[flag(default = "5ms")]
    period: Duration,
    noted: Vec<&'static str>,
    counted: u64,
    closed: bool,
}

#[before_call(daemon = Blocks)]
fn admit_before(state: &mut Blocks, call: &BeforeCall<'_>) -> Result<(), Fault> {
    match state.closed && call.method() == "blocks.noted" {
        true => Err(Fault::new(7, "closed")),
        false => Ok(()),
    }
}

#[on(start, daemon = Blocks)]
fn first_function(state: &mut Blocks) {
    state.noted.push("first function");
}

#[daemon(client = BlocksClient)]
impl Blocks {
    #[on(start)]
    fn main_block(&mut self) {
        self.noted.push("main block");
    }

    /// Reply what was called.
    #[rpc_method]
    fn noted(&self) -> Vec<&'static str> {
        self.noted.clone()
    }
}

/// What has to do with counting.
mod counting {
    use super::*;

    #[daemon(more, client = CountingClient)]
    impl Blocks {
        #[on(start)]
        fn in_counting(&mut self, event: &Event) {
            assert_eq!(event.kind(), EventKind::Start);
            self.noted.push("counting");
        }

        #[on_signal(SIGUSR1)]
        fn signalled(&mut self) {
            self.noted.push("signal");
        }

        #[every(period)]
        fn count(&mut self) {
            self.counted += 1;
        }

        #[after_call]
        fn note(&mut self, call: &AfterCall) {
            if call.method() == "blocks.close" {
                self.noted.push("closed");
            }
        }

        /// Reply how often the timer has run.
        #[rpc_method]
        fn counted(&self) -> u64 {
            self.counted
        }

        /// Reply it later.
        #[rpc_method(rate = "2/h")]
        fn later(&self, reply: Reply<u64>, context: &mut Context) {
            context.after(Duration::ZERO, |state: &mut Blocks, _| reply.send(state.counted));
        }

        /// Send numbers up to a limit.
        #[rpc_method]
        fn numbers(&self, below: u64, subscription: Subscription<u64>) {
            for number in 0..below {
                let _ = subscription.send(&number);
            }
        }

        /// Add in a thread.
        #[rpc_method(thread)]
        fn add(handle: Handle<Self>, number: u64) -> Result<u64> {
            handle.with(move |state, _| state.counted + number).wait()
        }

        /// Reply a setting from another process.
        #[rpc_method(worker = "pool")]
        fn pace(config: &Self) -> u128 {
            config.period.as_millis()
        }
    }
}

/// What has to do with closing.
mod closing {
    use super::*;

    /// Refuse to tell.
    #[rpc_method(daemon = Blocks, allow(owner))]
    fn close(state: &mut Blocks, #[param(default = true)] closed: bool) {
        state.closed = closed;
    }

    #[on(start, daemon = Blocks)]
    #[on_signal(SIGUSR2)]
    fn last_function(state: &mut Blocks, event: &Event, context: &mut Context) {
        match event {
            Event::Signal(_) => context.stop(),
            _ => state.noted.push("last function"),
        }
    }

    #[every("1ms", daemon = Blocks)]
    #[rpc_method(daemon = Blocks, hidden)]
    fn poke(state: &mut Blocks) {
        if !state.noted.contains(&"timer") {
            state.noted.push("timer");
        }
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Blocks>()
}
