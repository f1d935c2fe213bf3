//! What a context knows about the process it is in.

use std::time::Instant;

use serde_json::Value;

use super::Context;
use crate::directory::Membership;

/// Sends a worker's messages to its daemon while a handler runs: at once, not after the handler has returned.
pub(crate) trait Uplink {
    fn emit(&self, topic: &str, payload: &Value);
    fn progress(&self, done: u64, total: u64);
    fn beat(&self);
}

/// Facts that do not change while a daemon runs.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The help of the daemon.
    pub(crate) doc: &'static str,
    pub(crate) pid: u32,
    pub(crate) started: Instant,
    pub(crate) sockets: Vec<String>,
    pub(crate) command: Vec<String>,
    pub(crate) directory: String,
    pub(crate) detached: bool,
    /// Whether it runs a single cycle.
    pub(crate) is_cycle: bool,
}

impl Facts {
    /// The facts of this process, without sockets.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Facts {
            name: name.to_owned(),
            version: version.to_owned(),
            doc: "",
            pid: std::process::id(),
            started: Instant::now(),
            sockets: Vec::new(),
            command: Vec::new(),
            directory: String::new(),
            detached: false,
            is_cycle: false,
        }
    }
}

/// What the daemon knows of itself.
impl Context {
    /// The addresses that the daemon listens on, such as `unix:/run/echo/echo.sock`. A worker has none.
    pub fn sockets(&self) -> &[String] {
        &self.facts.sockets
    }

    /// The name of the [`suite`](crate::Suite) that the daemon belongs to; `None` if it is the whole program.
    pub fn suite(&self) -> Option<&str> {
        Membership::current().map(|membership| membership.suite.as_str())
    }

    /// Which instance of its suite the daemon is: `blue` for one started as `users@blue`, `None` for one started as `users`.
    pub fn instance(&self) -> Option<&str> {
        Membership::current().and_then(|membership| membership.instance.as_deref())
    }
}
