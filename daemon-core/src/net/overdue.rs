//! The deadlines of a connection.

use std::fmt;

/// The deadline that a connection has missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    Idle,
    HalfFrame,
    /// It has sent nothing after a value, not even a line end: it seems to end its messages so.
    Separator,
    Slow,
    Lingering,
    Handshake,
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Overdue::Idle => "it was idle",
            Overdue::HalfFrame => "it sent half a frame",
            Overdue::Separator => "it did not end its message",
            Overdue::Slow => "it does not read its replies",
            Overdue::Lingering => "it does not hang up",
            Overdue::Handshake => "it did not complete the handshake of TLS",
        })
    }
}
