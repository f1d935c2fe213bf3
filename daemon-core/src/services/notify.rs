//! The socket of sd_notify(3): services say on it that they are ready, and what they do.
//!
//! There is one for all services. The kernel says which process has sent a message, and only that of a service, or one that
//! it has started, is listened to: any process of the machine can send here.

use std::fs;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Instant;

use nix::libc;
use nix::sys::socket::sockopt::PassCred;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, bind, getsockname, recvmsg,
    setsockopt, socket,
};
use nix::unistd::{Pid, close, getpgid};
use tracing::debug;

use super::Services;
use super::readiness::Awaiting;
use super::sources::Watched;
use crate::error::{OrError, Result};
use crate::supervisor::Supervisor;

/// The most messages read in one turn.
const MESSAGES: usize = 64;
/// The most bytes of one message; what is longer is not read.
const LONGEST: usize = 4096;
/// The most descriptors that come with one message (unix(7)).
const RIGHTS: usize = 253;
/// The most characters that are kept of a status.
const STATUS: usize = 256;
/// How many parents of a process are asked about.
const PARENTS: usize = 32;

/// The socket of sd_notify(3).
pub(super) struct NotifySocket {
    socket: OwnedFd,
    name: String,
    has_more: bool,
}

/// A message, and the process that has sent it.
struct Message {
    text: String,
    pid: i32,
}

impl NotifySocket {
    /// Makes a socket with a name of the kernel's choice, which no file has.
    fn new() -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Datagram, flags, None)?;
        setsockopt(&socket, PassCred, &true)?;
        bind(socket.as_raw_fd(), &UnixAddr::new_unnamed())?;
        let address: UnixAddr = getsockname(socket.as_raw_fd())?;
        let name = address.as_abstract().map(|name| format!("@{}", String::from_utf8_lossy(name)));
        let name = name.ok_or_else(|| io::Error::other("the socket has no name"))?;
        Ok(NotifySocket { socket, name, has_more: false })
    }

    /// Its name, as the variable `NOTIFY_SOCKET` has it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether there may be more messages than were read.
    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Reads a message; `None` if there is none. Descriptors that come with it are closed, which is what a sender of
    /// `BARRIER=1` waits for.
    fn read(&self) -> io::Result<Option<Message>> {
        let mut bytes = [0; LONGEST];
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let mut control = nix::cmsg_space!(libc::ucred, [std::os::fd::RawFd; RIGHTS]);
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC;
        let received =
            match recvmsg::<UnixAddr>(self.socket.as_raw_fd(), &mut parts, Some(&mut control), flags) {
                Ok(received) => received,
                Err(nix::errno::Errno::EAGAIN) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
        let mut pid = 0;
        for part in received.cmsgs()? {
            match part {
                ControlMessageOwned::ScmCredentials(sender) => pid = sender.pid(),
                ControlMessageOwned::ScmRights(descriptors) => {
                    descriptors.into_iter().for_each(|descriptor| {
                        let _ = close(descriptor);
                    });
                }
                _ => {}
            }
        }
        let length = received.bytes;
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        Ok(Some(Message { text, pid }))
    }
}

impl Services {
    /// Returns the name of the socket of sd_notify(3), which is made when it is first needed.
    pub(super) fn notify_socket(&mut self) -> Result<String> {
        if let Some(socket) = &self.notify {
            return Ok(socket.name().to_owned());
        }
        let socket = NotifySocket::new().or_error(|| "cannot make a socket for notifications".to_owned())?;
        self.sources.add(&self.registry, socket.socket.as_fd(), Watched::Notify)?;
        Ok(self.notify.insert(socket).name().to_owned())
    }

    /// Reads what services say, a bounded number of messages.
    pub(super) fn read_notifications(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for _ in 0..MESSAGES {
            let Some(socket) = &mut self.notify else { return };
            match socket.read() {
                Ok(Some(message)) => self.on_message(supervisor, &message, now),
                Ok(None) => {
                    socket.has_more = false;
                    return;
                }
                Err(error) => debug!("cannot read a notification: {error}"),
            }
        }
        if let Some(socket) = &mut self.notify {
            socket.has_more = true;
        }
    }

    fn on_message(&mut self, supervisor: &mut Supervisor, message: &Message, now: Instant) {
        let Some(index) = self.sender(message.pid) else {
            debug!(pid = message.pid, "a process that is of no service has sent a notification");
            return;
        };
        for line in message.text.lines() {
            match line.split_once('=') {
                Some(("READY", "1")) if matches!(self.table[index].awaiting, Awaiting::Notification) => {
                    self.is_ready(supervisor, index, now);
                }
                Some(("STATUS", status)) => {
                    self.table[index].status = Some(crate::brief::start(status, STATUS).to_owned());
                }
                _ => {}
            }
        }
    }

    /// Returns the service that a process belongs to: by itself, by its group, or by one of its parents.
    fn sender(&self, pid: i32) -> Option<usize> {
        let of = |pid: i32| self.pids.get(&pid).copied();
        let group = || getpgid(Some(Pid::from_raw(pid))).ok().and_then(|group| of(group.as_raw()));
        of(pid).or_else(group).or_else(|| {
            let parents = std::iter::successors(parent(pid), |pid| parent(*pid)).take(PARENTS);
            parents.into_iter().find_map(of)
        })
    }
}

/// Returns the parent of a process (proc_pid_stat(5)).
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program may contain anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok().filter(|parent| *parent > 1)
}
