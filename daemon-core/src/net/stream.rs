//! A connected socket of any kind.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};

use super::tls::Session;

/// A connected socket. With TLS, what is read and written here is the plaintext.
#[derive(Debug)]
pub(crate) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<Session>),
}

impl Stream {
    /// Whether it is an inet socket.
    pub(crate) fn is_inet(&self) -> bool {
        !matches!(self, Stream::Unix(_))
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Unix(stream) => stream,
            Stream::Tcp(stream) => stream,
            Stream::Tls(session) => session.socket(),
        }
    }

    pub(crate) fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        registry.register(self.source(), token, interest)
    }

    pub(crate) fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        registry.reregister(self.source(), token, interest)
    }

    pub(crate) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(self.source())
    }

    /// Ends our side, so that the peer sees the end after the last byte.
    pub(crate) fn end(&mut self) {
        // It fails if the peer has already gone.
        let _ = match self {
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tls(session) => session.end(),
        };
    }

    /// Prepares for being closed, after everything was sent. Only a TLS peer needs to be told: otherwise it could not tell
    /// this end from a cut.
    pub(crate) fn close(&mut self) {
        if let Stream::Tls(_) = self {
            self.end();
        }
    }

    /// Reads. A TLS peer whose connection was cut, rather than ended, is reported as `UnexpectedEof`, and one that does not
    /// speak TLS as `InvalidData`.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => stream.read(buffer),
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Tls(session) => session.read(buffer),
        }
    }

    /// Whether there may be more to read after a short read, though the poll will not report it.
    pub(crate) fn has_more(&self) -> bool {
        match self {
            Stream::Unix(_) | Stream::Tcp(_) => false,
            Stream::Tls(session) => session.has_more(),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Unix(stream) => stream.write(bytes),
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Tls(session) => session.write(bytes),
        }
    }

    /// Sends what was written before and waits; returns whether nothing waits any more.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match self {
            Stream::Unix(_) | Stream::Tcp(_) => Ok(true),
            Stream::Tls(session) => session.flush(),
        }
    }

    /// Returns since when the peer has not completed its handshake, if it must.
    pub(crate) fn handshaking_since(&self) -> Option<Instant> {
        match self {
            Stream::Unix(_) | Stream::Tcp(_) => None,
            Stream::Tls(session) => session.handshaking_since(),
        }
    }

    /// Returns the fingerprint of the peer's certificate, once.
    pub(crate) fn take_certificate(&mut self) -> Option<Box<str>> {
        match self {
            Stream::Unix(_) | Stream::Tcp(_) => None,
            Stream::Tls(session) => session.take_certificate(),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Stream::Unix(stream) => stream.as_fd(),
            Stream::Tcp(stream) => stream.as_fd(),
            Stream::Tls(session) => session.as_fd(),
        }
    }
}
