//! What a program declares by a struct and its impl block.

use std::fmt;

/// The attribute above an item; displayed as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Daemon,
    Worker,
    /// Part of a daemon, with a state of its own.
    Plugin,
}

impl Side {
    /// Returns whose process it is in.
    pub(crate) fn process(self) -> Self {
        match self {
            Side::Daemon | Side::Plugin => Side::Daemon,
            Side::Worker => Side::Worker,
        }
    }

    /// Returns the function that is called first, without an attribute: it makes the state, or prepares it.
    pub(crate) fn setup(self) -> &'static str {
        match self {
            Side::Daemon | Side::Plugin => "setup",
            Side::Worker => "spinup",
        }
    }

    /// Returns the other functions that are called without an attribute.
    pub(crate) fn hooks(self) -> &'static [&'static str] {
        match self {
            Side::Daemon | Side::Plugin => &["teardown"],
            Side::Worker => &["tick", "spindown"],
        }
    }

    /// Says what to write instead of a hook that only the other side has; `None` if this is not the name of one.
    pub(crate) fn instead_of(self, hook: &str) -> Option<&'static str> {
        match (self.process(), hook) {
            (Side::Daemon, "spinup") => Some("a worker has this hook; a daemon's is `setup`"),
            (Side::Daemon, "tick") => Some(
                "a worker has this hook; in a daemon, write `#[every(\"1s\")]` above it, or another name",
            ),
            (Side::Daemon, "spindown") => Some("a worker has this hook; a daemon's is `teardown`"),
            (Side::Worker, "setup") => Some("a daemon has this hook; a worker's is `spinup`"),
            (Side::Worker, "teardown") => Some("a daemon has this hook; a worker's is `spindown`"),
            (Side::Daemon | Side::Worker | Side::Plugin, _) => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Daemon => "daemon",
            Side::Worker => "worker",
            Side::Plugin => "plugin",
        })
    }
}
