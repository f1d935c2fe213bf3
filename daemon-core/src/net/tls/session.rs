//! The daemon's side of one TLS connection.
//!
//! It behaves like a socket that the poll reports edge by edge: after a short read the poll reports what comes next,
//! unless [`has_more`](Session::has_more). Ciphertext that the socket does not take waits here, and bounds what is
//! written.

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use mio::net::TcpStream;
use rustls::ServerConnection;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

use super::Identity;

/// The most bytes that wait to be sent. In the other direction, rustls keeps a record and its plaintext, or a message of
/// the handshake of up to 64 KiB.
const WAITING: usize = 64 * 1024;
/// The most ciphertext that one read takes: a peer that sends records without content must not hold the loop.
const READ: usize = 64 * 1024;

/// The daemon's side of a TLS connection.
pub(crate) struct Session {
    socket: TcpStream,
    tls: ServerConnection,
    /// When the peer connected.
    since: Instant,
    /// The last read did not take everything that has arrived.
    more: bool,
    /// An error that came after plaintext, to be reported by the next read.
    failure: Option<io::Error>,
    /// The fingerprint of the peer's certificate, until it is taken.
    certificate: Option<Box<str>>,
    side: Side,
}

/// How far the end of our side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Open,
    /// Our last record, an alert, may wait to be sent. What still comes is discarded.
    Ending,
    /// The alert is sent, and the socket shut down.
    Ended,
}

/// What a read of the socket brought.
enum Fetched {
    /// That much ciphertext, and there may be more.
    Some(usize),
    /// The last that has arrived.
    Last,
    Nothing,
    /// The end of the handshake.
    Ready,
}

impl Session {
    /// Begins a session. The first step of the handshake is up to the peer.
    pub(crate) fn new(socket: TcpStream, identity: &Identity) -> io::Result<Self> {
        let mut tls = ServerConnection::new(identity.config()).map_err(io::Error::other)?;
        tls.set_buffer_limit(Some(WAITING));
        let (since, side) = (Instant::now(), Side::Open);
        Ok(Session { socket, tls, since, more: false, failure: None, certificate: None, side })
    }

