//! Replaces the sub-command `console` without the feature of that name: there is none.

use std::process::ExitCode;

use clap_builder::Command;

use super::output::Format;
use crate::daemon::config::Config;
use crate::error::{Error, Result};

/// The sub-command: none.
pub(super) fn command() -> Option<Command> {
    None
}

pub(super) fn run(_: &str, _: &Config, _: bool, _: Format) -> Result<ExitCode> {
    Err(Error::new("this needs the feature `console` of daemon-core"))
}
