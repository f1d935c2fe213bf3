//! Methods for a daemon of another crate: free functions that name it.

use daemon_core::prelude::*;
use greeter::Greeter;

/// Say good-bye.
#[rpc_method(daemon = Greeter)]
fn goodbye(state: &mut Greeter, name: &str) -> String {
    state.greeted = state.greeted.saturating_sub(1);
    format!("Good-bye, {name}.")
}

/// How many are still here.
#[rpc_method(daemon = Greeter)]
fn present(state: &Greeter) -> u64 {
    state.greeted
}
