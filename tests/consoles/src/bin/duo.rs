//! A suite of two daemons, whose console is on both, and a sub-command of the program.

// What it prints is what the tests look for.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use daemon_core::clap_builder::Command;
use daemon_core::prelude::*;

/// I am on the left.
#[daemon(name = "left", workers())]
#[derive(Default)]
struct Left {}

#[daemon]
impl Left {
    /// Reply the message.
    #[rpc_method]
    fn echo(&self, message: &str) -> String {
        format!("left: {message}")
    }
}

/// I am on the right.
#[daemon(name = "right", workers())]
#[derive(Default)]
struct Right {}

#[daemon]
impl Right {
    /// Reply the message.
    #[rpc_method]
    fn echo(&self, message: &str) -> String {
        format!("right: {message}")
    }
}

fn main() -> ExitCode {
    daemon_core::suite("duo")
        .add::<Left>()
        .add::<Right>()
        .subcommand(Command::new("ps").about("Say something else"), |_| {
            println!("something else");
            Ok(ExitCode::SUCCESS)
        })
        .subcommand(Command::new("fail").about("Fail"), |_| Err("it failed".into()))
        .main()
}
