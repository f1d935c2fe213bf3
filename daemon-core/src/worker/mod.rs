//! The channel between a daemon and its worker: a segment of shared memory with two rings, and a doorbell.
//!
//! What a worker does with it lives in `child`, what the daemon does in `crew`.

pub(crate) mod ring;
pub(crate) mod header;
pub(crate) mod channel;
pub(crate) mod message;
