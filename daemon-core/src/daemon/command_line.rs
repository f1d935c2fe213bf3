//! The command line: reading the arguments, and acting on a running daemon as its client.

pub(super) mod arguments;
mod commands;
pub(super) mod callable;
pub(super) mod method_command;
mod help;
mod prose;
#[cfg(feature = "completions")]
mod pages;
#[cfg(not(feature = "completions"))]
#[path = "../without/pages.rs"]
mod pages;
pub(super) mod values;
pub(super) mod source;
mod connect;
mod control;
mod watch;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(not(feature = "mcp"))]
#[path = "../without/mcp_command.rs"]
mod mcp;
#[cfg(feature = "console")]
mod console;
#[cfg(not(feature = "console"))]
#[path = "../without/console_command.rs"]
mod console;
#[cfg(feature = "tokens")]
mod token;
#[cfg(not(feature = "tokens"))]
#[path = "../without/token_command.rs"]
mod token;
mod running;
mod list;
pub(super) mod output;
mod examples;
pub(super) mod failure;
#[cfg(feature = "services")]
mod services_lines;
#[cfg(not(feature = "services"))]
#[path = "../without/services_lines.rs"]
mod services_lines;
#[cfg(feature = "workers")]
mod workers_table;
#[cfg(not(feature = "workers"))]
#[path = "../without/workers_table.rs"]
mod workers_table;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

pub(crate) use self::commands::{COMMANDS, METHOD_OPTIONS};
pub(super) use self::commands::{Place, of_anything};
#[cfg(feature = "console")]
pub(super) use self::control::describe;
pub(super) use self::control::run;
#[cfg(feature = "suite")]
pub(super) use self::output::{Format, aligned, print as print_result, print_line, say};
use super::USAGE;
use super::registry::Registry;
use crate::declare::Daemon;
use crate::error::Error;
use crate::printable::Lines;

/// Prints a page of clap, and returns the exit status that belongs to it.
pub(super) fn print(page: &clap_builder::Error) -> ExitCode {
    // If the help cannot be printed, there is no reader. That is not a failure.
    let _ = page.print();
    ExitCode::from(u8::try_from(page.exit_code()).unwrap_or(USAGE))
}

/// Returns the arguments of the process, as clap must see them.
pub(super) fn marked_arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os().map(source::marked)
}

/// Prints why a sub-command failed, and returns its exit status. `call` is how the daemon is called on the command line.
pub(super) fn fail<D: Daemon>(error: &Error, call: &str, registry: &Registry<D>) -> ExitCode {
    let name = D::SPEC.name;
    let methods = registry.methods.visible().map(|entry| entry.name.as_str());
    let _ = writeln!(std::io::stderr(), "{name}: {}", Lines(&failure::describe(error, call, methods)));
    failure::exit_code(error)
}
