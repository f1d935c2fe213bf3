//! Connecting to a server's socket, even before it exists.

use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, UnixAddr};

use super::Outcome;

/// How long a socket may take to appear, or to have room in its queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects to `path` and returns a stream that does not block.
///
/// Tries again at once, without sleeping, while the socket is not there, not listening or has a full queue: a
/// sleep would be measured as the server's time.
pub(crate) fn connect(path: &Path) -> Outcome<UnixStream> {
    let address = UnixAddr::new(path)?;
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let stream = socket::socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match socket::connect(stream.as_raw_fd(), &address) {
            Ok(()) => return Ok(UnixStream::from(stream)),
            Err(Errno::ENOENT | Errno::ECONNREFUSED | Errno::EAGAIN) if Instant::now() < deadline => {
                thread::yield_now();
            }
            Err(errno) => {
                return Err(
                    format!("cannot connect to `{}` for {PATIENCE:?}: {errno}", path.display()).into()
                );
            }
        }
    }
}
