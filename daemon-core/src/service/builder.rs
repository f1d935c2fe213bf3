//! A service that is built in code, setting by setting.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::{
    Backoff, CommandLine, Inherit, Intensity, Limit, Limits, Log, Mask, Orphan, Ready, Recycle, Restart,
    Schedule, Service, Size, StopSignal, WhenGivenUp, min_uptime, start_timeout, stop_grace,
};
use crate::error::{Error, Result};

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
            orphan: Orphan::default(),
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

    /// Sets what becomes of it when the daemon is killed. By default it lives on.
    pub fn orphan(mut self, orphan: Orphan) -> Self {
        self.orphan = orphan;
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
}
