//! The sub-command `console`: a line editor on the running daemon.

use std::process::ExitCode;

use clap_builder::{Arg, ArgAction, Command};

use super::commands::output;
use super::connect::connect_to_call;
use super::output::Format;
use crate::daemon::config::Config;
use crate::daemon::console::Console;
use crate::error::Result;

/// The sub-command.
pub(super) fn command() -> Option<Command> {
    let batch = Arg::new("batch").long("batch").action(ArgAction::SetTrue);
    let batch = batch.help("Read commands from standard input, line by line, until one fails");
    Some(
        Command::new("console")
            .about("Type commands to the daemon, and see its events")
            .arg(batch)
            .arg(output().help("How to print results")),
    )
}

pub(super) fn run(name: &str, config: &Config, batch: bool, format: Format) -> Result<ExitCode> {
    Console::new(name, connect_to_call(config)?).batch(batch).format(format).try_run()
}
