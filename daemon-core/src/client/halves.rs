//! A connection taken apart, for a program that reads and writes at the same time.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Client, Stream};
use crate::error::{Error, OrError, Result};

/// One direction of a connection.
pub(crate) enum Half {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Client {
    /// Returns what reads, and what writes.
    ///
    /// # Errors
    ///
    /// If the connection cannot be divided, as one with TLS.
    pub(crate) fn into_halves(self) -> Result<(Half, Half)> {
        let halves = match self.stream.into_inner() {
            Stream::Unix(stream) => stream.try_clone().map(|other| (Half::Unix(stream), Half::Unix(other))),
            Stream::Tcp(stream) => stream.try_clone().map(|other| (Half::Tcp(stream), Half::Tcp(other))),
            Stream::Tls(_) => {
                return Err(Error::usage("this needs a socket without TLS; name one with `--socket`"));
            }
        };
        halves.or_error(|| format!("cannot use the connection to `{}`", self.address))
    }
}

impl Half {
    /// Sets how long the next read or write may take.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Half::Unix(stream) => {
                stream.set_read_timeout(timeout).and_then(|()| stream.set_write_timeout(timeout))
            }
            Half::Tcp(stream) => {
                stream.set_read_timeout(timeout).and_then(|()| stream.set_write_timeout(timeout))
            }
        }
    }

    /// Ends one direction of the connection, or both.
    pub(crate) fn end(&self, how: Shutdown) {
        // A connection that has ended already is what is wanted.
        let _ = match self {
            Half::Unix(stream) => stream.shutdown(how),
            Half::Tcp(stream) => stream.shutdown(how),
        };
    }
}

impl Read for Half {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Half::Unix(stream) => stream.read(buffer),
            Half::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Half::Unix(stream) => stream.write(bytes),
            Half::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
