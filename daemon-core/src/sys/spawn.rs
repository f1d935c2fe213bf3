//! Starting a program as a child, and the child's first steps.
//!
//! Children start by posix_spawn(3): its cost does not grow with the memory of the daemon. They get the declared
//! descriptors alone, the default disposition of every signal, an empty mask, and a process group of their own, so that a
//! Ctrl-C at the terminal reaches the daemon alone.
//!
//! # Safety
//!
//! This module may use unsafe code: descriptors that are known by number alone, and calls that `nix` does not wrap.
#![allow(unsafe_code)]

use std::env;
use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::libc;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::exit::Exit;
use super::process::threads;

/// The number of the first descriptor that a child gets beside 0 to 2.
const FIRST: RawFd = 3;
/// Descriptors on their way to a child are above this, so that none is overwritten before its turn.
const ABOVE: RawFd = 64;

/// This program's own file, kept open: an upgrade on disk does no harm to it.
pub(crate) struct Executable(OwnedFd);

impl Executable {
    pub(crate) fn own() -> io::Result<Self> {
        let file = open("/proc/self/exe", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())?;
        raise(&file).map(Executable)
    }

    /// The path of the file, as long as it is open.
    fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}

/// What a child is started with.
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a Executable,
    /// What it is called in the list of processes.
    pub(crate) name: &'a str,
    /// What its environment has beside ours.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// What become its descriptors 3, 4 and so on.
    pub(crate) descriptors: &'a [BorrowedFd<'a>],
}

/// Starts a child.
///
/// # Errors
///
/// That of posix_spawn(3): no more processes or no memory (`EAGAIN`, `ENOMEM`), no more descriptors.
pub(crate) fn spawn(launch: &Launch<'_>) -> io::Result<Pid> {
    let mut actions = PosixSpawnFileActions::init()?;
    let null = open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    actions.add_dup2(null.as_raw_fd(), 0)?;
    // Held until the child has been started.
    let passed = launch.descriptors.iter().map(raise).collect::<io::Result<Vec<_>>>()?;
    for (number, descriptor) in (FIRST..).zip(&passed) {
        actions.add_dup2(descriptor.as_raw_fd(), number)?;
    }
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETPGROUP,
    )?;
    attributes.set_sigdefault(&defaults())?;
    attributes.set_sigmask(&SigSet::empty())?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    let program = CString::new(launch.program.path())?;
    let arguments = [CString::new(launch.name)?];
    Ok(posix_spawn(program.as_c_str(), &actions, &attributes, &arguments, &environment(launch.environment)?)?)
}

/// Every signal that has a disposition.
fn defaults() -> SigSet {
    let mut all = SigSet::all();
    all.remove(Signal::SIGKILL);
    all.remove(Signal::SIGSTOP);
    all
}

fn environment(added: &[(&str, &str)]) -> io::Result<Vec<CString>> {
    let ours = env::vars_os().filter(|(name, _)| added.iter().all(|(other, _)| name != other));
    let added = added.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let variable = |(name, value): (OsString, OsString)| {
        CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).map_err(io::Error::from)
    };
    ours.chain(added).map(variable).collect()
}

/// The same file under a number that no child gets.
fn raise(descriptor: &impl std::os::fd::AsFd) -> io::Result<OwnedFd> {
    let number = fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(ABOVE))?;
    // SAFETY: the call has just made this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Reaps a child, if it has ended.
///
/// # Errors
///
/// If it is no child of this process, or somebody else has reaped it.
pub(crate) fn exited(child: Pid) -> io::Result<Option<Exit>> {
    loop {
        return match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(_, code)) => Ok(Some(Exit::Code(code))),
            Ok(WaitStatus::Signaled(_, signal, _)) => Ok(Some(Exit::Signal(signal as i32))),
            Ok(_) => Ok(None),
            Err(Errno::EINTR) => continue,
            Err(error) => Err(error.into()),
        };
    }
}

/// Takes over a descriptor that this process was started with.
///
/// # Errors
///
/// If there is none of that number.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers; of one that is not open it says so.
    let flags = Errno::result(unsafe { libc::fcntl(number, libc::F_GETFD) })?;
    // SAFETY: the descriptor is open, and this program has opened none of this number: its own are closed on exec, and
    // this one, checked below, is not.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    if flags & libc::FD_CLOEXEC != 0 {
        // It is one of ours after all: leave it to whoever has it.
        std::mem::forget(descriptor);
        return Err(io::Error::other(format!("descriptor {number} was not passed on")));
    }
    fcntl(&descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(descriptor)
}

/// Closes every descriptor from this number on.
pub(crate) fn close_from(first: RawFd) -> io::Result<()> {
    let first = libc::c_uint::try_from(first).map_err(io::Error::other)?;
    // SAFETY: called before this program has opened anything of its own above the number.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) };
    Errno::result(result).map(drop).map_err(io::Error::from)
}

/// Gives this process a name in the list of processes, of which the system keeps 15 bytes.
pub(crate) fn name_process(name: &str) -> io::Result<()> {
    let name = CString::new(name)?;
    nix::sys::prctl::set_name(&name).map_err(io::Error::from)
}

/// Takes a variable out of the environment, so that what this process starts does not get it.
///
/// # Errors
///
/// If there are other threads: one of them may be reading the environment.
pub(crate) fn forget_variable(name: &str) -> io::Result<()> {
    if threads()? != 1 {
        return Err(io::Error::other("the environment cannot change while there are threads"));
    }
    // SAFETY: this is the only thread, checked above.
    unsafe { env::remove_var(name) };
    Ok(())
}
