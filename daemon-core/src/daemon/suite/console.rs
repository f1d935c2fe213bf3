//! The sub-command `console`: a line editor on all daemons of a suite.

use std::process::ExitCode;
use std::time::Duration;

use clap_builder::{Arg, ArgAction, ArgMatches, Command};

use crate::daemon::command_line::Format;
use crate::daemon::console::on_suite;
use crate::directory::Directory;
use crate::error::Result;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn command(output: Arg) -> Option<Command> {
    let batch = Arg::new("batch").long("batch").action(ArgAction::SetTrue);
    let batch = batch.help("Read commands from standard input, line by line, until one fails");
    Some(
        Command::new("console")
            .about("Type commands to all daemons that run, and see their events")
            .arg(batch)
            .arg(output),
    )
}

/// Runs it on all daemons but `up`.
pub(super) fn run(
    suite: &str,
    directory: Directory,
    up: &'static str,
    matches: &ArgMatches,
    format: Format,
) -> Result<ExitCode> {
    on_suite(suite, directory, up, PATIENCE, matches.get_flag("batch"), format)
}
