//! Where a daemon is looked for, and how patient its client is: what a program or an annotation says about it.

use std::path::PathBuf;
use std::time::Duration;

use super::discovered::Discovered;
use super::discovered::place::Place;
use crate::error::{Error, Result};

/// How to find a daemon by its name, and how to call it.
///
/// ```no_run
/// use daemon_core::{Discovery, Result};
///
/// # fn main() -> Result<()> {
/// let kernel = Discovery::suite("chat").timeout("2s").retries(3).connect("kernel")?;
/// let nick: String = kernel.call("kernel.nick", &())?;
/// # Ok(())
/// # }
/// ```
///
/// A typed client is found by its type: `Discovery::suite("chat").client::<KernelClient>()?`. The page of the guide about
/// discovery says what each setting is for.
#[derive(Debug, Clone, Default)]
#[must_use = "it finds nothing until a client is asked for"]
pub struct Discovery {
    place: Looked,
    instance: Option<String>,
    chosen: Settings,
    /// What is wrong with a setting.
    wrong: Option<String>,
}

/// Where to look.
#[derive(Debug, Clone, Default)]
enum Looked {
    /// In the suite that this process is a member of; if there is none, in the directory of the daemon itself.
    #[default]
    Own,
    Suite(String),
    Directory(PathBuf),
    #[cfg(feature = "nats")]
    Nats(crate::settings::options::NatsOptions),
}

/// What was chosen for a client; the rest has defaults.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How long to wait for an instance that is ready.
    pub wait: Option<Duration>,
    /// How long a call may take with all of its attempts.
    pub deadline: Option<Duration>,
    /// How often a call is sent again that may have run.
    pub retries: Option<u32>,
    /// After how many failures in a row an instance is left alone.
    pub failures: Option<u32>,
    /// How many connections there may be to one instance.
    pub connections: Option<u32>,
}

impl Settings {
    /// Nothing is chosen.
    pub const NONE: Settings = Settings {
        timeout: None,
        wait: None,
        deadline: None,
        retries: None,
        failures: None,
        connections: None,
    };

    /// Fills in what is missing.
    fn or(self, other: Settings) -> Settings {
        Settings {
            timeout: self.timeout.or(other.timeout),
            wait: self.wait.or(other.wait),
            deadline: self.deadline.or(other.deadline),
            retries: self.retries.or(other.retries),
            failures: self.failures.or(other.failures),
            connections: self.connections.or(other.connections),
        }
    }
}

/// All settings of a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) timeout: Duration,
    pub(super) wait: Duration,
    pub(super) deadline: Duration,
    pub(super) retries: u32,
    pub(super) failures: u32,
    pub(super) connections: usize,
}

impl Plan {
    fn of(chosen: Settings) -> Plan {
        let timeout = chosen.timeout.unwrap_or(Duration::from_secs(5));
        let wait = chosen.wait.unwrap_or(Duration::from_secs(5));
        let retries = chosen.retries.unwrap_or(2);
        let all = timeout.saturating_mul(retries.saturating_add(1)).saturating_add(wait);
        Plan {
            timeout,
            wait,
            deadline: chosen.deadline.unwrap_or(all),
            retries,
            failures: chosen.failures.unwrap_or(5).max(1),
            connections: usize::try_from(chosen.connections.unwrap_or(16).max(1)).unwrap_or(1),
        }
    }
}

/// A length of time: a [`Duration`], or a text such as `2s`, `250ms` or `1m 30s`.
pub trait Time {
    /// Returns it; `None` if the text is not one.
    fn duration(self) -> Option<Duration>;
}

impl Time for Duration {
    fn duration(self) -> Option<Duration> {
        Some(self)
    }
}

impl Time for &str {
    fn duration(self) -> Option<Duration> {
        humantime::parse_duration(self).ok()
    }
}

/// A typed client that knows which daemon it is for.
pub trait Discoverable {
    /// The name of the daemon.
    const DAEMON: &'static str;
    /// What the annotation says.
    const SETTINGS: Settings;
    /// The client that calls whichever instance is found.
    type Found;
    /// Returns that client.
    fn found(discovered: Discovered) -> Self::Found;
}

impl Discovery {
    /// Looks in the suite that this process is a member of; if it is of none, in the directory of the daemon itself, such
    /// as `/run/echo`.
    pub fn new() -> Self {
        Discovery::default()
    }

    /// Looks in the directory of a suite, such as `/run/chat`.
    pub fn suite(name: impl Into<String>) -> Self {
        Discovery { place: Looked::Suite(name.into()), ..Discovery::default() }
    }

