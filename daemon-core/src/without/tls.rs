//! Replaces TLS without the feature `tls`: there is no session, and no certificate.

#[cfg(client)]
pub(crate) use self::client::{ClientSession, Handshake};
#[cfg(daemon)]
pub(crate) use self::server::{Identity, Session};

/// The side of a daemon.
#[cfg(daemon)]
mod server {
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::path::Path;
    use std::time::Instant;

    use mio::net::TcpStream;

    use crate::error::{Error, Result};

    /// The certificate of a daemon: there is none.
    #[derive(Debug)]
    pub(crate) enum Identity {}

    impl Identity {
        pub(crate) fn load(_: &Path, _: &Path, _: Option<&Path>) -> Result<Identity> {
            Err(Error::usage(crate::net::TLS_OFF))
        }

        pub(crate) fn reload(&self) -> Result<()> {
            match *self {}
        }
    }

    /// A TLS connection: there is none.
    #[derive(Debug)]
    pub(crate) enum Session {}

    impl Session {
        pub(crate) fn new(_: TcpStream, identity: &Identity) -> io::Result<Self> {
            match *identity {}
        }

        pub(crate) fn socket(&mut self) -> &mut TcpStream {
            match *self {}
        }

        pub(crate) fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            match *self {}
        }

        pub(crate) fn has_more(&self) -> bool {
            match *self {}
        }

        pub(crate) fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            match *self {}
        }

        pub(crate) fn flush(&mut self) -> io::Result<bool> {
            match *self {}
        }

        pub(crate) fn end(&mut self) -> io::Result<()> {
            match *self {}
        }

        pub(crate) fn handshaking_since(&self) -> Option<Instant> {
            match *self {}
        }

        pub(crate) fn take_certificate(&mut self) -> Option<Box<str>> {
            match *self {}
        }
    }

    impl AsFd for Session {
        fn as_fd(&self) -> BorrowedFd<'_> {
            match *self {}
        }
    }
}

/// The side of a client.
#[cfg(client)]
mod client {
    use std::io::{self, Read};
    use std::net::SocketAddr;
    use std::path::Path;
    use std::time::Duration;

    use crate::error::{Error, Result};

    /// A TLS connection that is not made.
    pub(crate) enum Handshake {}

    impl Handshake {
        pub(crate) fn new(_: &SocketAddr, _: Option<&Path>) -> Result<Self> {
            Err(Error::usage(crate::net::TLS_OFF))
        }

        pub(crate) fn connect(self, _: &SocketAddr, _: Duration) -> io::Result<ClientSession> {
            match self {}
        }
    }

    /// A TLS connection to a daemon: there is none.
    pub(crate) enum ClientSession {}

    impl ClientSession {
        pub(crate) fn set_timeouts(&self, _: Option<Duration>) -> io::Result<()> {
            match *self {}
        }

        pub(crate) fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            match *self {}
        }

        #[cfg(feature = "console")]
        pub(crate) fn socket(&self) -> &std::net::TcpStream {
            match *self {}
        }
    }

    impl Read for ClientSession {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            match *self {}
        }
    }
}
