//! The error type of the crate: what was tried, on which thing, why it failed and what would help.
//!
//! A *fault* is what a peer gets, see [`fault`](crate::fault); an *error* is what our code returns.

use std::error::Error as StdError;
use std::fmt;

/// The result of the crate's fallible calls; the error type is [`Error`] unless another one is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn StdError + Send + Sync>;

/// A failed operation of the daemon.
///
/// It is opaque: check its kind with the `is_…` methods, print it with `{}` for the first line, or with
/// [`report`](Error::report) for the whole chain of causes.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    what: String,
    cause: Option<Cause>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    AlreadyRunning,
    NotRunning,
    Refused,
    TimedOut,
    Usage,
    Stopped,
    Full,
    Unavailable,
    Other,
}

impl Error {
    /// Creates an error with a message: say what was tried, on which thing, and what would help.
    pub fn new(what: impl Into<String>) -> Self {
        Error::of(Kind::Other, what.into())
    }

    pub(crate) fn already_running(what: impl Into<String>) -> Self {
        Error::of(Kind::AlreadyRunning, what.into())
    }

    pub(crate) fn not_running(what: impl Into<String>) -> Self {
        Error::of(Kind::NotRunning, what.into())
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Error::of(Kind::Refused, what.into())
    }

    pub(crate) fn timed_out(what: impl Into<String>) -> Self {
        Error::of(Kind::TimedOut, what.into())
    }

    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Error::of(Kind::Usage, what.into())
    }

    pub(crate) fn stopped(what: impl Into<String>) -> Self {
        Error::of(Kind::Stopped, what.into())
    }

    pub(crate) fn full(what: impl Into<String>) -> Self {
        Error::of(Kind::Full, what.into())
    }

    pub(crate) fn unavailable(what: impl Into<String>) -> Self {
        Error::of(Kind::Unavailable, what.into())
    }

    /// The error of a user function, unchanged if it is an [`Error`].
    pub(crate) fn of_user(error: impl Into<Cause>) -> Self {
        match error.into().downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::new(chain(&*other)),
        }
    }

    fn of(kind: Kind, what: String) -> Self {
        Error(Box::new(Inner { kind, what, cause: None }))
    }

    /// Adds the cause, which [`source`](StdError::source) returns.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Whether another process already runs this daemon, or holds its pid file or one of its sockets.
    pub fn is_already_running(&self) -> bool {
        self.0.kind == Kind::AlreadyRunning
    }

    /// Whether the daemon to connect to is not running.
    pub fn is_not_running(&self) -> bool {
        self.0.kind == Kind::NotRunning
    }

    /// Whether the daemon to connect to does not let this user connect.
    pub fn is_refused(&self) -> bool {
        self.0.kind == Kind::Refused
    }

    /// Whether the daemon did not reply, or accept a connection, in time.
    pub fn is_timed_out(&self) -> bool {
        self.0.kind == Kind::TimedOut
    }

    /// Whether the command line or a setting is wrong.
    pub fn is_usage(&self) -> bool {
        self.0.kind == Kind::Usage
    }

    /// Whether the daemon that this thread belongs to has stopped; see [`Handle`](crate::Handle).
    pub fn is_stopped(&self) -> bool {
        self.0.kind == Kind::Stopped
    }

    /// Whether a bounded queue had no room. It can be tried again later.
    pub fn is_full(&self) -> bool {
        self.0.kind == Kind::Full
    }

    /// Whether a call was not sent because the daemon has failed repeatedly, and is left alone for a time.
    pub fn is_unavailable(&self) -> bool {
        self.0.kind == Kind::Unavailable
    }

    /// The error and all its causes on one line, the outermost first.
    ///
    /// ```
    /// use daemon_core::Error;
    ///
    /// let error = Error::new("cannot read `/etc/echo.toml`").because(std::io::Error::other("disk on fire"));
    /// assert_eq!(error.report(), "cannot read `/etc/echo.toml`: disk on fire");
    /// ```
    pub fn report(&self) -> String {
        chain(self)
    }
}

/// An error and its causes, joined by colons.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        Error::of_user(cause)
    }
}

impl From<String> for Error {
    fn from(what: String) -> Self {
        Error::new(what)
    }
}

impl From<&str> for Error {
    fn from(what: &str) -> Self {
        Error::new(what)
    }
}

/// Adds context to an error: `open(path).or_error(|| format!("cannot open `{path}`"))?`.
pub(crate) trait OrError<T> {
    fn or_error(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Cause>> OrError<T> for Result<T, E> {
    fn or_error(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(what()).because(cause))
    }
}
