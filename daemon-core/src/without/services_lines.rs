//! Replaces the services' part of `status` without the feature of that name: the daemon has none.

use std::time::Duration;

use crate::client::Client;

/// The services of a daemon: none.
pub(super) struct Services;

impl Services {
    pub(super) fn ask(_: &mut Client) -> Self {
        Services
    }

    pub(super) fn are_degraded(&self) -> bool {
        false
    }

    pub(super) fn describe(&self) -> String {
        String::new()
    }
}

/// Returns how long the services may take to stop: no time.
pub(super) fn patience(_: Option<&mut Client>) -> Duration {
    Duration::ZERO
}
