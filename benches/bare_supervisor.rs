//! The least that keeps programs running, without names, policies or a socket: the baseline of `supervisors.rs`.
//!
//! `bare-supervisor PROGRAM NAME...` runs the program once with each name, and starts each again whenever it has ended.

use std::collections::HashMap;
use std::io;
use std::process::Command;
use std::{env, ffi::OsString};

use nix::sys::wait::{WaitStatus, wait};

#[allow(clippy::zombie_processes, reason = "it waits for all of them in the loop")]
fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().ok_or_else(|| io::Error::other("no program is given"))?;
    let start = |name: &OsString| Command::new(&program).arg(name).spawn().map(|child| child.id());
    let mut running = HashMap::new();
    for name in arguments {
        running.insert(start(&name)?, name);
    }
    loop {
        let ended = match wait()? {
            WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _) => pid.as_raw().cast_unsigned(),
            _ => continue,
        };
        if let Some(name) = running.remove(&ended) {
            running.insert(start(&name)?, name);
        }
    }
}
