//! A daemon in a program that has a panic hook of its own: it appends a line to the file `$HOOK` for each panic.

#![allow(clippy::panic, reason = "methods that panic")]

use std::env;
use std::fs::File;
use std::io::Write;
use std::panic;
use std::process::ExitCode;

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
}

fn main() -> ExitCode {
    if let Ok(path) = env::var("HOOK") {
        panic::set_hook(Box::new(move |panic| {
            let words = panic.payload().downcast_ref::<&str>().copied().unwrap_or_default();
            if let Ok(mut file) = File::options().create(true).append(true).open(&path) {
                let _ = writeln!(file, "{words}");
            }
        }));
    }
    daemon_core::main::<Embedded>()
}
