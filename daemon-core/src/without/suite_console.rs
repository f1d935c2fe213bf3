//! Replaces the sub-command `console` of a suite without the feature of that name: there is none.

use std::process::ExitCode;

use clap_builder::{Arg, ArgMatches, Command};

use crate::daemon::command_line::Format;
use crate::directory::Directory;
use crate::error::{Error, Result};

/// The sub-command: none.
pub(super) fn command(_: Arg) -> Option<Command> {
    None
}

pub(super) fn run(_: &str, _: Directory, _: &str, _: &ArgMatches, _: Format) -> Result<ExitCode> {
    Err(Error::new("this needs the feature `console` of daemon-core"))
}
