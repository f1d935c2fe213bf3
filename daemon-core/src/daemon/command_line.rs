//! The command line: reading the arguments, and acting on a running daemon as its client.

pub(super) mod arguments;
mod commands;
mod method_command;
mod help;
mod prose;
#[cfg(feature = "completions")]
mod pages;
#[cfg(not(feature = "completions"))]
#[path = "../without/pages.rs"]
mod pages;
mod values;
mod source;
mod connect;
mod control;
mod watch;
mod running;
mod list;
mod output;
mod failure;
#[cfg(feature = "workers")]
mod workers_table;
#[cfg(not(feature = "workers"))]
#[path = "../without/workers_table.rs"]
mod workers_table;

use std::io::Write;
use std::process::ExitCode;

pub(crate) use self::commands::{COMMANDS, METHOD_OPTIONS};
pub(super) use self::control::run;
use super::registry::Registry;
use crate::declare::Daemon;
use crate::error::Error;
use crate::printable::Lines;

/// Prints why a sub-command failed, and returns its exit status.
pub(super) fn fail<D: Daemon>(error: &Error, registry: &Registry<D>) -> ExitCode {
    let name = D::SPEC.name;
    let methods = registry.methods.visible().map(|entry| entry.name.as_str());
    let _ = writeln!(std::io::stderr(), "{name}: {}", Lines(&failure::describe(error, name, methods)));
    failure::exit_code(error)
}
