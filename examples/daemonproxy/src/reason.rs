//! Why a command fails.

use std::fmt;

use nix::errno::Errno;

use crate::sys;
use crate::text::Text;

/// The reason that a failed command is reported with. One with text of a user or of the system is cut to 63 bytes.
pub(crate) enum Reason {
    Fixed(&'static str),
    Made(Text<63>),
}

impl Reason {
    pub(crate) fn format(arguments: fmt::Arguments<'_>) -> Self {
        Reason::Made(Text::format(arguments))
    }

    /// The reason of a failed system call.
    pub(crate) fn system(what: &str, error: Errno) -> Self {
        let mut text = Text::of(what.as_bytes());
        text.push(b": ").push(sys::describe(error).as_bytes());
        Reason::Made(text)
    }

    /// A reason that quotes the user; then comes `end`.
    pub(crate) fn quote(what: &str, text: &[u8], end: &str) -> Self {
        let mut reason = Text::of(what.as_bytes());
        reason.push(b" \"").push(text).push(b"\"").push(end.as_bytes());
        Reason::Made(reason)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Reason::Fixed(text) => text.as_bytes(),
            Reason::Made(text) => text.as_bytes(),
        }
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Reason::Fixed(text)
    }
}
