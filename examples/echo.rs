//! The smallest daemon: it echoes its input.
//!
//! ```sh
//! echo -d                      # detach; returns when the daemon is ready
//! echo call my.echo hello
//! echo stop
//! ```

use daemon_core::prelude::*;

/// I'm here to reply your data.
#[daemon(name = "echo")]
#[derive(Default)]
struct Echo {
    /// Text put in front of every reply
    #[flag(short = 'p', default = "")]
    prefix: String,
    served: u64,
}

#[daemon]
impl Echo {
    /// Reply the message.
    #[rpc_method(name = "my.echo")]
    fn echo(&mut self, message: &str) -> String {
        self.served += 1;
        self.prefix.clone() + message
    }

    /// How many messages were replied.
    #[rpc_method]
    fn served(&self) -> u64 {
        self.served
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
