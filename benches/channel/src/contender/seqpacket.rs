//! A socketpair that preserves message boundaries: one system call to send, one to receive.

use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};

use super::{End, Pass};
use crate::common::Outcome;

pub(super) struct Seqpacket {
    socket: OwnedFd,
    size: usize,
}

impl End for Seqpacket {
    fn host(size: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let (socket, other) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
        start(Pass { descriptors: [Some(other), None], ..Pass::default() })?;
        Ok(Self { socket, size })
    }

    fn join(size: usize, pass: Pass) -> Outcome<Self> {
        let [socket, _] = pass.descriptors;
        Ok(Self { socket: socket.ok_or("no socket was passed")?, size })
    }

    fn send(&mut self, message: &[u8]) -> Outcome<()> {
        let sent = send(self.socket.as_raw_fd(), message, MsgFlags::MSG_NOSIGNAL)?;
        if sent == message.len() { Ok(()) } else { Err("a message was cut".into()) }
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()> {
        message.resize(self.size, 0);
        let length = recv(self.socket.as_raw_fd(), message, MsgFlags::empty())?;
        if length == 0 {
            return Err("the other end is gone".into());
        }
        message.truncate(length);
        Ok(())
    }
}
