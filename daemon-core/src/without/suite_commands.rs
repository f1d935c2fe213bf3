//! A stand-in for the sub-commands of a suite without the feature `suite`: it has none of its own.

use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::Suite;
use crate::error::{Error, Result};

pub(super) const NAMES: [&str; 0] = [];

pub(super) fn commands() -> Vec<Command> {
    Vec::new()
}

pub(super) fn run(_: &Suite, _: &str, _: &ArgMatches) -> Result<ExitCode> {
    Err(Error::new("this needs the feature `suite` of daemon-core"))
}
