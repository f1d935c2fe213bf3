//! System calls that `nix` does not wrap, or only with an allocation, and all of this program's unsafe code.
//!
//! # Safety
//!
//! This module may use unsafe code. What the system returns becomes an owned type at once.
#![allow(unsafe_code)]

pub(crate) mod fatal;
pub(crate) mod successor;

use std::ffi::c_char;
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::socket::{SockFlag, accept4};
use nix::unistd::{ForkResult, Pid};

use crate::text::Text;

/// Returns the system's text of an error.
pub(crate) fn describe(error: Errno) -> Text<96> {
    let mut text = [0_u8; 96];
    // SAFETY: the buffer has the length that is passed, and lives across the call.
    unsafe { libc::strerror_r(error as i32, text.as_mut_ptr().cast::<c_char>(), text.len()) };
    Text::of(text.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// Returns one of the descriptors 0 to 2.
pub(crate) fn standard(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: these three are never closed: Rust's library opens those that are missing, and `silence` only replaces them.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Points one of the descriptors 0 to 2 at /dev/null.
pub(crate) fn silence(number: RawFd) {
    let Ok(null) = File::options().read(true).write(true).open("/dev/null") else { return };
    // SAFETY: it replaces a descriptor that nothing here owns.
    unsafe { libc::dup2(null.as_raw_fd(), number) };
}

/// Takes a descriptor that this process was started with; `None` if it is not open. It must be called before this program
/// opens any, and once for each number.
pub(crate) fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: the call takes numbers, and reports a descriptor that is not open.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    // SAFETY: it is open, and nothing else here owns it: see above.
    (flags >= 0).then(|| unsafe { OwnedFd::from_raw_fd(number) })
}

/// Duplicates a descriptor, closed on exec, with a number above the standard ones.
pub(crate) fn duplicate(descriptor: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let number = fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(3))?;
    // SAFETY: the kernel has just created it, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Accepts a connection, closed on exec.
pub(crate) fn accept(socket: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let number = accept4(socket.as_raw_fd(), flags)?;
    // SAFETY: the kernel has just created it, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Has a descriptor stay open on an exec.
pub(crate) fn keep_on_exec(descriptor: BorrowedFd<'_>) -> Result<(), Errno> {
    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty())).map(drop)
}

/// Forks; the process has one thread.
pub(crate) fn fork() -> Result<ForkResult, Errno> {
    // SAFETY: there is no other thread, whose locks the child could find taken.
    unsafe { nix::unistd::fork() }
}

/// Ends this process, and nothing else: nothing is dropped.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: it does not return.
    unsafe { libc::_exit(code) }
}

/// Writes without waiting, as far as the system can: a pipe or a socket that is full is reported as `EAGAIN`, even if it was
/// opened as blocking. What has no such write is written to as usual.
pub(crate) fn write_now(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: the part points to bytes that live across the call, which only reads them.
    let result = unsafe { libc::pwritev2(descriptor.as_raw_fd(), &raw const part, 1, -1, libc::RWF_NOWAIT) };
    match Errno::result(result) {
        Ok(written) => Ok(usize::try_from(written).unwrap_or_default()),
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL) => nix::unistd::write(descriptor, bytes),
        Err(error) => Err(error),
    }
}

/// The most descriptors that one message can bring: the kernel closes those beyond.
const MOST_PASSED: usize = 8;

/// Reads from a socket, and passes on the descriptors that came with the bytes.
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    bytes: &mut [u8],
    mut passed: impl FnMut(OwnedFd),
) -> Result<usize, Errno> {
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // As many words as the headers and the descriptors take, with room for alignment.
    let mut control = [0_u64; 4 + MOST_PASSED / 2];
    // SAFETY: it is plain data, for which all zeros are a valid value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    // SAFETY: it computes a length.
    let length = unsafe { libc::CMSG_SPACE((MOST_PASSED * size_of::<RawFd>()) as u32) } as usize;
    message.msg_controllen = length.min(size_of_val(&control));
    // SAFETY: the message points to buffers that live across the call, with their lengths.
    let read = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) };
    let read = usize::try_from(Errno::result(read)?).unwrap_or_default();
    // SAFETY: the kernel has filled in the message.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    while !header.is_null() {
        // SAFETY: the header is within the control buffer.
        take_passed(unsafe { &*header }, &mut passed);
        // SAFETY: as above; the result is within the buffer or null.
        header = unsafe { libc::CMSG_NXTHDR(&raw const message, header) };
    }
    Ok(read)
}

