//! A daemon in a program with more in it. `embedded serve …` passes the rest of the arguments to the daemon; otherwise the
//! command line is the daemon's. Variables of the environment say what the program keeps for itself:
//!
//! - `HOOK`: it has a panic hook, which appends a line to this file for each panic;
//! - `NO_HOOK`, `NO_LOG`: the SDK sets no panic hook, or starts no log;
//! - `COMMAND`: the name of its own sub-command.

#![allow(clippy::panic, clippy::print_stdout, reason = "methods that panic, and a sub-command that prints")]

use std::env;
use std::fs::File;
use std::io::Write;
use std::panic;
use std::process::ExitCode;

use daemon_core::Builder;
use daemon_core::clap_builder::{Arg, ArgMatches, Command};
use daemon_core::prelude::*;

/// I live in another program.
#[daemon(name = "embedded")]
#[derive(Default)]
struct Embedded {}

#[daemon]
impl Embedded {
    /// Panic on the loop.
    #[rpc_method]
    fn panic(&mut self) {
        panic!("as it was asked to");
    }

    /// Panic in another process.
    #[rpc_method(worker = "pool")]
    fn panic_there() {
        panic!("as it was asked to, over there");
    }

    /// Return the arguments of a process of the pool.
    #[rpc_method(worker = "pool")]
    fn arguments() -> Vec<String> {
        env::args().skip(1).collect()
    }
}

fn main() -> ExitCode {
    if let Ok(path) = env::var("HOOK") {
        keep_panics(path);
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "serve" => daemon().args(rest).main(),
        _ => daemon().main(),
    }
}

fn keep_panics(path: String) {
    panic::set_hook(Box::new(move |panic| {
        let words = panic.payload().downcast_ref::<&str>().copied().unwrap_or_default();
        if let Ok(mut file) = File::options().create(true).append(true).open(&path) {
            let _ = writeln!(file, "{words}");
        }
    }));
}

fn daemon() -> Builder<Embedded> {
    let is_set = |name| env::var_os(name).is_some();
    let name = env::var("COMMAND").unwrap_or_else(|_| "greet".to_owned());
    let greet = Command::new(name).about("Greet somebody").arg(Arg::new("NAME").required(true));
    daemon_core::builder::<Embedded>()
        .log(!is_set("NO_LOG"))
        .panic_hook(!is_set("NO_HOOK"))
        .subcommand(greet, greet_by_name)
}

fn greet_by_name(matches: &ArgMatches) -> Result<ExitCode> {
    match matches.get_one::<String>("NAME").map(String::as_str) {
        Some("nobody") | None => Err("there is nobody to greet".into()),
        Some(name) => {
            println!("hello {name}");
            Ok(ExitCode::SUCCESS)
        }
    }
}
