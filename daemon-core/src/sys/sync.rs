//! A [`Doorbell`]: two processes wake each other.
//!
//! Each side has a bell, an eventfd(2), which the other side rings when this one sleeps. The bell carries no data: the
//! reason is in shared memory. Besides the bells there is a line, a socket that carries no data after the start: its
//! end of file shows that the other side is gone, which a bell cannot.
//!
//! # Safety
//!
//! This module may use unsafe code: it takes ownership of the descriptors received in a message.
#![allow(unsafe_code)]

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recv, recvmsg, sendmsg,
    socketpair,
};
use nix::unistd::{read, write};

use super::descriptor::set_nonblocking;
use super::process::readable;

/// One end of a doorbell. It never blocks, and is closed on exec.
///
/// For an edge-triggered poll such as mio's: each ring is an edge, even if earlier rings were not drained.
#[derive(Debug)]
pub(crate) struct Doorbell {
    liveness: OwnedFd,
    /// The bell that the other side rings.
    own: OwnedFd,
    /// The bell that this side rings.
    other: OwnedFd,
}

/// What was found in a doorbell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    /// How many times it was rung since the last drain.
    pub(crate) times: u64,
    /// Whether the other end is closed: its process has ended or closed it.
    pub(crate) ended: bool,
}

impl Doorbell {
    /// Creates a doorbell, and the other end's line for another process, over which the bells are sent.
    pub(crate) fn pair() -> io::Result<(Doorbell, OwnedFd)> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (liveness, far) = socketpair(AddressFamily::Unix, SockType::Stream, None, flags)?;
        let (own, other) = (bell()?, bell()?);
        let bells = [other.as_raw_fd(), own.as_raw_fd()];
        let message = [IoSlice::new(&[0])];
        let nobody: Option<&()> = None;
        sendmsg(
            liveness.as_raw_fd(),
            &message,
            &[ControlMessage::ScmRights(&bells)],
            MsgFlags::MSG_NOSIGNAL,
            nobody,
        )?;
        Ok((Doorbell { liveness, own, other }, far))
    }

    /// Creates the other end from the line that it was given.
    ///
    /// # Errors
    ///
    /// If no bells came over it.
    pub(crate) fn from_descriptor(liveness: OwnedFd) -> io::Result<Doorbell> {
        let (mut byte, mut space) = ([0], cmsg_space!([RawFd; 2]));
        let mut message = [IoSliceMut::new(&mut byte)];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC;
        let received = recvmsg::<()>(liveness.as_raw_fd(), &mut message, Some(&mut space), flags)?;
        let bells: Vec<OwnedFd> = received.cmsgs()?.flat_map(passed).collect();
        let [own, other] = <[OwnedFd; 2]>::try_from(bells)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the doorbell has no bells"))?;
        set_nonblocking(liveness.as_fd())?;
        fcntl(&liveness, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        Ok(Doorbell { liveness, own, other })
    }

    /// Wakes the other side, if it is still there.
    pub(crate) fn ring(&self) {
        loop {
            match write(&self.other, &1_u64.to_ne_bytes()) {
                Err(Errno::EINTR) => {}
                // Full after 2^64 unread rings, or filled by the other side, which only harms itself.
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Returns how many times it was rung, and resets that.
    pub(crate) fn drain(&self) -> Rung {
        let mut count = [0; 8];
        let times = match read(&self.own, &mut count) {
            Ok(_) => u64::from_ne_bytes(count),
            Err(_) => 0,
        };
        let ended =
            match recv(self.liveness.as_raw_fd(), &mut [0], MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_PEEK) {
                Ok(bytes) => bytes == 0,
                Err(error) => !matches!(error, Errno::EAGAIN | Errno::EINTR),
            };
        Rung { times, ended }
    }

    /// Waits until it is rung or the other side is gone. Returns `false` if `patience` runs out first.
    pub(crate) fn wait(&self, patience: Duration) -> io::Result<bool> {
        readable(&[self.own.as_fd(), self.liveness.as_fd()], patience)
    }

    /// What a poll must watch: the bell and the line.
    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        [self.own.as_fd(), self.liveness.as_fd()]
    }
}

fn bell() -> io::Result<OwnedFd> {
    Ok(EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?.into())
}

/// The descriptors of a message.
fn passed(message: ControlMessageOwned) -> Vec<OwnedFd> {
    match message {
        ControlMessageOwned::ScmRights(passed) => {
            let own = |descriptor| {
                // SAFETY: the kernel has just created this descriptor, and nothing else owns it.
                unsafe { OwnedFd::from_raw_fd(descriptor) }
            };
            passed.into_iter().map(own).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::File;
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use mio::unix::SourceFd;
    use mio::{Events, Interest, Poll, Token};

    use nix::fcntl::OFlag;

    use super::*;

    fn pair() -> (Doorbell, Doorbell) {
        let (here, there) = Doorbell::pair().unwrap();
        (here, Doorbell::from_descriptor(there).unwrap())
    }

    /// A doorbell with an edge-triggered poll.
    fn polled(doorbell: &Doorbell) -> Poll {
        let poll = Poll::new().unwrap();
        for descriptor in doorbell.descriptors() {
            let descriptor = descriptor.as_raw_fd();
            poll.registry().register(&mut SourceFd(&descriptor), Token(0), Interest::READABLE).unwrap();
        }
        poll
    }

    /// Waits for an edge. Returns whether it reports the other end as closed; `None` if the time runs out.
    fn edge(poll: &mut Poll, within: Duration) -> Option<bool> {
        let mut events = Events::with_capacity(2);
        poll.poll(&mut events, Some(within)).unwrap();
        (!events.is_empty()).then(|| events.iter().any(mio::event::Event::is_read_closed))
    }

    #[test]
    fn every_ring_is_an_edge_without_draining() {
        let (here, there) = pair();
        let mut poll = polled(&there);
        for round in 0..100 {
            here.ring();
            assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(false), "ring {round}");
            assert_eq!(edge(&mut poll, Duration::ZERO), None, "an edge is reported once");
        }
        assert_eq!(there.drain(), Rung { times: 100, ended: false });
        assert_eq!(there.drain(), Rung { times: 0, ended: false });
    }

    #[test]
    fn a_doorbell_that_is_never_drained_does_not_block() {
        let (here, there) = pair();
        (0..100_000).for_each(|_| here.ring());
        assert_eq!(there.drain(), Rung { times: 100_000, ended: false });
    }

    #[test]
    fn a_bell_that_the_other_side_has_filled_does_not_block() {
        let (here, there) = pair();
        write(&there.own, &(u64::MAX - 1).to_ne_bytes()).unwrap();
        here.ring();
        assert_eq!(there.drain().times, u64::MAX - 1);
    }

    #[test]
    fn the_end_of_the_other_side_is_an_edge_and_is_reported() {
        let (here, there) = pair();
        let mut poll = polled(&there);
        here.ring();
        assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(false));
        drop(here);
        assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(true));
        there.ring();
        assert_eq!(there.drain(), Rung { times: 1, ended: true });
        assert!(there.wait(Duration::ZERO).unwrap());
    }

    #[test]
    fn an_end_that_was_never_created_is_gone_when_its_line_is_closed() {
        let (here, there) = Doorbell::pair().unwrap();
        let mut poll = polled(&here);
        drop(there);
        assert_eq!(edge(&mut poll, Duration::from_secs(10)), Some(true));
        assert!(here.drain().ended);
    }

    #[test]
    fn a_ring_wakes_a_waiting_thread() {
        let (here, there) = pair();
        assert!(!there.wait(Duration::ZERO).unwrap());
        here.ring();
        assert!(there.wait(Duration::from_secs(10)).unwrap());
        there.drain();
        assert!(!there.wait(Duration::ZERO).unwrap());
    }

    #[test]
    fn a_blocking_line_is_made_non_blocking() {
        let (_here, there) = Doorbell::pair().unwrap();
        fcntl(&there, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
        fcntl(&there, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
        let doorbell = Doorbell::from_descriptor(there).unwrap();
        let flags = OFlag::from_bits_retain(fcntl(&doorbell.liveness, FcntlArg::F_GETFL).unwrap());
        assert!(flags.contains(OFlag::O_NONBLOCK));
        for descriptor in [&doorbell.liveness, &doorbell.own, &doorbell.other] {
            assert_eq!(fcntl(descriptor, FcntlArg::F_GETFD).unwrap(), FdFlag::FD_CLOEXEC.bits());
        }
    }

    #[test]
    fn a_line_without_bells_is_refused() {
        assert!(Doorbell::from_descriptor(File::open("/dev/null").unwrap().into()).is_err());
        assert!(Doorbell::from_descriptor(UnixDatagram::pair().unwrap().0.into()).is_err());
        let (one, other) = UnixStream::pair().unwrap();
        assert!(Doorbell::from_descriptor(one.into()).is_err());
        drop(other);
        let inet = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(Doorbell::from_descriptor(inet.into()).is_err());
    }
}
