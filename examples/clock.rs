//! A stream: the daemon speaks first, until either side ends it.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use daemon_core::prelude::*;

/// I tell the time.
#[daemon(name = "clock")]
#[derive(Default)]
struct Clock {
    subscribers: Subscribers<u64>,
}

#[daemon(client = ClockClient)]
impl Clock {
    /// The seconds since 1970, as they pass.
    #[rpc_method]
    fn watch(&mut self, subscription: Subscription<u64>) {
        self.subscribers.add(subscription);
    }

    /// The next few numbers, and then no more.
    #[rpc_method]
    fn count(&self, to: u64, subscription: Subscription<u64>) {
        for number in 1..=to {
            if subscription.send(&number).is_err() {
                return;
            }
        }
    }

    #[every("1s")]
    fn tick(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.subscribers.publish(&now.as_secs());
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Clock>()
}
