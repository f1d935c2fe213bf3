//! The poll that a loop sleeps in, and the meaning of its tokens.
//!
//! Everything registered here is named by a [`Source`]. A source whose number can be reused has a generation, so that
//! readiness reported for an old source never reaches the one that replaced it.

mod watch;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Registry, Token, Waker};

pub use self::watch::{Readiness, WatchId};
pub(crate) use self::watch::{renew, unwatch, watch};
use crate::caller::ConnectionId;
use crate::error::{OrError, Result};

/// The most readiness events that one poll reports; the next poll reports the others.
const EVENTS: usize = 256;

/// The meaning of a token of the poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Another thread wakes the loop.
    Waker,
    /// A signal has arrived.
    Signals,
    /// A listening socket, by its index.
    Listener(usize),
    /// The doorbell of a process at the other end of a channel.
    Doorbell(ChannelId),
    Connection(ConnectionId),
    /// A descriptor of user code.
    Watch(WatchId),
    /// A descriptor that belongs to a service, by its number.
    Service(u64),
}

/// A channel: the index of its process, and how many channels had this index before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChannelId {
    pub(crate) index: usize,
    pub(crate) generation: u32,
}

/// The lowest bits of a token hold the kind of source.
const KIND_BITS: u32 = 3;
/// The bits of a channel's index; its generation is above them.
const INDEX_BITS: u32 = 13;

impl From<Source> for Token {
    #[allow(clippy::cast_possible_truncation)] // A word has 64 bits.
    fn from(source: Source) -> Token {
        let (kind, number) = match source {
            Source::Waker => (0, 0),
            Source::Signals => (1, 0),
            Source::Listener(index) => (2, index),
            Source::Doorbell(id) => (3, (id.generation as usize) << INDEX_BITS | id.index),
            Source::Connection(id) => (4, id.0 as usize),
            Source::Watch(id) => (5, id.0 as usize),
            Source::Service(number) => (6, number as usize),
        };
        Token(number << KIND_BITS | kind)
    }
}

impl From<Token> for Source {
    #[allow(clippy::cast_possible_truncation)] // A generation was made of 32 bits.
    fn from(Token(token): Token) -> Source {
        let number = token >> KIND_BITS;
        match token & ((1 << KIND_BITS) - 1) {
            0 => Source::Waker,
            1 => Source::Signals,
            2 => Source::Listener(number),
            3 => Source::Doorbell(ChannelId {
                index: number & ((1 << INDEX_BITS) - 1),
                generation: (number >> INDEX_BITS) as u32,
            }),
            4 => Source::Connection(ConnectionId(number as u64)),
            5 => Source::Watch(WatchId(number as u64)),
            _ => Source::Service(number as u64),
        }
    }
}

/// The one blocking call of a turn.
pub(crate) struct Poller {
    poll: Poll,
    events: Events,
    /// Whether a signal interrupted the last wait.
    interrupted: bool,
}

impl Poller {
    pub(crate) fn new() -> Result<Self> {
        let poll = Poll::new().or_error(|| "cannot make a poll".to_owned())?;
        Ok(Poller { poll, events: Events::with_capacity(EVENTS), interrupted: false })
    }

    /// The registry for sources.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Returns a function that wakes the poll from any thread. There can be one, and its clones.
    pub(crate) fn waker(&self) -> Result<impl Fn() + Clone + Send + Sync + 'static> {
        let waker = Waker::new(self.registry(), Source::Waker.into());
        let waker = Arc::new(waker.or_error(|| "cannot make a waker".to_owned())?);
        // If it fails, the loop is awake or gone.
        Ok(move || drop(waker.wake()))
    }

    /// Waits until something is ready, or until `timeout` has passed if there is one.
    ///
    /// # Errors
    ///
    /// If the system call fails. A signal that interrupts the wait only ends it.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.interrupted = false;
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.interrupted = true;
                self.events.clear();
                Ok(())
            }
            Err(error) => Err(error).or_error(|| "cannot wait for events".to_owned()),
        }
    }

    /// Whether a signal interrupted the last wait: it has arrived, even if its handler could not write to the pipe that wakes
    /// the poll.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// The events of the last wait.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (Source, &Event)> {
        self.events.iter().map(|event| (event.token().into(), event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_token_of_its_own() {
        let channel = |index, generation| Source::Doorbell(ChannelId { index, generation });
        let sources = [
            Source::Waker,
            Source::Signals,
            Source::Listener(0),
            Source::Listener(7),
            channel(0, 0),
            channel(0, 1),
            channel(8191, 0),
            channel(8191, u32::MAX),
            Source::Connection(ConnectionId(0)),
            Source::Connection(ConnectionId(1 << 24)),
            Source::Connection(ConnectionId(1 << 60)),
            Source::Watch(WatchId(0)),
            Source::Watch(WatchId(1 << 60)),
            Source::Service(0),
            Source::Service(1 << 60),
        ];
        for (index, source) in sources.iter().enumerate() {
            let token = Token::from(*source);
            assert_eq!(Source::from(token), *source);
            assert!(sources[..index].iter().all(|other| Token::from(*other) != token), "{source:?}");
        }
    }
}
