//! What a crate adds to a daemon of another crate: a plugin with a state and flags of its own, and functions that need
//! none.

use std::time::Duration;

use daemon_core::prelude::*;
use greeter::Greeter;

/// Say good-bye.
#[rpc_method(daemon = Greeter)]
fn goodbye(greeter: &mut Greeter, name: &str) -> String {
    greeter.greeted = greeter.greeted.saturating_sub(1);
    format!("Good-bye, {name}.")
}

/// How many are still here.
#[rpc_method(daemon = Greeter)]
fn present(greeter: &Greeter) -> u64 {
    greeter.greeted
}

#[on_signal(SIGUSR1, daemon = Greeter)]
fn all_leave(greeter: &mut Greeter) {
    greeter.greeted = 0;
}

/// Keeps a book of the guests.
#[plugin(name = "book", daemon = Greeter)]
#[derive(Default)]
pub struct Book {
    /// How often to count the guests
    #[flag(default = "1min")]
    pace: Duration,
    /// Whom not to let in
    #[flag]
    unwanted: Vec<String>,
    visits: u64,
    counts: Vec<u64>,
}

#[plugin(client = BookClient)]
impl Book {
    /// How many clients have connected.
    #[rpc_method]
    fn visits(&self) -> u64 {
        self.visits
    }

    /// How many guests were there, each time they were counted.
    #[rpc_method]
    fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Let somebody in, unless that is unwanted.
    #[rpc_method]
    fn enter(&self, name: String, greeter: &mut Greeter) -> Result<u64> {
        if self.unwanted.contains(&name) {
            return Err(format!("{name} is not wanted here").into());
        }
        greeter.greeted += 1;
        Ok(greeter.greeted)
    }

    #[on(connect)]
    fn visited(&mut self) {
        self.visits += 1;
    }

    #[every(pace)]
    fn count(&mut self, greeter: &Greeter) {
        self.counts.push(greeter.greeted);
    }
}
