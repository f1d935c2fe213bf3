//! A program with a command line of its own, made with `clap`, in which that of a daemon is nested: `nested --profile NAME
//! daemon …`. It shows that the types of `clap` are those of `clap_builder`.

#![allow(clippy::print_stdout, reason = "a sub-command prints")]

use std::env;
use std::process::ExitCode;

use clap::{Arg, Command};
use daemon_core::prelude::*;

/// I am called by another program.
#[daemon(name = "nested")]
#[derive(Default)]
struct Nested {
    /// The first number
    #[flag(default = "0")]
    sum: i64,
}

#[daemon]
impl Nested {
    /// Add a number.
    #[rpc_method]
    fn add(&mut self, number: i64) -> i64 {
        self.sum += number;
        self.sum
    }

    /// Return the arguments of a process of the pool.
    #[rpc_method(worker = "pool")]
    fn arguments() -> Vec<String> {
        env::args().skip(1).collect()
    }
}

fn main() -> ExitCode {
    let line = Command::new("nested")
        .subcommand_required(true)
        .arg(Arg::new("profile").long("profile"))
        .subcommand(Command::new("work").about("Do the work"))
        .subcommand(daemon_core::command::<Nested>().name("daemon"));
    match line.get_matches().subcommand() {
        Some(("daemon", matches)) => daemon_core::execute::<Nested>(matches),
        _ => {
            println!("worked");
            ExitCode::SUCCESS
        }
    }
}
