//! Replaces the sub-command `workers` without the feature of that name: the daemon has no workers.

use std::process::ExitCode;

use crate::client::Client;
use crate::daemon::config::Config;
use crate::error::{Error, Result};

pub(super) fn workers(_: &Config, _: Option<&str>, _: bool) -> Result<ExitCode> {
    Err(Error::new("the daemon has no workers"))
}

/// The worker processes of a daemon: none.
pub(super) struct Workers;

impl Workers {
    pub(super) fn ask(_: &mut Client) -> Self {
        Workers
    }

    pub(super) fn are_degraded(&self) -> bool {
        false
    }

    pub(super) fn describe(&self) -> String {
        String::new()
    }
}
