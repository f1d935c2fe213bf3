//! Replaces the sub-command `token` without the feature `tokens`: there is none.

use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use crate::daemon::config::Config;
use crate::error::{Error, Result};

/// A change of tokens: none.
pub(in crate::daemon) struct Change;

/// The sub-command: none.
pub(super) fn command() -> Option<Command> {
    None
}

pub(super) fn order(_: &ArgMatches) -> Result<Change> {
    Err(Error::new("this needs the feature `tokens` of daemon-core"))
}

pub(super) fn run(_: &Config, _: &Change) -> Result<ExitCode> {
    Err(Error::new("this needs the feature `tokens` of daemon-core"))
}
