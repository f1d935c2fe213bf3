//! A daemon that forks when it starts. The child has all of the daemon's descriptors, and lives as long as the daemon.

#![allow(unsafe_code, reason = "a fork is unsafe by its contract")]

use std::io::{Read, pipe};
use std::process::ExitCode;

use daemon_core::prelude::*;
use nix::unistd::{ForkResult, fork};

/// Forks when it starts.
#[daemon(name = "forking")]
#[derive(Default)]
struct Forking {
    /// The child has the other end.
    child: Option<std::io::PipeWriter>,
}

#[daemon]
impl Forking {
    fn setup(&mut self, _context: &mut Context) -> Result<()> {
        let (mut reader, writer) = pipe()?;
        // SAFETY: the daemon has one thread, so the child has all of its state.
        match unsafe { fork() }.map_err(std::io::Error::from)? {
            ForkResult::Parent { .. } => self.child = Some(writer),
            ForkResult::Child => {
                drop(writer);
                let _ = reader.read(&mut [0]);
                std::process::exit(0);
            }
        }
        Ok(())
    }

    /// Reply whether there is a child.
    #[rpc_method]
    fn has_forked(&self) -> bool {
        self.child.is_some()
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Forking>()
}
