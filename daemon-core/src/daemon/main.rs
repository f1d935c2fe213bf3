//! The whole program: its command line decides what it does.

use std::process::ExitCode;

use super::command_line::arguments::{self, Intent, Refusal};
use super::registry::Registry;
use super::{USAGE, command_line, print_error, process, run_worker};
use crate::declare::Daemon;

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
    if let Some(status) = run_worker::<D>() {
        return status;
    }
    let registry = match Registry::<D>::collect() {
        Ok(registry) => registry,
        Err(error) => return print_error::<D>(&error),
    };
    let intent = match arguments::read(std::env::args_os(), &registry) {
        Ok(intent) => intent,
        Err(Refusal::Page(page)) => {
            // If the help cannot be printed, there is no reader. That is not a failure.
            let _ = page.print();
            return ExitCode::from(u8::try_from(page.exit_code()).unwrap_or(USAGE));
        }
        Err(Refusal::Error(error)) => return print_error::<D>(&error),
    };
    match intent {
        Intent::Start(config, own) => process::start(&config, *own, registry)
            .map_or_else(|error| print_error::<D>(&error), |()| ExitCode::SUCCESS),
        Intent::Done(status) => status,
        Intent::Control(config, order) => command_line::run(&config, &order, &registry)
            .unwrap_or_else(|error| command_line::fail(&error, &registry)),
    }
}
