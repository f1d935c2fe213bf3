//! Starting a program as a child, asking whether it has ended, and the first steps inside of one.
//!
//! A child starts by `posix_spawn`, which copies none of this process's memory, however much there is. It gets the
//! descriptors that are declared and no others, every signal at its default, and a process group of its own, so that a
//! Ctrl-C at the terminal reaches the daemon alone. What `posix_spawn` cannot set, such as its niceness, the child sets
//! itself.
//!
//! What a child has started belongs to its group, as long as it does not leave that: it is killed with the child, and when
//! the child has ended.
//!
//! # Safety
//!
//! This module may use unsafe code: `waitpid` as `nix` does not read it, descriptors by number, the environment.
#![allow(unsafe_code)]

use std::env;
use std::ffi::{CString, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::libc;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::prctl;
use nix::sys::signal::SigSet;
use nix::sys::stat::Mode;
use nix::unistd::Pid;

use super::descriptor::is_inherited;
use super::exit::Exit;
use super::process::threads;

/// The number that the first declared descriptor has in a child; those of the others follow.
const FIRST: RawFd = 3;
/// What a child is started from stands at this number or above, out of the way of what it is to get.
const ASIDE: RawFd = 16;

/// What a service manager tells one process alone (sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3)): a child that
/// had it would speak for us.
const PRIVATE: [&str; 6] =
    ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// A program, kept open: what happens to its path does no harm to it.
#[derive(Debug)]
pub(crate) struct Executable(OwnedFd);

impl Executable {
    /// The program that this process runs.
    pub(crate) fn own() -> io::Result<Self> {
        Executable::open(Path::new("/proc/self/exe"))
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).custom_flags(libc::O_PATH).open(path)?;
        Ok(Executable(aside(file.as_fd())?))
    }

    /// Its path in a process that has the same descriptor, as a child has until it is the new program.
    fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.0.as_raw_fd())
    }
}

/// A child to be started. Its input is /dev/null.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a Executable,
    /// What it is called in `ps`: its argument 0.
    pub(crate) name: &'a str,
    /// Its arguments from 1 on.
    pub(crate) arguments: &'a [&'a str],
    /// The variables that it gets of ours; `None` for all. Those that a service manager has set for this process alone are
    /// never among them.
    pub(crate) inherits: Option<&'a [&'a str]>,
    /// What its environment has beside these, or instead of them.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// What it finds at 3, 4 and so on: at most 13.
    pub(crate) descriptors: &'a [BorrowedFd<'a>],
    /// Whether its output and its errors go nowhere, instead of where ours do.
    pub(crate) silent: bool,
    /// Whether it starts with every signal blocked: what comes before it can hear waits until it does.
    pub(crate) deaf: bool,
}

/// Starts a child, and returns when it runs its program.
///
/// # Errors
///
/// If the program cannot be run, if there are too many processes or descriptors or too little memory, if a text contains
/// a zero byte.
pub(crate) fn spawn(launch: &Launch<'_>) -> io::Result<Pid> {
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_open(libc::STDIN_FILENO, "/dev/null", OFlag::O_RDONLY, Mode::empty())?;
    if launch.silent {
        actions.add_open(libc::STDOUT_FILENO, "/dev/null", OFlag::O_WRONLY, Mode::empty())?;
        actions.add_open(libc::STDERR_FILENO, "/dev/null", OFlag::O_WRONLY, Mode::empty())?;
    }
    // A number that is still to be given away is overwritten by none that is given away before.
    let kept: Vec<OwnedFd> =
        launch.descriptors.iter().map(|given| aside(*given)).collect::<Result<_, _>>()?;
    for (number, descriptor) in (FIRST..).zip(&kept) {
        if number >= ASIDE {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a child gets 13 descriptors at most"));
        }
        actions.add_dup2(descriptor.as_raw_fd(), number)?;
    }
    let path = launch.program.path();
    let (arguments, environment) = (arguments(launch)?, environment(launch)?);
    Ok(posix_spawn(path.as_str(), &actions, &attributes(launch.deaf)?, &arguments, &environment)?)
}

fn attributes(deaf: bool) -> io::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETPGROUP,
    )?;
    attributes.set_sigdefault(&SigSet::all())?;
    attributes.set_sigmask(&if deaf { SigSet::all() } else { SigSet::empty() })?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    Ok(attributes)
}

fn arguments(launch: &Launch<'_>) -> io::Result<Vec<CString>> {
    let texts = [launch.name].into_iter().chain(launch.arguments.iter().copied());
    texts.map(|text| Ok(CString::new(text)?)).collect()
}