    /// Looks in this directory, where the sockets are `NAME.sock` and `NAME@INSTANCE.sock`.
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Discovery { place: Looked::Directory(path.into()), ..Discovery::default() }
    }

    /// Calls through a NATS server, on which daemons with `--nats` offer their methods, such as `nats://host:4222`: it knows
    /// those of all machines. A client connects when it is asked for. This needs the feature `nats`.
    ///
    /// ```no_run
    /// use daemon_core::{Discovery, Result};
    ///
    /// # fn main() -> Result<()> {
    /// let adder = Discovery::nats("nats://10.0.0.1:4222").timeout("2s").connect("adder")?;
    /// let sum: i64 = adder.call("adder.add", &(1, 2))?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "nats")]
    pub fn nats(server: impl Into<String>) -> Self {
        let nats =
            crate::settings::options::NatsOptions { servers: vec![server.into()], ..Default::default() };
        Discovery { place: Looked::Nats(nats), ..Discovery::default() }
    }

    /// Trusts the certificates in this file, in PEM, for a server on NATS with TLS; besides those that the system trusts.
    #[cfg(feature = "nats")]
    pub fn nats_ca(mut self, file: impl Into<PathBuf>) -> Self {
        if let Looked::Nats(nats) = &mut self.place {
            nats.ca = Some(file.into());
        }
        self
    }

    /// Shows these credentials, a JWT with its seed, to a server on NATS.
    #[cfg(feature = "nats")]
    pub fn nats_credentials(mut self, file: impl Into<PathBuf>) -> Self {
        if let Looked::Nats(nats) = &mut self.place {
            nats.credentials = Some(file.into());
        }
        self
    }

    /// Calls only the instance with this name, `kernel@blue` for `blue`; by default all instances share the load.
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.instance = Some(name.into());
        self
    }

    /// How long one attempt of a call may take, from its first byte to its reply; the default is 5 seconds.
    pub fn timeout(mut self, time: impl Time) -> Self {
        self.chosen.timeout = self.read("timeout", time);
        self
    }

    /// How long a call waits for an instance that is ready; the default is 5 seconds.
    pub fn wait(mut self, time: impl Time) -> Self {
        self.chosen.wait = self.read("wait", time);
        self
    }

    /// How long a call may take with all its attempts and waits; by default as long as they may take together.
    pub fn deadline(mut self, time: impl Time) -> Self {
        self.chosen.deadline = self.read("deadline", time);
        self
    }

    /// How often a call is sent again that may have run, if its method is `read_only` or `idempotent`; the default is 2.
    pub fn retries(mut self, count: u32) -> Self {
        self.chosen.retries = Some(count);
        self
    }

    /// After how many failures in a row an instance is not called for a time; the default is 5.
    pub fn failures(mut self, count: u32) -> Self {
        self.chosen.failures = Some(count);
        self
    }

    /// How many connections the clones of a client have to one instance, at most; further calls wait for one of them. The
    /// default is 16.
    pub fn connections(mut self, count: u32) -> Self {
        self.chosen.connections = Some(count);
        self
    }

    /// Returns a client of the daemon with this name. It connects when it is first called, so the daemon may start later.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if a setting or a name cannot be used.
    pub fn connect(&self, daemon: &str) -> Result<Discovered> {
        self.find(daemon, Settings::NONE)
    }

    /// Returns the typed client of a daemon, as [`connect`](Self::connect) does: `client::<KernelClient>()`. What is set here
    /// comes before what the annotation of the client says.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub fn client<C: Discoverable>(&self) -> Result<C::Found> {
        self.find(C::DAEMON, C::SETTINGS).map(C::found)
    }

    fn find(&self, daemon: &str, declared: Settings) -> Result<Discovered> {
        if let Some(wrong) = &self.wrong {
            return Err(Error::usage(wrong.clone()));
        }
        let instance = self.instance.as_deref();
        let place = match &self.place {
            Looked::Own => Place::own(daemon, instance),
            Looked::Suite(suite) => Place::of_suite(suite, daemon, instance),
            Looked::Directory(path) => Place::new(path.clone(), daemon, instance),
            #[cfg(feature = "nats")]
            Looked::Nats(nats) => {
                return Discovered::remote(nats, daemon, Plan::of(self.chosen.or(declared)));
            }
        };
        Ok(Discovered::new(place?, Plan::of(self.chosen.or(declared))))
    }

    fn read(&mut self, name: &str, time: impl Time) -> Option<Duration> {
        let read = time.duration().filter(|time| !time.is_zero());
        if read.is_none() {
            let wrong = format!("the `{name}` of a client is a length of time such as `2s` or `250ms`");
            self.wrong.get_or_insert(wrong);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_sets_comes_before_what_is_declared() {
        let declared = Settings { timeout: Some(Duration::from_secs(9)), retries: Some(7), ..Settings::NONE };
        let plan = Plan::of(Discovery::suite("x").timeout("2s").wait("1s").chosen.or(declared));
        assert_eq!((plan.timeout, plan.retries), (Duration::from_secs(2), 7));
        // All attempts and one wait.
        assert_eq!(plan.deadline, Duration::from_secs(17));
    }

    #[test]
    fn a_setting_that_is_none_is_reported_when_a_client_is_asked_for() {
        for wrong in [Discovery::new().timeout("soon"), Discovery::new().wait(Duration::ZERO)] {
            assert!(wrong.connect("echo").unwrap_err().is_usage());
        }
        for name in ["", "../echo", "a/b", "a@B"] {
            assert!(Discovery::new().connect(name).unwrap_err().is_usage(), "{name}");
            assert!(Discovery::suite("x").instance(name).connect("echo").is_err(), "{name}");
            assert!(Discovery::suite(name).connect("echo").is_err(), "{name}");
        }
    }
}
