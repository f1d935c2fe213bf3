//! The two kinds of processes that a program declares, each by a struct and its impl block.

use std::fmt;

/// The attribute above an item; shown as the word between its brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Daemon,
    Worker,
}

impl Side {
    /// The functions that are called although no attribute stands above them.
    pub(crate) fn hooks(self) -> &'static [&'static str] {
        match self {
            Side::Daemon => &["setup", "teardown"],
            Side::Worker => &["spinup", "tick", "spindown"],
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
