//! Access to the channel for the bench: benches/channel is another package, and the channel is private.
//!
//! It is compiled only with `--cfg daemon_bench`, and in tests, so that it keeps compiling. It forwards every call. The
//! bench sleeps in its own poll.

use std::error::Error;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use crate::channel::{self, SEGMENT};
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::sync::Doorbell;

/// One end of a channel.
pub struct Channel(channel::Channel);

type Outcome<T> = Result<T, Box<dyn Error>>;

impl Channel {
    /// The daemon's end, for messages of at most `limit` bytes, and what the other end needs to join: the segment and
    /// the doorbell.
    pub fn host(limit: usize) -> Outcome<(Channel, OwnedFd, OwnedFd)> {
        let (segment, key) = Segment::create(Backing::Sealed, "bench", SEGMENT)?;
        let Key::Descriptor(descriptor) = key else {
            return Err(io::Error::from(io::ErrorKind::Unsupported).into());
        };
        let (doorbell, other) = Doorbell::pair()?;
        Ok((Channel(channel::Channel::host(segment, doorbell, limit)?), descriptor, other))
    }

    /// The worker's end.
    pub fn join(segment: OwnedFd, doorbell: OwnedFd, limit: usize) -> Outcome<Channel> {
        let (segment, doorbell) = (Segment::from_descriptor(segment)?, Doorbell::from_descriptor(doorbell)?);
        Ok(Channel(channel::Channel::join(segment, doorbell, limit)?))
    }

    /// Sends one message.
    pub fn send(&mut self, message: &[u8]) {
        self.0.send(&[message]);
    }

    /// Moves the backlog into the ring.
    pub fn flush(&mut self) {
        self.0.flush();
    }

    /// Whether the ring had no room for everything that was sent.
    pub fn has_backlog(&self) -> bool {
        self.0.backlog() > 0
    }

    /// Whether there is something to receive.
    pub fn has_news(&mut self) -> bool {
        self.0.has_news()
    }

    /// Receives one message, if there is one.
    pub fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<bool> {
        Ok(self.0.receive(message)?)
    }

    /// Wakes the other end if there is something new for it.
    pub fn notify(&mut self) {
        self.0.notify();
    }

    /// Whether this end may sleep.
    pub fn enable_wakeup(&mut self) -> bool {
        self.0.enable_wakeup()
    }

    /// The descriptors that an edge-triggered poll must watch.
    pub fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        self.0.descriptors()
    }
}
