//! What stands in for pages that are generated, without the feature `completions`: there are none.

use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use crate::error::Result;

/// The sub-commands for pages: none.
pub(super) fn commands() -> [Command; 0] {
    []
}

/// Prints a page, if a sub-command asks for one: none does.
pub(super) fn page(_: &Command, _: &ArgMatches) -> Option<Result<ExitCode>> {
    None
}
