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
pub use self::restart::{Backoff, Intensity, Recycle, Restart, WhenGivenUp};
pub use self::rights::Limit;
pub(crate) use self::rights::{Limits, Mask};
pub use self::schedule::Schedule;
pub(crate) use self::signal::StopSignal;
pub use self::size::Size;
use crate::error::{Error, Result};
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
    /// Returns a service that runs this program with these arguments. A name without a `/` is looked up in `PATH` when the
    /// service starts.
    pub fn new<W: Into<String>>(command: impl IntoIterator<Item = W>) -> Self {
        Service {
            command: CommandLine::new(command),
            env: BTreeMap::new(),
            inherit_env: Inherit::default(),
            directory: None,
            user: None,
            user_groups: Vec::new(),
            nice: None,
            limits: Limits::default(),
            umask: None,
            fds: BTreeMap::new(),
            ready: Ready::default(),
            start_timeout: start_timeout(),
            needs: Vec::new(),
            restart: None,
            backoff: Backoff::default(),
            intensity: None,
            min_uptime: min_uptime(),
            when_given_up: WhenGivenUp::default(),
            recycle: Recycle::default(),
            stop_signal: StopSignal::default(),
            stop_grace: stop_grace(),
            stop_group: false,
            log: None,
            schedule: None,
            groups: Vec::new(),
            autostart: true,
            main: false,
        }
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Passes on only these variables of the daemon's environment; by default all.
    pub fn inherit_env<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.inherit_env = Inherit::Named(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the directory that it starts in.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets the user that it runs as, by name or number. Only root can do that.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the groups of its process, by name or number: its own one first. By default they are those of its user.
    pub fn user_groups<N: Into<String>>(mut self, groups: impl IntoIterator<Item = N>) -> Self {
        self.user_groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Sets its niceness, from -20 to 19.
    pub fn nice(mut self, nice: i32) -> Self {
        self.nice = Some(nice);
        self
    }

    /// Sets a limit of the system, as setrlimit(2) has them, such as `nofile`.
    ///
    /// # Errors
    ///
    /// If there is no such limit.
    pub fn limit(mut self, name: &str, limit: Limit) -> Result<Self> {
        self.limits.set(name, limit).map_err(Error::new)?;
        Ok(self)
    }

    /// Sets its file mode creation mask, such as `0o027`.
    pub fn umask(mut self, umask: u32) -> Self {
        self.umask = Some(Mask(umask & 0o777));
        self
    }

    /// Gives it a descriptor that the daemon holds, by its name, with this number. The ends of a pipe are
    /// `NAME:read` and `NAME:write`.
    ///
    /// # Errors
    ///
    /// If that is not such a name.
    pub fn fd(mut self, number: u16, held: &str) -> Result<Self> {
        self.fds.insert(number, held.parse().map_err(Error::new)?);
        Ok(self)
    }

    /// Sets when it is ready.
    pub fn ready(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// Sets how long it may take from its start until it is ready; then it is killed, and restarted as after any other
    /// failure. By default 30 seconds.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout.into();
        self
    }

    /// Starts it only when this other service is ready, and stops it before that.
    ///
    /// # Errors
    ///
    /// If this can't be the name of a service.
    pub fn needs(mut self, service: &str) -> Result<Self> {
        self.needs.push(service.parse().map_err(Error::new)?);
        Ok(self)
    }

    /// Sets whether it is restarted after it has ended by itself. By default always; one with a schedule, never.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = Some(restart);
        self
    }

    /// Sets the delay before a restart: the first one, and the longest one. By default 100 ms and 30 s.
    pub fn backoff(mut self, from: Duration, to: Duration) -> Self {
        self.backoff = Backoff { from: from.into(), to: to.into() };
        self
    }

    /// Gives it up after more than this many restarts within this time. By default it is never given up.
    pub fn intensity(mut self, restarts: u32, within: Duration) -> Self {
        self.intensity = Some(Intensity { restarts, within: within.into() });
        self
    }

    /// Sets how long it must have been ready to be restarted without a delay. By default 1 second.
    pub fn min_uptime(mut self, min_uptime: Duration) -> Self {
        self.min_uptime = min_uptime.into();
        self
    }

    /// Sets what happens when it has failed and is not restarted any more. By default it stays down.
    pub fn when_given_up(mut self, then: WhenGivenUp) -> Self {
        self.when_given_up = then;
        self
    }

    /// Restarts it when it has been ready for so long.
    pub fn recycle_age(mut self, age: Duration) -> Self {
        self.recycle.age = Some(age.into());
        self
    }

    /// Restarts it when its process uses so many bytes of memory. This is checked every few seconds.
    pub fn recycle_memory(mut self, bytes: u64) -> Self {
        self.recycle.memory = Some(Size::new(bytes));
        self
    }

    /// Sets the signal that asks it to stop, such as `SIGINT`. By default SIGTERM.
    ///
    /// # Errors
    ///
    /// If there is no such signal.
    pub fn stop_signal(mut self, signal: &str) -> Result<Self> {
        self.stop_signal = signal.parse().map_err(Error::new)?;
        Ok(self)
    }

    /// Sets how long it may take to stop before it is killed. By default 5 seconds.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace.into();
        self
    }

    /// Sends the stop signal to its whole process group; by default only to its process. What is left of the group when
    /// the process has ended is killed in any case.
    pub fn stop_group(mut self, group: bool) -> Self {
        self.stop_group = group;
        self
    }

    /// Sets where its output and errors go. By default where those of the daemon go.
    pub fn log(mut self, log: Log) -> Self {
        self.log = Some(log);
        self
    }

    /// Starts it at these times.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Adds it to a group: `GROUP:*` names all of its services.
    ///
    /// # Errors
    ///
    /// If this can't be the name of a group.
    pub fn group(mut self, group: &str) -> Result<Self> {
        self.groups.push(group.parse().map_err(Error::new)?);
        Ok(self)
    }

    /// Sets whether it is started with the daemon. By default it is.
    pub fn autostart(mut self, autostart: bool) -> Self {
        self.autostart = autostart;
        self
    }

    /// Makes it the main service: when it has ended and is not restarted, the daemon stops, and exits with its exit code.
    pub fn main(mut self, main: bool) -> Self {
        self.main = main;
        self
    }

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
