//! The two kinds of process that a program declares, each by a struct and its impl block.

use std::fmt;

/// The attribute above an item; displayed as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Daemon,
    Worker,
}

impl Side {
    /// Returns the function that is called first, without an attribute: it makes the state, or prepares it.
    pub(crate) fn setup(self) -> &'static str {
        match self {
            Side::Daemon => "setup",
            Side::Worker => "spinup",
        }
    }

    /// Returns the other functions that are called without an attribute.
    pub(crate) fn hooks(self) -> &'static [&'static str] {
        match self {
            Side::Daemon => &["teardown"],
            Side::Worker => &["tick", "spindown"],
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Daemon => "daemon",
            Side::Worker => "worker",
        })
    }
}
