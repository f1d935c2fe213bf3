//! A daemon whose functions come from three crates: its own, a plugin, and this program.

use std::process::ExitCode;

use daemon_core::prelude::*;
use greeter::Greeter;

// Names the plugin, so that it is linked; at start-up this checks that it brought something.
daemon_core::extensions!(plugin);

/// Greet everybody.
#[rpc_method(daemon = Greeter)]
fn all(state: &mut Greeter, names: Vec<String>) -> String {
    state.greeted += names.len() as u64;
    format!("Hello, {}!", names.join(" and "))
}

fn main() -> ExitCode {
    daemon_core::main::<Greeter>()
}
