//! A case: what the two processes do with the messages.

use std::fmt;
use std::str::FromStr;

use crate::cores::Placement;
use crate::message::SHORTEST;

const APART: &str = "trip";
const TOGETHER: &str = "trip-together";

/// Bytes of a message that goes back and forth.
const TRIP: usize = 64;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// The parent sends messages of this many bytes, as fast as they are taken.
    OneWay(usize),
    /// The parent sends a small message and waits until the child has sent it back.
    RoundTrip(Placement),
}

impl Case {
    /// The cases that run by default.
    pub(crate) const USUAL: [Case; 5] = [
        Case::OneWay(64),
        Case::OneWay(4096),
        Case::OneWay(65536),
        Case::RoundTrip(Placement::Apart),
        Case::RoundTrip(Placement::Together),
    ];

    /// Bytes of each message, at least [`SHORTEST`].
    pub(crate) fn size(self) -> usize {
        match self {
            Case::OneWay(size) => size,
            Case::RoundTrip(_) => TRIP,
        }
    }

    pub(crate) fn placement(self) -> Placement {
        match self {
            Case::OneWay(_) => Placement::Apart,
            Case::RoundTrip(placement) => placement,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Case::OneWay(size) => f.pad(&size.to_string()),
            Case::RoundTrip(Placement::Apart) => f.pad(APART),
            Case::RoundTrip(Placement::Together) => f.pad(TOGETHER),
        }
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            APART => return Ok(Case::RoundTrip(Placement::Apart)),
            TOGETHER => return Ok(Case::RoundTrip(Placement::Together)),
            _ => {}
        }
        let size = text.parse().ok().filter(|size| *size >= SHORTEST);
        size.map(Case::OneWay).ok_or_else(|| {
            format!("`{text}` is no case: write {APART}, {TOGETHER}, or a number of bytes from {SHORTEST}")
        })
    }
}
