//! A daemon in a library, for programs to run and for other crates to extend.

use daemon_core::prelude::*;

/// Greets.
#[daemon(name = "extend")]
#[derive(Default)]
pub struct Greeter {
    /// How many were greeted.
    pub greeted: u64,
}

#[daemon]
impl Greeter {
    /// Greet somebody.
    #[rpc_method]
    fn hello(&mut self, name: &str) -> String {
        self.greeted += 1;
        format!("Hello, {name}!")
    }
}
