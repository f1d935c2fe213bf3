//! The side of a client, which waits for each step.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::pem;
use crate::error::{Error, OrError, Result};

/// The remedy when nothing says which certificates to trust.
const NO_CA: &str =
    "name the file with the certificate of its authority, with --tls-ca or `Client::connect_trusting`";

/// A connection that is not made yet, with what the daemon is recognised by.
pub(crate) struct Handshake(ClientConnection);

impl Handshake {
    /// Prepares a connection to a daemon at `address` whose certificate is signed by one of those in `ca`, or is one of
    /// them.
    ///
    /// # Errors
    ///
    /// If that file is not given, or can't be used.
    pub(crate) fn new(address: &SocketAddr, ca: Option<&Path>) -> Result<Self> {
        let what = || format!("cannot recognise the daemon on `tls://{address}`");
        let Some(ca) = ca else { return Err(Error::usage(format!("{}: {NO_CA}", what()))) };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .or_error(what)?
            .with_root_certificates(pem::roots(ca)?)
            .with_no_client_auth();
        let name = ServerName::IpAddress(address.ip().into());
        ClientConnection::new(Arc::new(config), name).or_error(what).map(Handshake)
    }

    /// Connects, and completes the handshake. Each step takes no longer than `patience`.
    pub(crate) fn connect(mut self, address: &SocketAddr, patience: Duration) -> io::Result<ClientSession> {
        let mut socket = TcpStream::connect_timeout(address, patience)?;
        set_timeouts(&socket, Some(patience))?;
        while self.0.is_handshaking() {
            self.0.complete_io(&mut socket)?;
        }
        set_timeouts(&socket, None)?;
        Ok(ClientSession(StreamOwned::new(self.0, socket)))
    }
}

/// A TLS connection to a daemon.
pub(crate) struct ClientSession(StreamOwned<ClientConnection, TcpStream>);

impl ClientSession {
    #[cfg(feature = "console")]
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.0.sock
    }

    pub(crate) fn set_timeouts(&self, timeout: Option<Duration>) -> io::Result<()> {
        set_timeouts(&self.0.sock, timeout)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.write(bytes)?;
        self.0.flush()?;
        Ok(count)
    }
}

impl Read for ClientSession {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

fn set_timeouts(socket: &TcpStream, timeout: Option<Duration>) -> io::Result<()> {
    socket.set_read_timeout(timeout).and_then(|()| socket.set_write_timeout(timeout))
}
