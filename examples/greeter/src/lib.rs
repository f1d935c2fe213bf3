//! A daemon in a library: for programs that run it, crates that extend it, and its clients.

use daemon_core::prelude::*;

/// Greets.
#[daemon(name = "extend")]
#[derive(Default)]
pub struct Greeter {
    /// How many were greeted.
    pub greeted: u64,
}

#[daemon(client = GreeterClient)]
impl Greeter {
    /// Greet somebody.
    #[rpc_method]
    fn hello(&mut self, name: &str) -> String {
        self.greeted += 1;
        format!("Hello, {name}!")
    }
}
