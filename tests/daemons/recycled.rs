//! Replaces the processes of its workers now and then.

use std::process::{ExitCode, id};

use daemon_core::prelude::*;

/// Has workers that wear out.
#[daemon(name = "recycled", workers(Busy, Hoarder, Old), pool(name = "short", count = 2, recycle(calls = 3)))]
#[derive(Default)]
struct Recycled {}

#[daemon]
impl Recycled {
    /// Return the process that runs this call.
    #[rpc_method(worker = "short")]
    fn pid() -> u32 {
        id()
    }
}

/// Is replaced after some calls.
#[worker(name = "busy", recycle(calls = 10))]
#[derive(Default)]
struct Busy {}

#[worker]
impl Busy {
    /// Return the process that runs this call.
    #[rpc_method]
    fn pid(&self) -> u32 {
        id()
    }
}

/// Is replaced when it has too much.
#[worker(name = "hoarder", recycle(memory = "64MiB", age = "1day"))]
#[derive(Default)]
struct Hoarder {
    hoard: Vec<u8>,
}

#[worker]
impl Hoarder {
    /// Take so many MiB of memory, and return the process.
    #[rpc_method]
    fn hoard(&mut self, mebibytes: usize) -> u32 {
        self.hoard.resize(mebibytes << 20, 1);
        id()
    }
}

/// Is replaced when it is old, which it soon is.
#[worker(name = "old", recycle(age = "200ms"))]
#[derive(Default)]
struct Old {}

#[worker]
impl Old {
    /// Return the process that runs this call.
    #[rpc_method]
    fn pid(&self) -> u32 {
        id()
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Recycled>()
}
