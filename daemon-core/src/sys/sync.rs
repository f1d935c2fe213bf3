//! Waking another process up, and being woken by it: a [`Doorbell`].
//!
//! A byte on a socket, sent when the other side is known to sleep. What it is woken for stands in memory that both share;
//! the byte says nothing. That the other side is gone shows as end of file.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::socket::sockopt::SockType as OfType;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, getsockname, getsockopt, recv, send, socketpair,
};

/// How many sleeps a doorbell's bytes are left for before they are taken out: few enough that it never fills, at two rings
/// for each.
const SLEEPS: u32 = 16;

/// One end of a pair. It never blocks, and is closed on exec.
///
/// Made for an edge-triggered poll, as mio's: there a new byte is news even if older ones still lie in the socket, so that
/// they can stay there most of the time. For a poll that is level-triggered, take them out each time with
/// [`hush`](Doorbell::hush).
#[derive(Debug)]
pub(crate) struct Doorbell {
    socket: OwnedFd,
    /// Sleeps since bytes were taken out.
    sleeps: u32,
}

/// The other end is closed: its process has ended, or hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// What was found in a doorbell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// How many bytes were taken out; there may be more.
    pub(crate) bytes: usize,
    /// Whether the other end is closed.
    pub(crate) ended: bool,
}

impl Doorbell {
    /// A doorbell, and the other end for another process.
    pub(crate) fn pair() -> io::Result<(Doorbell, OwnedFd)> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (socket, other) = socketpair(AddressFamily::Unix, SockType::Stream, None, flags)?;
        Ok((Doorbell { socket, sleeps: 0 }, other))
    }

    /// The end that was handed over.
    ///
    /// # Errors
    ///
    /// If it is no unix stream socket.
    pub(crate) fn from_descriptor(socket: OwnedFd) -> io::Result<Doorbell> {
        // Of any other family there is no unix address.
        getsockname::<UnixAddr>(socket.as_raw_fd())?;
        if getsockopt(&socket, OfType)? != SockType::Stream {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the doorbell is no stream socket"));
        }
        let flags = OFlag::from_bits_retain(fcntl(&socket, FcntlArg::F_GETFL)?);
        fcntl(&socket, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        Ok(Doorbell { socket, sleeps: 0 })
    }

    /// Wakes the other side up.
    pub(crate) fn ring(&self) -> Result<(), Gone> {
        let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
        loop {
            match send(self.socket.as_raw_fd(), &[1], flags) {
                // Its byte would be no news, and is missed. Only who does not settle lets it come to that.
                Ok(_) | Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(_) => return Err(Gone),
            }
        }
    }

    /// To be called each time before the other side is told that this one sleeps. Takes out, now and then, the bytes of
    /// earlier sleeps, so that the socket never fills: a ring at a full one is lost.
    pub(crate) fn settle(&mut self) {
        self.sleeps += 1;
        if self.sleeps >= SLEEPS {
            self.sleeps = 0;
            self.hush();
        }
    }

    /// Takes bytes out, in one bounded read.
    pub(crate) fn hush(&self) -> Rung {
        let mut bytes = [0; 256];
        match recv(self.socket.as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => Rung { bytes: 0, ended: true },
            Ok(bytes) => Rung { bytes, ended: false },
            Err(Errno::EAGAIN | Errno::EINTR) => Rung { bytes: 0, ended: false },
            Err(_) => Rung { bytes: 0, ended: true },
        }
    }
}

impl AsFd for Doorbell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::File;
    use std::os::unix::net::{UnixDatagram, UnixStream};
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Events, Interest, Poll, Token};

    use super::*;

    fn pair() -> (Doorbell, Doorbell) {
        let (here, there) = Doorbell::pair().unwrap();
        (here, Doorbell::from_descriptor(there).unwrap())
    }

    /// A doorbell with an edge-triggered poll.
    fn polled(doorbell: &Doorbell) -> Poll {
        let poll = Poll::new().unwrap();
        poll.registry()
            .register(&mut SourceFd(&doorbell.socket.as_raw_fd()), Token(0), Interest::READABLE)
            .unwrap();
        poll
    }

    /// Whether there is an edge within the time, and whether it says that the other end is closed.
    fn edge(poll: &mut Poll, within: Duration) -> Option<bool> {
        let mut events = Events::with_capacity(1);
        poll.poll(&mut events, Some(within)).unwrap();
        events.iter().next().map(mio::event::Event::is_read_closed)
    }

    #[test]
    fn every_ring_is_an_edge_also_if_no_byte_is_taken_out() {
        let (here, there) = pair();
        let mut poll = polled(&there);
        for round in 0..100 {
            here.ring().unwrap();
            assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(false), "ring {round}");
            assert_eq!(edge(&mut poll, Duration::ZERO), None, "an edge is told of once");
        }
        assert_eq!(there.hush(), Rung { bytes: 100, ended: false });
    }

    #[test]
    fn who_settles_before_each_sleep_never_lets_the_doorbell_fill() {
        let (here, mut there) = pair();
        let mut poll = polled(&there);
        for sleep in 0..10_000 {
            there.settle();
            here.ring().unwrap();
            here.ring().unwrap();
            // Whoever sleeps only now and then is rung for all the same.
            if sleep % 1000 == 999 {
                assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(false), "sleep {sleep}");
            }
        }
        assert!(there.hush().bytes <= 2 * SLEEPS as usize);
    }

    #[test]
    fn a_doorbell_that_nobody_listens_to_does_not_block() {
        let (here, there) = pair();
        for _ in 0..100_000 {
            here.ring().unwrap();
        }
        let mut bytes = 0;
        loop {
            match there.hush() {
                Rung { bytes: 0, ended } => break assert!(!ended),
                heard => bytes += heard.bytes,
            }
        }
        assert!((64..100_000).contains(&bytes), "{bytes} bytes");
    }

    #[test]
    fn the_end_of_the_other_side_is_an_edge_and_told() {
        let (here, there) = pair();
        let mut poll = polled(&there);
        here.ring().unwrap();
        drop(here);
        assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(true));
        assert_eq!(there.ring(), Err(Gone));
        assert_eq!(there.hush(), Rung { bytes: 1, ended: false });
        assert_eq!(there.hush(), Rung { bytes: 0, ended: true });
    }

    #[test]
    fn a_doorbell_that_is_handed_over_blocking_does_not_block_any_more() {
        let (one, _other) = UnixStream::pair().unwrap();
        let doorbell = Doorbell::from_descriptor(one.into()).unwrap();
        assert_eq!(doorbell.hush(), Rung { bytes: 0, ended: false });
        let flags = OFlag::from_bits_retain(fcntl(&doorbell, FcntlArg::F_GETFL).unwrap());
        assert!(flags.contains(OFlag::O_NONBLOCK));
        assert_eq!(fcntl(&doorbell, FcntlArg::F_GETFD).unwrap(), FdFlag::FD_CLOEXEC.bits());
    }

    #[test]
    fn what_is_no_unix_stream_socket_is_no_doorbell() {
        assert!(Doorbell::from_descriptor(File::open("/dev/null").unwrap().into()).is_err());
        assert!(Doorbell::from_descriptor(UnixDatagram::pair().unwrap().0.into()).is_err());
        let inet = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(Doorbell::from_descriptor(inet.into()).is_err());
    }
}
