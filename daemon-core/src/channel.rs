//! One end of the channel between the daemon and a worker: messages over two rings in shared memory, and a doorbell.
//!
//! The channel does not know what the bytes of a message mean. Messages arrive whole and in the order in which they
//! were sent; one that is longer than the room in the ring travels in pieces. Only [`sleep`](Channel::sleep) waits.
//!
//! In each turn of a loop: [`flush`](Channel::flush), some of [`receive`](Channel::receive) and
//! [`send`](Channel::send), then [`notify`](Channel::notify), and before a sleep
//! [`enable_wakeup`](Channel::enable_wakeup), which may forbid it.
//!
//! The other end may be hostile: it can change any byte at any moment. It can forge messages, but it cannot crash this
//! end, make it read or write outside the segment, make it use unbounded memory, or keep a call from returning.

pub(crate) mod ring;
mod backlog;
mod rings;
pub(crate) mod header;
pub(crate) mod message;

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};

use self::header::{Areas, Header};
use self::ring::{Area, Broken};
use self::rings::Rings;
use crate::sys::memory::{PAGE, Segment};
use crate::sys::sync::{Doorbell, Rung};

/// Bytes of each of the two rings. When the ring is full, a sender keeps messages in its own backlog.
pub(crate) const RING: usize = 256 * 1024;

/// Bytes of a channel's segment.
pub(crate) const SEGMENT: usize = PAGE + 2 * RING;

/// One end of a channel.
#[derive(Debug)]
pub(crate) struct Channel {
    header: Header,
    doorbell: Doorbell,
    rings: Rings<Area>,
}

impl Channel {
    /// Creates the daemon's end, over a new segment, before the worker is started.
    ///
    /// `limit` is the longest message in bytes that is received; a longer one is [`Broken`].
    ///
    /// # Errors
    ///
    /// If the segment is too small for two rings.
    pub(crate) fn host(segment: Segment, doorbell: Doorbell, limit: usize) -> Result<Channel, Broken> {
        let header = Header::write(Arc::new(segment));
        let Areas { down, up } = header.areas()?;
        Ok(Channel { header, doorbell, rings: Rings::new(down, up, limit) })
    }

    /// Creates the worker's end, over a segment that the daemon has laid out. Called once for a segment.
    ///
    /// # Errors
    ///
    /// If the segment does not have the layout of this program.
    pub(crate) fn join(segment: Segment, doorbell: Doorbell, limit: usize) -> Result<Channel, Broken> {
        let header = Header::check(Arc::new(segment))?;
        let Areas { down, up } = header.areas()?;
        Ok(Channel { header, doorbell, rings: Rings::new(up, down, limit) })
    }

    /// Sends one message: the bytes of `parts`, concatenated.
    ///
    /// Bytes that do not fit wait in a backlog, which has no bound of its own: the caller checks
    /// [`backlog`](Channel::backlog) and stops in time. Once the other end has been found broken, nothing more is
    /// sent; [`receive`](Channel::receive) reports it.
    pub(crate) fn send(&mut self, parts: &[&[u8]]) {
        self.rings.send(parts);
    }

    /// Moves the backlog into the ring, as far as there is room.
    pub(crate) fn flush(&mut self) {
        self.rings.flush();
    }

    /// Bytes in the backlog; 0 if everything has been sent.
    pub(crate) fn backlog(&self) -> usize {
        self.rings.backlog()
    }

    /// Replaces `message` with the next one. Returns `false` if there is no whole message.
    ///
    /// The other end can send as fast as this one receives: the caller must bound how many messages it takes in a turn.
    ///
    /// # Errors
    ///
    /// If the other end violates the protocol. The channel stays broken.
    pub(crate) fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool, Broken> {
        self.rings.receive(message)
    }

    /// Whether there is something to receive: a part of a message, or the error that the other end is broken.
    pub(crate) fn has_news(&mut self) -> bool {
        self.rings.has_news()
    }

    /// Wakes the other end if it sleeps and there is something new for it: a message, or the room that it waits for.
    /// Call it once after a batch of sends and receives, and always before [`enable_wakeup`](Channel::enable_wakeup).
    /// Returns whether the other end was asleep. It does not report that the other end is gone.
    pub(crate) fn notify(&mut self) -> bool {
        let sleeps = self.rings.notify();
        if sleeps {
            self.doorbell.ring();
        }
        sleeps
    }

    /// Rings the other end, asleep or not: there is something new in the header.
    pub(crate) fn ring(&self) {
        self.doorbell.ring();
    }

    /// Announces that this end sleeps until its doorbell rings. Returns `false` if it must not sleep: there is
    /// something to receive or to flush, or the other end is broken, which [`receive`](Channel::receive) reports.
    ///
    /// The peer rings only once. Call this again before each sleep.
    pub(crate) fn enable_wakeup(&mut self) -> bool {
        self.rings.enable_wakeup()
    }

    /// Sleeps until the doorbell rings or the other end is gone. For callers without a poll.
    ///
    /// # Errors
    ///
    /// If the system call fails.
    pub(crate) fn sleep(&self) -> io::Result<()> {
        self.doorbell.wait(Duration::MAX).map(drop)
    }

    /// Returns how many times the doorbell was rung, and whether the other end is gone. Call it after each
    /// [`sleep`](Channel::sleep); it is not needed with an edge-triggered poll.
    pub(crate) fn drain_doorbell(&mut self) -> Rung {
        self.doorbell.drain()
    }

    /// The header of the segment.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Registers the doorbell with a poll under this token. A read-closed event means that the other end is gone.
    pub(crate) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        self.descriptors().iter().try_for_each(|descriptor| {
            registry.register(&mut SourceFd(&descriptor.as_raw_fd()), token, Interest::READABLE)
        })
    }

    /// Removes the doorbell from the poll. Call this before it is closed: a child that is being started has a copy of
    /// it, which would keep it in the poll.
    pub(crate) fn deregister(&self, registry: &Registry) {
        for descriptor in self.descriptors() {
            // Not an error if it was not registered.
            let _ = registry.deregister(&mut SourceFd(&descriptor.as_raw_fd()));
        }
    }

    /// The descriptors that an edge-triggered poll must watch. One of them reports end of file when the other end is
    /// gone.
    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        self.doorbell.descriptors()
    }
}

#[cfg(test)]
mod tests;
