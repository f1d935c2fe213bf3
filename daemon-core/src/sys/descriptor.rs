//! Descriptors: where 0 to 2 lead, how many are allowed, which process is at the other end of a socket.
//!
//! # Safety
//!
//! This module may use unsafe code: closing by number, and calls and options that `nix` does not wrap.
#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{UnixCredentials, getsockopt};
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, write};

use super::process::writable;

/// Points standard input, output and error at /dev/null, so that none of these numbers can come to mean a socket.
pub(crate) fn silence() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}

/// Makes reads and writes fail instead of waiting.
pub(crate) fn set_nonblocking(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    fcntl(descriptor, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Makes reads and writes wait, for other processes that share the open file.
pub(crate) fn set_blocking(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    fcntl(descriptor, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Closes the descriptors that this process was started with, from this number on. Those that it has opened or taken
/// ownership of stay open.
pub(crate) fn close_from(first: RawFd) -> io::Result<()> {
    let open: Vec<RawFd> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|descriptor| *descriptor >= first)
        .collect();
    for descriptor in open {
        // The descriptor of the listing itself is closed by now; that is not an error.
        if is_inherited(descriptor).unwrap_or(false) {
            // SAFETY: nothing in this program owns a descriptor that is not closed on exec.
            unsafe { libc::close(descriptor) };
        }
    }
    Ok(())
}

/// Whether a descriptor would survive an exec. If so, this program has not opened it: Rust's library and this one open
/// all descriptors as closed on exec.
pub(super) fn is_inherited(number: RawFd) -> io::Result<bool> {
    // SAFETY: the call takes numbers, and reports a descriptor that is not open.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    Ok(Errno::result(flags)? & libc::FD_CLOEXEC == 0)
}

/// Writes as much to a pipe as fits, without blocking, even if the pipe was opened as blocking. Polling first would not
/// be enough: other writers may fill the pipe in between.
///
/// # Errors
///
/// `WouldBlock` if there is no room. If the system does not support such a write (pipes do since Linux 6.4), the pipe
/// is polled first.
pub(crate) fn write_now(pipe: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: the part points to bytes that live across the call, which only reads them.
    let result = unsafe { libc::pwritev2(pipe.as_raw_fd(), &raw const part, 1, -1, libc::RWF_NOWAIT) };
    match Errno::result(result) {
        Ok(written) => usize::try_from(written).map_err(io::Error::other),
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS) if writable(pipe, Duration::ZERO)? => Ok(write(pipe, bytes)?),
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error.into()),
    }
}

/// Raises the descriptor limit of this process to `wanted`, or as far as allowed.
pub(crate) fn allow(wanted: u64) -> io::Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard)?;
    }
    Ok(())
}

/// The credentials of the process that connected this unix socket, or that listens at its other end.
pub(crate) fn peer(socket: &impl AsFd) -> io::Result<UnixCredentials> {
    Ok(getsockopt(socket, PeerCredentials)?)
}

/// The supplementary groups of the process that connected this unix socket (`SO_PEERGROUPS`, since Linux 4.13).
pub(crate) fn peer_groups(socket: &impl AsFd) -> io::Result<Vec<u32>> {
    const OPTION: libc::c_int = 59;
    let mut groups: Vec<libc::gid_t> = vec![0; 32];
    loop {
        let mut bytes =
            libc::socklen_t::try_from(size_of_val(groups.as_slice())).map_err(io::Error::other)?;
        // SAFETY: the buffer has the length that is passed, and outlives the call.
        let result = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                OPTION,
                groups.as_mut_ptr().cast(),
                &raw mut bytes,
            )
        };
        let count = usize::try_from(bytes).map_err(io::Error::other)? / size_of::<libc::gid_t>();
        match Errno::result(result) {
            Ok(_) => {
                groups.truncate(count);
                groups.shrink_to_fit();
                return Ok(groups);
            }
            Err(Errno::ERANGE) if count > groups.len() => groups.resize(count, 0),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;

    #[test]
    fn a_write_to_a_full_pipe_does_not_block() {
        let (reader, writer): (OwnedFd, OwnedFd) = nix::unistd::pipe().unwrap();
        let line = [b'x'; 4096];
        let written = std::iter::repeat_with(|| write_now(writer.as_fd(), &line));
        let (mut bytes, mut failure) = (0, None);
        for result in written {
            match result {
                Ok(count) => bytes += count,
                Err(error) => {
                    failure = Some(error.kind());
                    break;
                }
            }
        }
        assert_eq!(failure, Some(io::ErrorKind::WouldBlock));
        assert!(bytes >= line.len());
        drop(reader);
        // A child that another test is just starting has a copy of the reader until it runs its program.
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        let after = std::iter::repeat_with(|| write_now(writer.as_fd(), &line).unwrap_err().kind());
        let mut in_time = after.take_while(|_| std::time::Instant::now() < deadline);
        assert_eq!(in_time.find(|kind| *kind != io::ErrorKind::WouldBlock), Some(io::ErrorKind::BrokenPipe));
    }
}
