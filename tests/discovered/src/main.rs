//! The program of the daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    daemon_core::main::<discovered::Found>()
}