fn environment(launch: &Launch<'_>) -> io::Result<Vec<CString>> {
    let added = launch.environment;
    let goes_on = |name: &OsString| {
        !PRIVATE.iter().any(|private| name == private)
            && launch.inherits.is_none_or(|names| names.iter().any(|known| name == known))
            && added.iter().all(|(other, _)| name != other)
    };
    let ours = env::vars_os().filter(|(name, _)| goes_on(name));
    let added = added.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let join = |(mut text, value): (OsString, OsString)| {
        text.push("=");
        text.push(value);
        Ok(CString::new(text.into_vec())?)
    };
    ours.chain(added).map(join).collect()
}

/// The same descriptor at a number that is out of the way, closed on exec.
fn aside(descriptor: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let number = fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(ASIDE)).map_err(|error| match error {
        // The number is beyond the limit (fcntl(2)).
        Errno::EINVAL => Errno::EMFILE,
        other => other,
    })?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Sends a signal to a child that was not reaped yet, so that the number means no other process.
pub(crate) fn signal(child: Pid, number: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers and changes nothing in memory.
    let result = unsafe { libc::kill(child.as_raw(), number) };
    Errno::result(result).map(drop).map_err(io::Error::from)
}

/// Kills a child that was not reaped yet, and what it has started.
pub(crate) fn kill(child: Pid) -> io::Result<()> {
    kill_group(child)?;
    // It may have gone over to another group itself.
    signal(child, libc::SIGKILL)
}

/// Kills what is left of the group of a child that was not reaped yet, so that no other group has its number.
fn kill_group(child: Pid) -> io::Result<()> {
    match signal(Pid::from_raw(-child.as_raw()), libc::SIGKILL) {
        // The group is empty, or what is left of it has got other rights than this process.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EPERM)) => Ok(()),
        result => result,
    }
}

/// Reaps a child of ours if it has ended, and kills what it has left of its group; `None` if it has not ended.
///
/// # Errors
///
/// Of the kind `NotFound` if somebody else in this process has reaped it. After any other it may still live.
pub(crate) fn exited(child: Pid) -> io::Result<Option<Exit>> {
    if !has_ended(child)? {
        return Ok(None);
    }
    kill_group(child)?;
    let mut status = 0;
    // SAFETY: the call writes one number, to a place that lives across it.
    unasked(|| unsafe { libc::waitpid(child.as_raw(), &raw mut status, 0) })?;
    Ok(Some(match libc::WIFSIGNALED(status) {
        true => Exit::Signal(libc::WTERMSIG(status)),
        false => Exit::Code(libc::WEXITSTATUS(status)),
    }))
}

/// Whether a child has ended. It is not reaped by that, and keeps its number.
fn has_ended(child: Pid) -> io::Result<bool> {
    let id = libc::id_t::try_from(child.as_raw()).map_err(io::Error::other)?;
    let mut info: libc::siginfo_t = {
        // SAFETY: it is plain data, of which zeros are a valid value.
        unsafe { std::mem::zeroed() }
    };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the call writes to a value that lives across it.
    unasked(|| unsafe { libc::waitid(libc::P_PID, id, &raw mut info, options) })?;
    // SAFETY: the call has filled it in, or left the zeros (waitid(2)).
    Ok(unsafe { info.si_pid() } != 0)
}

/// Makes a call of `wait` until no signal interrupts it.
fn unasked(mut call: impl FnMut() -> i32) -> io::Result<()> {
    loop {
        match Errno::result(call()) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(Errno::ECHILD) => return Err(io::Error::from(io::ErrorKind::NotFound)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes over a descriptor that this process was started with.
///
/// # Errors
///
/// If there is none of that number, or if it is one that this program has opened or taken over itself.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    if !is_inherited(number)? {
        return Err(io::Error::other(format!("descriptor {number} is this program's own")));
    }
    // SAFETY: it is open, and nothing in this program owns a descriptor that is not closed on exec.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    fcntl(&descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(descriptor)
}

/// Names this thread, and with it the process if it is the first one: the kernel keeps 15 bytes of it.
pub(crate) fn name_process(name: &str) -> io::Result<()> {
    Ok(prctl::set_name(&CString::new(name)?)?)
}

/// Removes a variable from the environment, if this is the only thread: another one might be reading it.
pub(crate) fn forget_variable(name: &str) -> io::Result<()> {
    let threads = threads()?;
    if threads != 1 {
        return Err(io::Error::other(format!(
            "the process has {threads} threads, which may read the environment"
        )));
    }
    // SAFETY: this is the only thread, checked above.
    unsafe { env::remove_var(name) };
    Ok(())
}

#[cfg(test)]
mod tests;
