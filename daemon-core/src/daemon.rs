//! The daemon as a program: its command line, its start, its end.
//!
//! `main` is all that a user calls. A start goes: signals, pid lock, sockets, `setup`, workers, ready; the end the
//! same way back.

mod built_in;
mod command_line;
mod config;
mod process;
mod registry;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use self::command_line::arguments::{self, Intent, Refusal};
pub(crate) use self::registry::PREFIXES;
use self::registry::Registry;
use crate::declare::Daemon;
use crate::error::Error;
use crate::printable::Lines;
use crate::worker::{self, WorkerEnv};

/// Exit status of a command line that cannot be understood, as of every other Unix tool.
const USAGE: u8 = 2;

/// Runs a daemon's program: reads the command line and does what it says.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I do nothing.
/// #[daemon(name = "idle")]
/// #[derive(Default)]
/// struct Idle {}
///
/// #[daemon]
/// impl Idle {}
///
/// fn main() -> std::process::ExitCode {
///     daemon_core::main::<Idle>()
/// }
/// ```
pub fn main<D: Daemon>() -> ExitCode {
    run::<D>(std::env::args_os())
}

fn run<D: Daemon>(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    if let Some(env) = WorkerEnv::read() {
        let done = registry::worker_types::<D>().and_then(|types| worker::serve(&env, &types));
        return done.unwrap_or_else(|error| print_error::<D>(&error));
    }
    let registry = match Registry::<D>::collect() {
        Ok(registry) => registry,
        Err(error) => return print_error::<D>(&error),
    };
    let intent = match arguments::read(arguments, &registry) {
        Ok(intent) => intent,
        Err(Refusal::Page(page)) => {
            // Help that nobody reads any more is no failure.
            let _ = page.print();
            return ExitCode::from(u8::try_from(page.exit_code()).unwrap_or(USAGE));
        }
        Err(Refusal::Error(error)) => return print_error::<D>(&error),
    };
    let done = match intent {
        Intent::Start(config, state) => process::start(&config, *state, registry).map(|()| ExitCode::SUCCESS),
        Intent::Control(config, order) => command_line::run(&config, &order, &registry),
    };
    done.unwrap_or_else(|error| print_error::<D>(&error))
}

fn print_error<D: Daemon>(error: &Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}: {}", D::SPEC.name, Lines(&error.report()));
    if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}
