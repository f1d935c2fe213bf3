//! The methods of a daemon on a NATS server, by the services protocol of NATS (ADR-32).
//!
//! A [`bridge`] is this program, started again, with a runtime of its own: the daemon keeps its one thread. It is a caller of
//! the daemon like any other on a [`link`], without the rights of a user. The daemon looks after it as after a service;
//! an [`Assignment`] in its environment says what it bridges. What each method is called there is in [`subject`].

mod bridge;
mod link;
mod requests;
mod server;
mod subject;

use std::env;
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

pub(crate) use self::bridge::serve;
pub(crate) use self::requests::{Refusal, Requests};
pub(crate) use self::subject::Method;
use crate::error::{Error, OrError, Result};
use crate::service::{Name, Service};
use crate::settings::options::NatsOptions;

/// The name of the service that is the bridge.
pub(crate) const SERVICE: &str = "nats";
/// The header with the whole fault of a reply, as JSON.
const FAULT: &str = "Daemon-Fault";
/// The variable that says what a bridge does, as JSON.
const VARIABLE: &str = "DAEMON_CORE_NATS";

/// What a bridge gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Assignment {
    /// The name of the daemon, and of the service on NATS.
    pub(crate) daemon: String,
    /// The version of the daemon.
    pub(crate) version: String,
    /// What the daemon says of itself.
    pub(crate) doc: String,
    /// Where the daemon listens.
    pub(crate) socket: String,
    /// Where messages of the bridge go.
    pub(crate) log: String,
    pub(crate) verbosity: i32,
    pub(crate) nats: NatsOptions,
}

impl Assignment {
    /// Returns what the environment says; `None` if this process is not a bridge.
    ///
    /// # Errors
    ///
    /// If no daemon has written it.
    pub(crate) fn read() -> Option<Result<Assignment>> {
        let text = env::var(VARIABLE).ok()?;
        Some(serde_json::from_str(&text).or_error(|| {
            format!("{VARIABLE} says that this process bridges a daemon to NATS, but no daemon has written it; unset {VARIABLE}")
        }))
    }

    /// Returns the service that is the bridge. `arguments` lead this program to its daemon.
    ///
    /// # Errors
    ///
    /// If NATS would not take the name or the version of the daemon, or an argument is not UTF-8.
    pub(crate) fn service(&self, arguments: Vec<OsString>) -> Result<(Name, Service)> {
        subject::check(&self.daemon, &self.version)?;
        let text = |argument: OsString| {
            argument.into_string().map_err(|argument| {
                Error::usage(format!("the argument {argument:?} is not UTF-8; with --nats it must be"))
            })
        };
        let arguments = arguments.into_iter().map(text).collect::<Result<Vec<_>>>()?;
        let json =
            serde_json::to_string(self).or_error(|| "cannot write down what the bridge does".to_owned())?;
        // In a child of this process, until it has started its program, this is the program of this process.
        let command = ["/proc/self/exe".to_owned()].into_iter().chain(arguments);
        let name = SERVICE.parse().map_err(Error::new)?;
        Ok((name, Service::new(command).env(VARIABLE, json)))
    }
}
