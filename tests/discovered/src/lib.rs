//! A daemon that is found by its name, and keeps a record of what it has done in a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process;
use std::thread;

use daemon_core::Discovery;
use daemon_core::prelude::*;

/// I write down what I am asked.
#[daemon(name = "found")]
#[derive(Default)]
pub struct Found {
    /// The file with what was done
    #[flag(default = "/dev/null")]
    record: PathBuf,
    /// Never become ready
    #[flag]
    hang: bool,
}

#[daemon(client(name = FoundClient, timeout = "2s", retries = 4))]
impl Found {
    fn setup(&mut self) {
        if self.hang {
            loop {
                thread::park();
            }
        }
    }

    /// The process that replies.
    #[rpc_method(read_only)]
    fn who(&self) -> u32 {
        process::id()
    }

    /// Write a line.
    #[rpc_method]
    fn add(&self, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.record)?;
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// Make this the only line.
    #[rpc_method(idempotent)]
    fn put(&self, line: &str) -> io::Result<()> {
        fs::write(&self.record, line)
    }

    /// End before there is a reply.
    #[rpc_method]
    fn end(&self) {
        process::abort();
    }

    /// Fail.
    #[rpc_method]
    fn fail(&self) -> Result<(), Fault> {
        Err(Fault::new(7, "not today"))
    }

    /// Send the numbers up to this one.
    #[rpc_method]
    fn count(&self, to: u64, subscription: Subscription<u64>) {
        for number in 1..=to {
            let _ = subscription.send(&number);
        }
    }

    /// Ask an instance in a directory who it is, on the loop.
    #[rpc_method]
    fn ask_on_the_loop(&self, directory: PathBuf, instance: String) -> Result<u32> {
        ask(directory, instance)
    }

    /// Ask an instance in a directory who it is, in a thread.
    #[rpc_method(thread)]
    fn ask_in_a_thread(_: Handle<Self>, directory: PathBuf, instance: String) -> Result<u32> {
        ask(directory, instance)
    }
}

fn ask(directory: PathBuf, instance: String) -> Result<u32> {
    Discovery::directory(directory).instance(instance).client::<FoundClient>()?.who()
}
