//! The daemon that `load.rs` drives: it only echoes.
//!
//! Its handler returns the text it gets unchanged, so that the bench measures the daemon, not an application. (The
//! example `echo` adds a prefix, which allocates memory for each reply.)

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Echoes its input.
#[daemon(name = "plain-echo")]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    /// Reply the message.
    #[rpc_method(name = "my.echo")]
    fn echo<'a>(&self, message: &'a str) -> &'a str {
        message
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Echo>()
}
