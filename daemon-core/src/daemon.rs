//! The daemon as a program: its command line, its start and its exit.
//!
//! A user calls only `main` or `run`. The start takes these steps: signals, pid lock, sockets, `setup`, workers, ready.
//! The exit takes them in reverse.

mod built_in;
mod builder;
#[cfg(feature = "cli")]
mod command_line;
mod config;
#[cfg(feature = "console")]
pub mod console;
mod examples;
mod host;
#[cfg(feature = "cli")]
mod main;
#[cfg(feature = "nats")]
mod nats;
#[cfg(not(feature = "nats"))]
#[path = "without/nats.rs"]
mod nats;
#[cfg(feature = "cli")]
mod own_commands;
mod process;
mod registry;
#[cfg(feature = "cli")]
mod suite;

use std::io::Write;
use std::process::ExitCode;

pub use self::builder::{Builder, builder};
#[cfg(feature = "cli")]
pub(crate) use self::command_line::{COMMANDS, METHOD_OPTIONS};
use self::config::Config;
pub use self::examples::check_examples;
use self::host::Host;
#[cfg(feature = "cli")]
pub use self::main::{command, execute, main};
pub(crate) use self::registry::PREFIXES;
use self::registry::Registry;
#[cfg(feature = "cli")]
pub use self::suite::{Suite, suite};
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::printable::Lines;
use crate::settings::Settings;
use crate::settings::layers::{Layer, Origin};
use crate::worker::{self, WorkerEnv};

/// Exit status after a usage error, as in other Unix tools.
const USAGE: u8 = 2;

/// Runs a daemon in the foreground of this process, without a command line; returns when it has stopped.
///
/// This is for programs that have their own command line, or none. Everything is as the annotations declare it. The
/// settings are what `make` returns; if the daemon has no settings of their own, they are the state. `make` is called only
/// once the process is known to be the daemon, because a worker is the same program and gets this far, too. The flags of workers have their defaults.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I count.
/// #[daemon(name = "counter")]
/// #[derive(Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// #[daemon]
/// impl Counter {
///     /// Count on.
///     #[rpc_method]
///     fn next(&mut self) -> u64 {
///         self.count += 1;
///         self.count
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     daemon_core::run::<Counter>(|| Counter { count: 100 })
/// }
/// ```
pub fn run<D: Daemon>(make: impl FnOnce() -> D::Settings) -> ExitCode {
    builder::<D>().run(make)
}

/// Returns the configuration that the annotations declare.
fn declared<D: Daemon>(registry: &Registry<D>) -> Result<Config> {
    let layers = [Layer::new(Origin::Declaration, |spec| D::SPEC.given(spec))];
    let (options, mut settings) = Settings::resolve(&layers, D::SPEC.options())?;
    registry::try_flags(registry, &layers, &mut settings).map_err(Error::new)?;
    Config::new(&D::SPEC, options, settings)
}

/// Runs the child of a daemon that this process was started as, and returns its exit status; `None` if it is none.
fn run_child<D: Daemon>(host: &Host) -> Option<ExitCode> {
    run_worker::<D>(host).or_else(|| nats::run_bridge::<D>(host))
}

fn run_worker<D: Daemon>(host: &Host) -> Option<ExitCode> {
    let env = WorkerEnv::read()?;
    let done = registry::worker_types::<D>().and_then(|types| worker::serve(&env, &types, host.takes_over));
    Some(done.unwrap_or_else(|error| print_error::<D>(&error)))
}

fn print_error<D: Daemon>(error: &Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}: {}", D::SPEC.name, Lines(&error.report()));
    if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}
