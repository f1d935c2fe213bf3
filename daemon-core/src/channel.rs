//! One end of the channel between the daemon and a worker: messages, over two rings in shared memory, and a doorbell.
//!
//! What the bytes of a message mean is not known here. A message is whole or not there at all, in the order in which they
//! were sent; one that is longer than the ring has room for travels in pieces. Nothing here waits.
//!
//! In each turn of a loop: [`flush`](Channel::flush), some of [`receive`](Channel::receive) and [`send`](Channel::send),
//! then [`notify`](Channel::notify), and in front of a sleep [`enable_wakeup`](Channel::enable_wakeup), which may forbid it.
//!
//! The other end may be hostile: it can change any byte, at any moment. It can make messages up, but neither crash this end,
//! nor make it read or write elsewhere, nor take memory without bound, nor keep a call from returning.

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

/// Bytes of each of the two rings. A sender finds no room in a full one, and keeps what it sends in its own backlog.
pub(crate) const RING: usize = 256 * 1024;

/// Bytes of the segment of a channel.
pub(crate) const SEGMENT: usize = PAGE + 2 * RING;

/// One end of a channel.
#[derive(Debug)]
pub(crate) struct Channel {
    header: Header,
    doorbell: Doorbell,
    rings: Rings<Area>,
}

impl Channel {
    /// The daemon's end, over a new segment, to be made before the worker is started.
    ///
    /// `limit` is how many bytes a message may have that is received: one byte more is [`Broken`].
    ///
    /// # Errors
    ///
    /// If the segment is too small for two rings.
    pub(crate) fn host(segment: Segment, doorbell: Doorbell, limit: usize) -> Result<Channel, Broken> {
        let header = Header::write(Arc::new(segment));
        let Areas { down, up } = header.areas()?;
        Ok(Channel { header, doorbell, rings: Rings::new(down, up, limit) })
    }

    /// The worker's end, over a segment that the daemon has made, once.
    ///
    /// # Errors
    ///
    /// If the segment is not laid out as this program does it.
    pub(crate) fn join(segment: Segment, doorbell: Doorbell, limit: usize) -> Result<Channel, Broken> {
        let header = Header::check(Arc::new(segment))?;
        let Areas { down, up } = header.areas()?;
        Ok(Channel { header, doorbell, rings: Rings::new(up, down, limit) })
    }

    /// Sends one message, the bytes of `parts` one after the other.
    ///
    /// What there is no room for waits in a backlog, which has no bound of its own: who sends looks at
    /// [`backlog`](Channel::backlog) and stops in time. Once the other end was found to be broken, nothing is sent any more,
    /// which [`receive`](Channel::receive) tells.
    pub(crate) fn send(&mut self, parts: &[&[u8]]) {
        self.rings.send(parts);
    }

    /// Moves what waits in the backlog into the ring, as far as there is room.
    pub(crate) fn flush(&mut self) {
        self.rings.flush();
    }

    /// Bytes that wait in the backlog; 0 if all has been sent.
    pub(crate) fn backlog(&self) -> usize {
        self.rings.backlog()
    }

    /// Replaces `message` by the next one, and gives back whether there was a whole one.
    ///
    /// The other end can send as fast as this one receives: how many to take in a turn is for the caller to bound.
    ///
    /// # Errors
    ///
    /// If the other end does what no sound one does. That is for good.
    pub(crate) fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool, Broken> {
        self.rings.receive(message)
    }

    /// Whether there is something to receive: a part of a message, or the news that the other end is broken.
    pub(crate) fn has_news(&mut self) -> bool {
        self.rings.has_news()
    }

    /// Wakes the other end if it sleeps and there is something new for it: a message, or room that it waits for. To be
    /// called once after a batch of sends and receives, always before [`enable_wakeup`](Channel::enable_wakeup). Gives back whether it slept;
    /// one that is gone is noticed by its end.
    pub(crate) fn notify(&mut self) -> bool {
        let sleeps = self.rings.notify();
        if sleeps {
            self.doorbell.ring();
        }
        sleeps
    }

    /// Wakes the other end, whatever it has said: what is new stands in the header.
    pub(crate) fn ring(&self) {
        self.doorbell.ring();
    }

    /// Says that this end sleeps until its doorbell rings. `false` if it must not: there is something to receive or to
    /// flush, or the other end is broken, which [`receive`](Channel::receive) tells.
    ///
    /// Who goes on with other things after that is rung for once, and has to say it anew before it sleeps again.
    pub(crate) fn enable_wakeup(&mut self) -> bool {
        self.rings.enable_wakeup()
    }

    /// Sleeps until the doorbell rings or the other end is gone: for who has no poll.
    ///
    /// # Errors
    ///
    /// If the system does not let it wait.
    pub(crate) fn sleep(&self) -> io::Result<()> {
        self.doorbell.wait(Duration::MAX).map(drop)
    }

    /// To be called after each [`sleep`](Channel::sleep); an edge-triggered poll needs it not. Takes out how often it was
    /// rung, and tells whether the other end is gone.
    pub(crate) fn drain_doorbell(&mut self) -> Rung {
        self.doorbell.drain()
    }

    /// What stands beside the rings.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Has a poll tell of the doorbell by this token; an event that is read-closed says that the other end is gone.
    pub(crate) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        self.descriptors().iter().try_for_each(|descriptor| {
            registry.register(&mut SourceFd(&descriptor.as_raw_fd()), token, Interest::READABLE)
        })
    }

    /// Takes the doorbell out of the poll. To be done before it is closed: a copy of it in a child that is just being started
    /// would keep it there.
    pub(crate) fn deregister(&self, registry: &Registry) {
        for descriptor in self.descriptors() {
            // One that was not in it is no loss.
            let _ = registry.deregister(&mut SourceFd(&descriptor.as_raw_fd()));
        }
    }

    /// What an edge-triggered poll has to watch. That the other end is gone shows as the end of one of them.
    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        self.doorbell.descriptors()
    }
}

#[cfg(test)]
mod tests;