    pub(crate) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Reads plaintext. After the end of our side, reads bytes that mean nothing any more.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the peer's side ended without an alert that says so: what came last may be incomplete.
    /// `InvalidData` if the peer breaks the rules of TLS. It was sent an alert, and nothing else can be sent.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.more = false;
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.side != Side::Open {
            return self.socket.read(buffer);
        }
        let mut filled = 0;
        match self.fill(buffer, &mut filled) {
            Err(error) if filled > 0 => {
                if error.kind() != ErrorKind::WouldBlock {
                    self.failure = Some(error);
                    self.more = true;
                }
                Ok(filled)
            }
            outcome => outcome.map(|()| filled),
        }
    }

    /// Fills the buffer, or as much of it as has arrived. It is `Ok` if the buffer is full, or at the peer's end.
    fn fill(&mut self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()> {
        let (mut taken, mut is_empty) = (0, false);
        loop {
            match self.tls.reader().read(&mut buffer[*filled..]) {
                Ok(count) if count == 0 || *filled + count == buffer.len() => {
                    *filled += count;
                    self.more = true;
                    return Ok(());
                }
                Ok(count) => *filled += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            // Without plaintext, only a read that finds nothing says that the peer's end is not next.
            if is_empty && *filled > 0 {
                return self.pause();
            }
            if taken >= READ {
                self.more = true;
                return Err(ErrorKind::WouldBlock.into());
            }
            match self.fetch()? {
                Fetched::Some(count) => taken += count,
                Fetched::Last => is_empty = true,
                Fetched::Nothing => return self.pause(),
                // The connection learns who its caller is before it gets the first request.
                Fetched::Ready => {
                    self.more = true;
                    return Err(ErrorKind::WouldBlock.into());
                }
            }
        }
    }

    /// Waits for the poll. rustls replaces the buffer of a large record by a small one when it reads: this lets it, so
    /// that an idle connection keeps little.
    fn pause(&mut self) -> io::Result<()> {
        let _ = self.tls.read_tls(&mut Nothing);
        Err(ErrorKind::WouldBlock.into())
    }

    /// Reads the socket once, decrypts what came, and sends what the handshake needs.
    fn fetch(&mut self) -> io::Result<Fetched> {
        let mut source = Source { socket: &mut self.socket, is_empty: false };
        let (count, is_empty) = match self.tls.read_tls(&mut source) {
            Ok(count) => (count, source.is_empty),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Fetched::Nothing),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Fetched::Some(0)),
            Err(error) => return Err(error),
        };
        let was_handshaking = self.tls.is_handshaking();
        let state = self.tls.process_new_packets().map_err(|error| self.fail(error))?;
        self.flush()?;
        if was_handshaking && !self.tls.is_handshaking() {
            self.certificate = self.tls.peer_certificates().and_then(|chain| fingerprint(chain.first()?));
            return Ok(Fetched::Ready);
        }
        // The poll does not report the end of the peer's side if its socket stays open.
        Ok(if is_empty && !state.peer_has_closed() { Fetched::Last } else { Fetched::Some(count) })
    }

    /// Ends our side with the alert that rustls has written.
    fn fail(&mut self, error: rustls::Error) -> io::Error {
        self.side = Side::Ending;
        // If the peer has gone, the next read says so.
        let _ = self.flush();
        io::Error::new(ErrorKind::InvalidData, error)
    }

    /// Whether a read may bring more, although the last one was short and the poll reports nothing.
    pub(crate) fn has_more(&self) -> bool {
        self.more
    }

    /// Encrypts as many of the bytes as there is room for, and sends what the socket takes.
    ///
    /// # Errors
    ///
    /// `WouldBlock` while earlier bytes wait, or the handshake is not complete.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.flush()? || self.tls.is_handshaking() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.tls.writer().write(bytes)?;
        self.flush()?;
        Ok(count)
    }

    /// Sends what waits, as far as the socket takes it; returns whether nothing waits any more.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.socket) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.side == Side::Ending {
            self.side = Side::Ended;
            self.socket.shutdown(Shutdown::Write)?;
        }
        Ok(true)
    }

    /// Ends our side: with an alert that says so, and that of the socket.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if self.side == Side::Open {
            self.side = Side::Ending;
            self.tls.send_close_notify();
        }
        self.flush().map(drop)
    }

    /// Returns since when the peer has been expected to complete the handshake.
    pub(crate) fn handshaking_since(&self) -> Option<Instant> {
        (self.side == Side::Open && self.tls.is_handshaking()).then_some(self.since)
    }

    /// Returns the fingerprint of the peer's certificate, once.
    pub(crate) fn take_certificate(&mut self) -> Option<Box<str>> {
        self.certificate.take()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("socket", &self.socket)
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

impl AsFd for Session {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A socket that notes whether a read has emptied it: then the poll reports what comes next (epoll(7)).
struct Source<'a> {
    socket: &'a mut TcpStream,
    is_empty: bool,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.read(buffer)?;
        self.is_empty = count < buffer.len();
        Ok(count)
    }
}

/// A source that has nothing at the moment.
struct Nothing;

impl Read for Nothing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

/// Returns the SHA-256 of a certificate in hexadecimal digits, as `openssl x509 -fingerprint` prints it, without colons.
fn fingerprint(certificate: &[u8]) -> Option<Box<str>> {
    let sha256 = TLS13_AES_128_GCM_SHA256.tls13()?.common.hash_provider;
    let mut text = String::new();
    for byte in sha256.hash(certificate).as_ref() {
        write!(text, "{byte:02x}").ok()?;
    }
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_a_sha256_in_hexadecimal_digits() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint(b"abc").as_deref(), Some(expected));
    }
}
