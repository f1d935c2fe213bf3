//! The messages: of one size, numbered, so that a lost, duplicated or reordered one is detected.
//!
//! A message is its kind (1 byte), 7 unused bytes, its number (8 bytes), and a filling.

use crate::common::Outcome;

/// Bytes of the shortest message.
pub(crate) const SHORTEST: usize = 64;

const NUMBER: std::ops::Range<usize> = 8..16;
const FILLING: u8 = 0x5a;

/// What a message is for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// One of many, to be counted.
    Data = 0,
    /// The end of a series: the receiver replies with its count.
    Last = 1,
    /// The child may exit.
    Bye = 2,
}

/// Returns a message of `size` bytes, at least [`SHORTEST`].
pub(crate) fn new(size: usize) -> Vec<u8> {
    let mut message = vec![FILLING; size];
    stamp(&mut message, Kind::Data, 0);
    message
}

pub(crate) fn stamp(message: &mut [u8], kind: Kind, number: u64) {
    message[0] = kind as u8;
    message[NUMBER].copy_from_slice(&number.to_le_bytes());
}

pub(crate) fn is(message: &[u8], kind: Kind) -> bool {
    message.first() == Some(&(kind as u8))
}

/// Checks that `message` is complete and the expected one, by a few of its bytes: its number, its middle, its end.
pub(crate) fn check(message: &[u8], size: usize, number: u64) -> Outcome<()> {
    let whole = message.len() == size && message[size / 2] == FILLING && message[size - 1] == FILLING;
    if whole && message[NUMBER] == number.to_le_bytes() {
        return Ok(());
    }
    Err(format!("message {number} of {size} bytes came as {} other bytes", message.len()).into())
}
