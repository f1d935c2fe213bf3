//! One controller: what it sends and what it is sent, without any I/O.
//!
//! Bytes go in and lines come out of its [`Input`]; events go in and bytes come out of its [`Output`]. When to read and to
//! write is the business of [`controllers`](crate::controllers).

mod input;
mod output;

use std::os::fd::OwnedFd;

pub(crate) use self::input::{Command, Input};
pub(crate) use self::output::{Output, Pushed, Timeouts};
use crate::services::Slot;
use crate::text::Name;

/// What a controller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has the standard input and output of this program, which ends with it.
    Interactive,
    /// A file of commands. It gets no events.
    Config,
    /// A connection of the control socket.
    Socket,
    /// A connection of a running service.
    Service(Slot),
}

/// How far a dump of the state has come. The name is that of the last object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dump {
    Handles(Option<Name>),
    Services(Option<Name>),
    /// So many events about this service were sent.
    Service(Name, usize),
    /// The order of the last signal.
    Signals(u64),
}

impl Dump {
    pub(crate) const START: Dump = Dump::Handles(None);
}

/// The most descriptors that are kept for a controller that has passed them.
const KEPT: usize = 2;

/// The descriptors that a controller has passed, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Passed([Option<OwnedFd>; KEPT]);

impl Passed {
    /// Keeps a descriptor; returns it if there is no room.
    pub(crate) fn keep(&mut self, descriptor: OwnedFd) -> Option<OwnedFd> {
        match self.0.iter_mut().find(|place| place.is_none()) {
            Some(place) => place.replace(descriptor),
            None => Some(descriptor),
        }
    }

    /// Takes the oldest.
    pub(crate) fn take(&mut self) -> Option<OwnedFd> {
        self.0.rotate_left(1);
        self.0[KEPT - 1].take()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn two_descriptors_are_kept_and_the_oldest_comes_first() {
        let open = || OwnedFd::from(File::open("/dev/null").unwrap());
        let mut passed = Passed::default();
        let (first, second) = (open(), open());
        let numbers = [first.as_raw_fd(), second.as_raw_fd()];
        assert!(passed.take().is_none());
        assert!(passed.keep(first).is_none() && passed.keep(second).is_none());
        assert!(passed.keep(open()).is_some());
        let taken = [passed.take().unwrap(), passed.take().unwrap()];
        assert_eq!([taken[0].as_raw_fd(), taken[1].as_raw_fd()], numbers);
        assert!(passed.take().is_none());
    }
}
