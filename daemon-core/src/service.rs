//! A service as data: somebody's program, and how the daemon looks after it.
//!
//! A service is built in code, or read from TOML or JSON; both give the same [`Service`]. What is in it is checked while it
//! is read, as far as the text alone says whether it is right. Nothing here starts anything: that is in `services`.

mod text_or_table;
mod command;
mod size;
mod signal;
mod address;
mod ready;
mod restart;
mod rights;
mod log;
mod schedule;
mod descriptor;
mod name;
mod order;
mod file;
mod info;
mod builder;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

pub(crate) use self::address::Address;
pub use self::command::CommandLine;
pub use self::descriptor::{Access, Descriptor};
pub(crate) use self::descriptor::{End, HeldName};
pub(crate) use self::file::ServiceFile;
pub use self::info::{ServiceInfo, ServiceSummary};
pub use self::log::Log;
pub(crate) use self::name::Name;
pub(crate) use self::order::check_order;
pub use self::ready::Ready;
pub use self::restart::{Backoff, Intensity, Orphan, Recycle, Restart, WhenGivenUp};
pub use self::rights::Limit;
pub(crate) use self::rights::{Limits, Mask};
pub use self::schedule::Schedule;
pub(crate) use self::schedule::Start;
pub(crate) use self::signal::StopSignal;
pub use self::size::Size;
use crate::span::Span;

/// A program that the daemon looks after.
///
/// Only the command is needed. The rest has these defaults: the service starts with the daemon, in its environment and
/// directory, is ready as soon as it runs, and is restarted whenever it ends. Its fields in a file have the names of the
/// functions here.
///
/// ```
/// use std::time::Duration;
///
/// use daemon_core::service::{Ready, Restart, Service};
///
/// let service = Service::new(["python3", "-m", "http.server", "8000"])
///     .ready(Ready::Socket("tcp:127.0.0.1:8000".parse()?))
///     .restart(Restart::OnFailure)
///     .stop_grace(Duration::from_secs(10));
/// let same: Service = serde_json::from_str(
///     r#"{
///         "command": "python3 -m http.server 8000",
///         "ready": "tcp:127.0.0.1:8000",
///         "restart": "on-failure",
///         "stop_grace": "10s"
///     }"#,
/// )?;
/// assert_eq!(service, same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub(crate) command: CommandLine,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) inherit_env: Inherit,
    #[serde(default)]
    pub(crate) directory: Option<PathBuf>,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) user_groups: Vec<String>,
    #[serde(default)]
    pub(crate) nice: Option<i32>,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) umask: Option<Mask>,
    #[serde(default)]
    pub(crate) fds: BTreeMap<u16, HeldName>,
    #[serde(default)]
    pub(crate) ready: Ready,
    #[serde(default = "start_timeout")]
    pub(crate) start_timeout: Span,
    #[serde(default)]
    pub(crate) needs: Vec<Name>,
    #[serde(default)]
    pub(crate) restart: Option<Restart>,
    #[serde(default)]
    pub(crate) backoff: Backoff,
    #[serde(default)]
    pub(crate) intensity: Option<Intensity>,
    #[serde(default = "min_uptime")]
    pub(crate) min_uptime: Span,
    #[serde(default)]
    pub(crate) when_given_up: WhenGivenUp,
    #[serde(default)]
    pub(crate) recycle: Recycle,
    #[serde(default)]
    pub(crate) stop_signal: StopSignal,
    #[serde(default = "stop_grace")]
    pub(crate) stop_grace: Span,
    #[serde(default)]
    pub(crate) stop_group: bool,
    #[serde(default)]
    pub(crate) orphan: Orphan,
    #[serde(default)]
    pub(crate) log: Option<Log>,
    #[serde(default)]
    pub(crate) schedule: Option<Schedule>,
    #[serde(default)]
    pub(crate) groups: Vec<Name>,
    #[serde(default = "autostart")]
    pub(crate) autostart: bool,
    #[serde(default)]
    pub(crate) main: bool,
}

/// Which variables of the daemon's environment a service gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "write `true`, `false`, or a list of names such as `[\"PATH\"]`")]
pub(crate) enum Inherit {
    All(bool),
    Named(Vec<String>),
}

impl Default for Inherit {
    fn default() -> Self {
        Inherit::All(true)
    }
}

fn start_timeout() -> Span {
    Duration::from_secs(30).into()
}

fn min_uptime() -> Span {
    Duration::from_secs(1).into()
}

fn stop_grace() -> Span {
    Duration::from_secs(5).into()
}

fn autostart() -> bool {
    true
}

impl Service {
    /// Returns when it is restarted.
    pub(crate) fn restarts(&self) -> Restart {
        let usual = if self.schedule.is_some() { Restart::Never } else { Restart::Always };
        self.restart.unwrap_or(usual)
    }

    /// Whether a process of the old service serves the new one as well: only what the daemon does with it has changed.
    pub(crate) fn runs_as(&self, new: &Service) -> bool {
        let mut same = self.clone();
        same.needs.clone_from(&new.needs);
        (same.restart, same.backoff, same.intensity) = (new.restart, new.backoff, new.intensity);
        (same.start_timeout, same.min_uptime, same.stop_grace) =
            (new.start_timeout, new.min_uptime, new.stop_grace);
        (same.stop_signal, same.stop_group) = (new.stop_signal, new.stop_group);
        same.when_given_up.clone_from(&new.when_given_up);
        same.schedule.clone_from(&new.schedule);
        same.groups.clone_from(&new.groups);
        (same.recycle, same.autostart, same.main) = (new.recycle, new.autostart, new.main);
        same == *new
    }
}

#[cfg(test)]
mod tests;
