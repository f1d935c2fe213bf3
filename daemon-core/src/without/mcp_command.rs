//! Replaces the sub-command `mcp` without the feature of that name: there is none.

use std::process::ExitCode;

use clap_builder::Command;

use crate::daemon::config::Config;
use crate::daemon::registry::Registry;
use crate::declare::Daemon;
use crate::error::{Error, Result};

/// The sub-command: none.
pub(super) fn command() -> Option<Command> {
    None
}

pub(super) fn serve<D: Daemon>(_: &Config, _: &str, _: &Registry<D>) -> Result<ExitCode> {
    Err(Error::new("this needs the feature `mcp` of daemon-core"))
}
