//! The daemon that `load.rs` drives: an echo that does nothing but echo.
//!
//! Its handler gives back the very text it was given, so that what is measured is the daemon, not what an application
//! would do in its place. (`echo` of the examples puts a prefix in front, which takes memory for each reply.)

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Replies what it is told.
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
