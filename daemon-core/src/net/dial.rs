//! Connecting to a socket in bounded time: a listening process need not accept connections.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::sockopt::SendTimeout;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket};
use nix::sys::time::TimeVal;

/// Connects to a unix socket.
///
/// # Errors
///
/// `ConnectionRefused` if no process listens, `WouldBlock` if the queue of connections to be accepted stays full for
/// `patience` (unix(7), connect(2)).
pub(crate) fn unix(path: &Path, patience: Duration) -> io::Result<UnixStream> {
    let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    let (address, start) = (UnixAddr::new(path)?, Instant::now());
    loop {
        // This also bounds a connect. Zero would mean forever.
        let left = patience.saturating_sub(start.elapsed());
        set_send_timeout(&socket, left.max(Duration::from_micros(1)))?;
        match connect(socket.as_raw_fd(), &address) {
            Err(Errno::EINTR) => {}
            connected => break connected?,
        }
    }
    set_send_timeout(&socket, Duration::ZERO)?;
    Ok(socket.into())
}

fn set_send_timeout(socket: &impl std::os::fd::AsFd, timeout: Duration) -> io::Result<()> {
    let seconds = i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX);
    let timeout = TimeVal::new(seconds, timeout.subsec_micros().into());
    Ok(setsockopt(socket, SendTimeout, &timeout)?)
}

#[cfg(test)]
mod tests {
    use nix::sys::socket::{Backlog, bind, listen};

    use super::*;

    #[test]
    fn a_connect_does_not_wait_for_a_full_backlog() {
        let path = std::env::temp_dir().join(format!("dial-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let refused = unix(&path, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
        let listener = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
        bind(listener.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
        assert_eq!(unix(&path, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        listen(&listener, Backlog::new(0).unwrap()).unwrap();
        let _waiting = unix(&path, Duration::ZERO).unwrap();
        let full = unix(&path, Duration::from_millis(20)).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        std::fs::remove_file(path).unwrap();
    }
}
