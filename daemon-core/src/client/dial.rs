//! How to connect once more, and how another thread ends a connection.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use super::{CONNECTING, Client, Stream};
use crate::error::Result;
use crate::net::Endpoint;
use crate::sys::process::is_closed;

/// What is needed to connect as a client did.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    pub(super) endpoint: Endpoint,
    /// With TLS, the file with the certificates to trust.
    pub(super) ca: Option<PathBuf>,
    pub(super) timeout: Option<Duration>,
}

impl Dial {
    /// Connects.
    pub(crate) fn connect(&self) -> Result<Client> {
        let mut client = Client::to(&self.endpoint, self.ca.as_deref(), CONNECTING)?;
        client.set_timeout(self.timeout)?;
        Ok(client)
    }
}

/// Ends a connection that another thread uses: that thread finds it closed.
pub(crate) enum Closer {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Closer {
    /// Ends the connection.
    pub(crate) fn close(&self) {
        // If it has ended, there is nothing to do.
        let _ = match self {
            Closer::Unix(stream) => stream.shutdown(Shutdown::Both),
            Closer::Tcp(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

impl Client {
    /// Returns how to connect as this client did.
    pub(crate) fn dial(&self) -> Dial {
        Dial { timeout: self.timeout, ..self.dial.clone() }
    }

    /// Returns what ends this connection.
    pub(crate) fn closer(&self) -> io::Result<Closer> {
        match self.stream.get_ref() {
            Stream::Unix(stream) => stream.try_clone().map(Closer::Unix),
            Stream::Tcp(stream) => stream.try_clone().map(Closer::Tcp),
            Stream::Tls(session) => session.socket().try_clone().map(Closer::Tcp),
        }
    }

    /// Waits until the daemon has closed the connection. Returns `false` if `patience` runs out first.
    pub(crate) fn is_closed(&self, patience: Duration) -> bool {
        let descriptor = match self.stream.get_ref() {
            Stream::Unix(stream) => stream.as_fd(),
            Stream::Tcp(stream) => stream.as_fd(),
            Stream::Tls(session) => session.socket().as_fd(),
        };
        is_closed(descriptor, patience).unwrap_or(true)
    }
}
