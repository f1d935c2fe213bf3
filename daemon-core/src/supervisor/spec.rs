//! What a child is and how it is supervised, as plain data.
//!
//! The only action here is [`ChildSpec::spawn`]: it starts a process as the data says, or reports why that is not
//! possible.

use std::ffi::{OsStr, OsString};
use std::os::fd::{BorrowedFd, RawFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use nix::libc;
use nix::unistd::Pid;

use crate::error::{Error, OrError, Result};
pub use crate::sys::spawn::Group;
use crate::sys::spawn::{self, Executable, Launch};
pub(crate) use crate::sys::spawn::{Rights, Streams};

/// When a child is restarted, and how it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether it is restarted after it ended by itself.
    pub restart: Restart,
    /// How long it may take from its start until it is ready.
    pub start_timeout: Duration,
    /// The number of the signal that asks it to stop.
    pub stop_signal: i32,
    /// Whether the processes that it has started get that signal, too, as far as they are in its group.
    pub stop_group: bool,
    /// How long it may take to stop before it is killed.
    pub stop_grace: Duration,
    /// How long it must have been ready to be restarted at once.
    pub min_uptime: Duration,
    /// The delay before a restart otherwise.
    pub backoff: Backoff,
    /// How many restarts are too many; after those it is given up. With `None` it is never given up, and more than 10
    /// restarts in a minute lead to the longest delay.
    pub intensity: Option<Intensity>,
}

/// Whether a child that ended by itself is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// In any case.
    Always,
    /// Unless it has ended with exit code 0.
    OnFailure,
    /// In no case.
    Never,
}

impl Restart {
    /// Whether a child is restarted after an end; the end is clean if the exit code was 0.
    pub(crate) fn applies(self, clean: bool) -> bool {
        match self {
            Restart::Always => true,
            Restart::OnFailure => !clean,
            Restart::Never => false,
        }
    }
}

/// The delay between an early end and the next start: it doubles each time, and is then shortened at random, by a
/// quarter at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first delay.
    pub from: Duration,
    /// The longest delay.
    pub to: Duration,
}

/// How many restarts within how long are too many, as in Erlang's supervisors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// One more is too many.
    pub restarts: u32,
    /// Within this time.
    pub within: Duration,
}

impl Intensity {
    /// The intensity that applies when none is set.
    pub(crate) const USUAL: Intensity = Intensity { restarts: 10, within: Duration::from_secs(60) };
}

impl Policy {
    /// Returns the usual policy: always restarts, with a minimum up-time of 1 s and a delay from 100 ms to 30 s; never
    /// gives up.
    pub const fn new() -> Self {
        Policy {
            restart: Restart::Always,
            start_timeout: Duration::from_secs(30),
            stop_signal: libc::SIGTERM,
            stop_group: false,
            stop_grace: Duration::from_secs(5),
            min_uptime: Duration::from_secs(1),
            backoff: Backoff { from: Duration::from_millis(100), to: Duration::from_secs(30) },
            intensity: None,
        }
    }

    /// Sets how many restarts are too many; after those it is given up.
    pub const fn intensity(mut self, restarts: u32, within: Duration) -> Self {
        self.intensity = Some(Intensity { restarts, within });
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy::new()
    }
}

/// A child as data: what to start, and how it is supervised.
#[derive(Debug, Clone)]
pub struct ChildSpec {
    /// Its name in the log.
    pub(crate) name: String,
    pub(crate) program: Program,
    /// Its arguments. The first one is its name in `ps`.
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Environment,
    /// Its descriptors, each with its number in the child.
    pub(crate) descriptors: Vec<(RawFd, Source)>,
    /// Its input, output and errors, where its descriptors do not say.
    pub(crate) streams: Streams,
    /// Whether it starts with every signal blocked, and unblocks them itself.
    pub(crate) blocked: bool,
    pub(crate) group: Group,
    /// The directory that it starts in; by default ours.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) rights: Rights,
    /// The signal that it gets when this process ends in whatever way; `None` if it lives on.
    pub(crate) orphan: Option<i32>,
    pub(crate) readiness: Readiness,
    /// Whether its life is logged for debugging only, because its owner deals with its end.
    pub(crate) quiet: bool,
    pub(crate) policy: Policy,
}

/// The program of a child.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    /// A program that is kept open: changes to its path do not matter. It cannot be a script.
    Opened(Rc<Executable>),
    /// The program at this path when the child is started.
    Path(PathBuf),
}

