//! What the daemon says about a service.

use serde::{Deserialize, Serialize};

use crate::event::ServiceState;

/// A service and what has become of it, as `service.status` has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: ServiceState,
    /// The number of its process, if it has one.
    pub pid: Option<i32>,
    /// Seconds since it came into its state.
    pub since: f64,
    /// How many processes it has had after the first.
    pub restarts: u64,
    /// Whether it ended so often that it has its longest delay.
    pub degraded: bool,
    /// Why its latest process ended or was killed, why it could not be started, or what it waits for.
    pub reason: Option<String>,
    /// The exit code of its latest process; 128 and the signal if a signal ended it.
    pub exit_code: Option<i32>,
    /// What it says about itself, by `STATUS=` of sd_notify(3).
    pub status: Option<String>,
    /// Seconds until its schedule starts it.
    pub next_start: Option<f64>,
    /// The memory of its process, in KiB.
    pub memory: Option<u64>,
}

/// A service, as `service.list` has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// Its program and arguments.
    pub command: Vec<String>,
    /// What it needs.
    pub needs: Vec<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Whether it is started with the daemon.
    pub autostart: bool,
    /// Whether the daemon ends with it.
    pub main: bool,
    /// Seconds that it may take to stop.
    pub stop_grace: f64,
    /// Its log file.
    pub log: Option<String>,
}
