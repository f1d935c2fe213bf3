//! A byte socketpair, each message after its length: one system call to send, and one to receive everything available,
//! as far as it fits into a buffer.

use std::io::{BufReader, IoSlice, Read, Write};
use std::os::unix::net::UnixStream;

use super::{End, Pass};
use crate::common::Outcome;

/// Bytes that are read at once; if a message is longer, its remaining bytes are read directly, not through the buffer.
const BUFFER: usize = 64 * 1024;

pub(super) struct Stream(BufReader<UnixStream>);

impl End for Stream {
    fn host(_: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self> {
        let (socket, other) = UnixStream::pair()?;
        start(Pass { descriptors: [Some(other.into()), None], ..Pass::default() })?;
        Ok(Self(BufReader::with_capacity(BUFFER, socket)))
    }

    fn join(_: usize, pass: Pass) -> Outcome<Self> {
        let [socket, _] = pass.descriptors;
        let socket = UnixStream::from(socket.ok_or("no socket was passed")?);
        Ok(Self(BufReader::with_capacity(BUFFER, socket)))
    }

    fn send(&mut self, message: &[u8]) -> Outcome<()> {
        let length = u32::try_from(message.len())?.to_le_bytes();
        let mut socket = self.0.get_ref();
        let sent = socket.write_vectored(&[IoSlice::new(&length), IoSlice::new(message)])?;
        let (length, message) = (&length[sent.min(4)..], &message[sent.saturating_sub(4)..]);
        socket.write_all(length)?;
        Ok(socket.write_all(message)?)
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        message.resize(u32::from_le_bytes(length) as usize, 0);
        Ok(self.0.read_exact(message)?)
    }
}