/// The environment variables of a child.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// The names of our variables that it inherits; `None` for all.
    pub(crate) inherits: Option<Vec<OsString>>,
    /// Variables that it gets in addition, or instead.
    pub(crate) set: Vec<(OsString, OsString)>,
}

/// Where a descriptor of a child comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The owner makes it for each start: its position in [`Given::descriptors`].
    Given(usize),
}

/// When a child is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// When its owner reports it.
    Reported,
    /// As soon as it runs its program.
    Started,
}

/// What an owner adds to a spec for one start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Given<'a> {
    pub(crate) descriptors: &'a [BorrowedFd<'a>],
    /// Variables in addition to those of the spec.
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

impl ChildSpec {
    /// Returns a child that runs the program at this path, by its name in the log, with the usual policy. It inherits the
    /// environment, the directory and the outputs of this process, no input and no other descriptor, and is ready as
    /// soon as it runs.
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        let program: PathBuf = program.into();
        ChildSpec {
            name: name.into(),
            arguments: vec![program.clone().into()],
            program: Program::Path(program),
            environment: Environment::default(),
            descriptors: Vec::new(),
            streams: Streams::Outputs,
            blocked: false,
            group: Group::Own,
            directory: None,
            rights: Rights::default(),
            orphan: None,
            readiness: Readiness::Started,
            quiet: false,
            policy: Policy::new(),
        }
    }

    /// Returns a child whose process is started elsewhere, for [`Supervisor::adopt`](super::Supervisor::adopt): what is left
    /// of its group when it ends is left alone, it is not restarted, and it has no name.
    pub fn started_elsewhere() -> Self {
        ChildSpec {
            name: String::new(),
            arguments: Vec::new(),
            program: Program::Path(PathBuf::new()),
            group: Group::Inherited,
            quiet: true,
            policy: Policy { restart: Restart::Never, ..Policy::new() },
            environment: Environment::default(),
            descriptors: Vec::new(),
            streams: Streams::Outputs,
            blocked: false,
            directory: None,
            rights: Rights::default(),
            orphan: None,
            readiness: Readiness::Started,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets when it is restarted and how it is stopped.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets when it is ready.
    #[must_use]
    pub fn readiness(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// Has its life logged for debugging only, because its owner deals with its end, and gives it no reason beyond how its
    /// process ended: then an end allocates nothing.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Sets its process group; by default one of its own.
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// Starts a process, and returns once it runs its program. This is for [`Owner::start`](super::Owner::start).
    ///
    /// # Errors
    ///
    /// If the system cannot start it.
    pub fn start(&self) -> Result<Pid> {
        self.spawn(Given::default())
    }

    /// Starts a process, and returns once it runs its program.
    ///
    /// # Errors
    ///
    /// If the system cannot start it, or if the owner did not provide what the spec names.
    pub(crate) fn spawn(&self, given: Given<'_>) -> Result<Pid> {
        let descriptors = self.descriptors(given.descriptors)?;
        let text = |(name, value): &(&'_ str, &'_ str)| (OsString::from(name), OsString::from(value));
        let environment: Vec<_> =
            self.environment.set.iter().cloned().chain(given.environment.iter().map(text)).collect();
        let environment: Vec<(&OsStr, &OsStr)> =
            environment.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())).collect();
        let inherits = self.environment.inherits.as_deref().map(borrowed);
        spawn::spawn(&Launch {
            program: match &self.program {
                Program::Opened(file) => spawn::Program::Opened(file),
                Program::Path(path) => spawn::Program::Path(path),
            },
            arguments: &borrowed(&self.arguments),
            inherits: inherits.as_deref(),
            environment: &environment,
            descriptors: &descriptors,
            directory: self.directory.as_deref(),
            streams: self.streams,
            blocked: self.blocked,
            group: self.group,
            rights: &self.rights,
            orphan: self.orphan,
        })
        .or_error(|| "cannot start a process".to_owned())
    }

    fn descriptors<'a>(&self, given: &[BorrowedFd<'a>]) -> Result<Vec<(RawFd, BorrowedFd<'a>)>> {
        let source = |(target, Source::Given(place)): &(RawFd, Source)| match given.get(*place) {
            Some(descriptor) => Ok((*target, *descriptor)),
            None => Err(Error::new(format!("nothing was given for descriptor {target} of `{}`", self.name))),
        };
        self.descriptors.iter().map(source).collect()
    }
}

fn borrowed(texts: &[OsString]) -> Vec<&OsStr> {
    texts.iter().map(OsString::as_os_str).collect()
}
