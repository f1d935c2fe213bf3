//! The channel of daemon-core, with the poll in which its loops sleep.

use std::hint;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use daemon_core::__private::bench::Channel;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use super::{End, Pass};
use crate::common::Outcome;

/// How long an end that stays awake checks for a message before it sleeps.
const AWAKE: Duration = Duration::from_micros(50);

/// Checks between two reads of the clock.
const LOOKS: usize = 64;

/// Messages that are read before the other end is notified, as in a turn of a loop. A quarter of a ring of longer
/// messages counts as a turn too.
const TURN: usize = 64;
const TURN_BYTES: usize = 64 * 1024;

/// One end, and whether the parent's and the child's stay awake for a while.
pub(super) struct Ours<const PARENT: bool, const CHILD: bool> {
    channel: Channel,
    poll: Poll,
    events: Events,
    awake: bool,
    /// Messages and bytes that were read without notifying the other end yet.
    taken: (usize, usize),
}

impl<const PARENT: bool, const CHILD: bool> End for Ours<PARENT, CHILD> {
    const SPINS: bool = PARENT;

    fn host(size: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self> {
        let (channel, segment, doorbell) = Channel::host(size)?;
        start(Pass { descriptors: [Some(doorbell), Some(segment)], ..Pass::default() })?;
        Self::new(channel, PARENT)
    }

    fn join(size: usize, pass: Pass) -> Outcome<Self> {
        let [doorbell, segment] = pass.descriptors;
        let missing = "no channel was passed";
        Self::new(Channel::join(segment.ok_or(missing)?, doorbell.ok_or(missing)?, size)?, CHILD)
    }

    fn send(&mut self, message: &[u8]) -> Outcome<()> {
        self.channel.send(message);
        self.channel.notify();
        while self.channel.has_backlog() {
            self.sleep()?;
            self.channel.flush();
            self.channel.notify();
        }
        Ok(())
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()> {
        while !self.channel.receive(message)? {
            self.tell();
            if !self.awake || !self.look() {
                self.sleep()?;
            }
        }
        self.taken.0 += 1;
        self.taken.1 += message.len();
        if self.taken.0 >= TURN || self.taken.1 >= TURN_BYTES {
            self.tell();
        }
        Ok(())
    }
}

impl<const PARENT: bool, const CHILD: bool> Ours<PARENT, CHILD> {
    fn new(channel: Channel, awake: bool) -> Outcome<Self> {
        let poll = Poll::new()?;
        for descriptor in channel.descriptors() {
            poll.registry().register(&mut SourceFd(&descriptor.as_raw_fd()), Token(0), Interest::READABLE)?;
        }
        Ok(Self { channel, poll, events: Events::with_capacity(2), awake, taken: (0, 0) })
    }

    /// Notifies the other end that there is room.
    fn tell(&mut self) {
        self.taken = (0, 0);
        self.channel.notify();
    }

    /// Whether a message came while this end was checking.
    fn look(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < AWAKE {
            for _ in 0..LOOKS {
                if self.channel.has_news() {
                    return true;
                }
                hint::spin_loop();
            }
        }
        false
    }

    /// Sleeps until the doorbell rings, unless there is work.
    fn sleep(&mut self) -> Outcome<()> {
        if !self.channel.enable_wakeup() {
            return Ok(());
        }
        self.poll.poll(&mut self.events, None)?;
        if self.events.iter().any(mio::event::Event::is_read_closed) {
            return Err("the other end is gone".into());
        }
        Ok(())
    }
}