fn take_passed(header: &libc::cmsghdr, passed: &mut impl FnMut(OwnedFd)) {
    if (header.cmsg_level, header.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
        return;
    }
    // SAFETY: it computes a length.
    let before = unsafe { libc::CMSG_LEN(0) } as usize;
    let count = header.cmsg_len.saturating_sub(before) / size_of::<RawFd>();
    // SAFETY: the data follows the header.
    let data = unsafe { libc::CMSG_DATA(ptr::from_ref(header)) }.cast::<RawFd>();
    for place in 0..count {
        // SAFETY: the header says how many there are. The kernel has just created them, and nothing else owns them.
        passed(unsafe { OwnedFd::from_raw_fd(ptr::read_unaligned(data.add(place))) });
    }
}

/// Sets every signal that is ignored to its default, and unblocks all, for a program that takes the place of this one. Signals
/// with a handler get their default from the exec itself.
fn reset_signals() {
    for number in 1..=64 {
        // SAFETY: it is plain data, for which all zeros are a valid value.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: the action lives across the call; one that cannot be read stays zero.
        unsafe { libc::sigaction(number, ptr::null(), &raw mut action) };
        if action.sa_sigaction == libc::SIG_IGN {
            // SAFETY: the default action runs no code of this program.
            unsafe { libc::signal(number, libc::SIG_DFL) };
        }
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

/// Ignores SIGPIPE again, after an exec that has failed.
fn ignore_broken_pipes() {
    // SAFETY: no handler is involved.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Sends a signal by its number, which `nix` would restrict to those that it knows.
pub(crate) fn kill(target: Pid, number: i32) -> Result<(), Errno> {
    // SAFETY: the call takes numbers.
    Errno::result(unsafe { libc::kill(target.as_raw(), number) }).map(drop)
}

/// The number of a signal, and how it is written.
pub(crate) fn signal_name(number: i32) -> &'static str {
    match Signal::try_from(number) {
        Ok(signal) => signal.as_str(),
        Err(_) => "SIG-?",
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn errors_are_described_as_the_system_does() {
        assert_eq!(describe(Errno::ENOENT).as_bytes(), b"No such file or directory");
        assert_eq!(describe(Errno::EOPNOTSUPP).as_bytes(), b"Operation not supported");
    }

    #[test]
    fn a_full_pipe_is_reported_and_not_waited_for() {
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let full = std::iter::repeat_with(|| write_now(writer.as_fd(), &[0; 4096])).find_map(Result::err);
        assert_eq!(full, Some(Errno::EAGAIN));
        drop(reader);
    }

    #[test]
    fn descriptors_arrive_with_the_bytes() {
        use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
        let (ours, theirs) = UnixStream::pair().unwrap();
        let passed = [ours.as_raw_fd(), theirs.as_raw_fd()];
        let parts = [io::IoSlice::new(b"hi")];
        let with = [ControlMessage::ScmRights(&passed)];
        sendmsg::<()>(theirs.as_raw_fd(), &parts, &with, MsgFlags::empty(), None).unwrap();
        let (mut bytes, mut taken) = ([0; 10], Vec::new());
        let read = receive(ours.as_fd(), &mut bytes, |descriptor| taken.push(descriptor)).unwrap();
        assert_eq!((&bytes[..read], taken.len()), (&b"hi"[..], 2));
        // They are sockets of their own.
        nix::unistd::write(&taken[0], b"x").unwrap();
        assert_eq!(receive(theirs.as_fd(), &mut bytes, drop), Ok(1));
    }
}
