//! Starting a program as a child, checking whether it has ended, and the first steps inside a child.
//!
//! A child gets the declared descriptors and no others, every signal at its default, and usually its own process group, so
//! that a Ctrl-C at the terminal reaches only the daemon.
//!
//! Processes that a child starts stay in its group unless they leave it. They are killed with the child, and when the
//! child has ended.
//!
//! # Safety
//!
//! This module may use unsafe code: `waitpid` with statuses that `nix` cannot read, descriptors by number, the
//! environment.
#![allow(unsafe_code)]

mod child;
mod launcher;

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::sys::prctl;
use nix::sys::resource::Resource;
use nix::unistd::{AccessFlags, Gid, Pid, Uid, access};

use self::child::{Plan, Texts};
pub use self::launcher::{Failure, Launcher};
use super::descriptor::is_inherited;
use super::exit::Exit;
use super::process::threads;

/// Our copies of a child's descriptors get this number or a higher one, to avoid 0 to 2.
const ASIDE: RawFd = 16;

/// The numbers of the standard streams.
const STREAMS: [RawFd; 3] = [libc::STDIN_FILENO, libc::STDOUT_FILENO, libc::STDERR_FILENO];

/// The variables that a service manager sets for one process alone (sd_notify(3), sd_listen_fds(3),
/// sd_watchdog_enabled(3)). A child with these variables would speak for us.
const PRIVATE: [&str; 6] =
    ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// A program, kept open, so that changes at its path do not affect it.
#[derive(Debug)]
pub(crate) struct Executable(OwnedFd);

impl Executable {
    /// The program that this process runs.
    pub(crate) fn own() -> io::Result<Self> {
        Executable::open(Path::new("/proc/self/exe"))
    }

    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).custom_flags(libc::O_PATH).open(path)?;
        Ok(Executable(aside(file.as_fd(), ASIDE)?))
    }
}

/// The program of a child.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program<'a> {
    /// A program that is kept open. A script with a `#!` line cannot be started this way: its interpreter would have to
    /// open it again, and the descriptor is closed by then.
    Opened(&'a Executable),
    /// The file that has this path now. A relative path is resolved in the directory that the child starts in; `PATH`
    /// is not searched.
    Path(&'a Path),
}

/// A child to start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) program: Program<'a>,
    /// Its arguments. The first one is its name in `ps`.
    pub(crate) arguments: &'a [&'a OsStr],
    /// The variables it inherits from us; `None` for all. Those that a service manager has set for this process alone
    /// are never inherited.
    pub(crate) inherits: Option<&'a [&'a OsStr]>,
    /// Variables that it gets as well; these override inherited ones.
    pub(crate) environment: &'a [(&'a OsStr, &'a OsStr)],
    /// Its descriptors, each with its number in the child.
    pub(crate) descriptors: &'a [(RawFd, BorrowedFd<'a>)],
    /// What it has as its input, output and errors, where its descriptors do not say.
    pub(crate) streams: Streams,
    /// The directory it starts in; ours if `None`.
    pub(crate) directory: Option<&'a Path>,
    /// Whether it starts with every signal blocked: those that arrive early stay pending until it unblocks them.
    pub(crate) blocked: bool,
    pub(crate) group: Group,
    pub(crate) rights: &'a Rights,
    /// The signal that it gets when this process ends in whatever way; `None` if it lives on.
    pub(crate) orphan: Option<i32>,
}

/// The standard streams of a child that are not among its descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streams {
    /// Its input is /dev/null, its output and its errors go where ours go.
    Outputs,
    /// All are /dev/null.
    Null,
    /// All are closed.
    Closed,
}

/// The process group of a child. What is left of a new one when the child has ended is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It leads a new one.
    Own,
    /// It leads a new session, which has no terminal, and a new group in it.
    Session,
    /// It is in ours, and what it has started is left alone when it ends.
    Inherited,
}

/// The rights and limits of a child, where they differ from ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) user: Option<Uid>,
    /// The group, then the supplementary groups.
    pub(crate) groups: Option<Vec<Gid>>,
    /// Soft and hard limits.
    pub(crate) limits: Vec<(Resource, u64, u64)>,
    /// From -20 to 19.
    pub(crate) niceness: Option<i32>,
    /// The permissions that new files do not get.
    pub(crate) umask: Option<u32>,
}

/// Returns the path of a program: of the first one with this name in the directories of `PATH`, unless the name is a path.
///
/// # Errors
///
/// The kind is `NotFound` if there is none.
pub(crate) fn find(name: &OsStr) -> io::Result<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return Ok(name.into());
    }
    let runs = |path: &PathBuf| path.is_file() && access(path, AccessFlags::X_OK).is_ok();
    let directories = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&directories).map(|directory| directory.join(name)).find(runs);
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such program in `PATH`"))
}

/// Starts a child. Returns once the child runs its program.
///
/// # Errors
///
/// If the program cannot be run, the directory cannot be entered or the rights cannot be set, if there are too many
/// processes or descriptors or too little memory. The kind is `InvalidInput` if a text contains a zero byte, a descriptor
/// number is negative, or two descriptors have the same number.
pub(crate) fn spawn(launch: &Launch<'_>) -> io::Result<Pid> {
    let floor = above(launch.descriptors)?;
    // Every source is above every target, so that no target overwrites a source that is still needed.
    let with_null = with_null(launch, floor)?;
    let sources: Vec<OwnedFd> =
        launch.descriptors.iter().map(|(_, source)| aside(*source, floor)).collect::<Result<_, _>>()?;
    let targets = launch.descriptors.iter().map(|(target, _)| *target);
    let null =
        with_null.iter().flat_map(|(null, numbers)| numbers.iter().map(|number| (null.as_raw_fd(), *number)));
    let descriptors: Vec<_> = sources.iter().map(AsRawFd::as_raw_fd).zip(targets).chain(null).collect();
    let closed = if launch.streams == Streams::Closed { missing(launch, &STREAMS) } else { Vec::new() };
    let texts =
        |texts: &[&OsStr]| texts.iter().map(|text| CString::new(text.as_bytes())).collect::<Result<_, _>>();
    let (arguments, environment) = (Texts::new(texts(launch.arguments)?), Texts::new(environment(launch)?));
    let directory = launch.directory.map(|path| CString::new(path.as_os_str().as_bytes())).transpose()?;
    let run = |path: &Path| {
        child::start(&Plan {
            path: &CString::new(path.as_os_str().as_bytes())?,
            arguments: &arguments,
            environment: &environment,
            descriptors: &descriptors,
            closed: &closed,
            directory: directory.as_deref(),
            blocked: launch.blocked,
            group: launch.group,
            rights: launch.rights,
            orphan: launch.orphan.map(|signal| (signal, Pid::this())),
        })
    };
    match launch.program {
        Program::Path(path) => run(path),
        Program::Opened(Executable(file)) => {
            // The child has the same descriptor until its exec.
            let file = aside(file.as_fd(), floor)?;
            run(Path::new(&format!("/proc/self/fd/{}", file.as_raw_fd())))
        }
    }
}

/// A number above all descriptor numbers in a child.
fn above(descriptors: &[(RawFd, BorrowedFd<'_>)]) -> io::Result<RawFd> {
    let invalid = |number, why| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("descriptor {number} of a child {why}"))
    };
    let mut targets: Vec<RawFd> = descriptors.iter().map(|(target, _)| *target).collect();
    targets.sort_unstable();
    if let Some(number) = targets.first().filter(|number| **number < 0) {
        return Err(invalid(*number, "is negative"));
    }
    if let Some(pair) = targets.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(invalid(pair[0], "is given twice"));
    }
    Ok(targets.last().map_or(ASIDE, |last| last.saturating_add(1).max(ASIDE)))
}

/// Returns those of these numbers that no descriptor of a child has.
fn missing(launch: &Launch<'_>, numbers: &[RawFd]) -> Vec<RawFd> {
    let has = |number: &RawFd| launch.descriptors.iter().any(|(target, _)| target == number);
    numbers.iter().copied().filter(|number| !has(number)).collect()
}

/// Opens /dev/null for the standard streams of a child that have it; `None` if none has.
fn with_null(launch: &Launch<'_>, floor: RawFd) -> io::Result<Option<(OwnedFd, Vec<RawFd>)>> {
    let numbers = match launch.streams {
        Streams::Outputs => missing(launch, &STREAMS[..1]),
        Streams::Null => missing(launch, &STREAMS),
        Streams::Closed => Vec::new(),
    };
    if numbers.is_empty() {
        return Ok(None);
    }
    let null = File::options().read(true).write(true).open("/dev/null")?;
    Ok(Some((aside(null.as_fd(), floor)?, numbers)))
}

fn environment(launch: &Launch<'_>) -> io::Result<Vec<CString>> {
    let added = launch.environment;
    let goes_on = |name: &OsStr| {
        !PRIVATE.iter().any(|private| name == *private)
            && launch.inherits.is_none_or(|names| names.contains(&name))
            && added.iter().all(|(other, _)| name != *other)
    };
    let ours: Vec<(OsString, OsString)> = env::vars_os().filter(|(name, _)| goes_on(name)).collect();
    let ours = ours.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
    let join = |(name, value): (&OsStr, &OsStr)| {
        Ok(CString::new([name.as_bytes(), b"=", value.as_bytes()].concat())?)
    };
    ours.chain(added.iter().copied()).map(join).collect()
}

/// Duplicates a descriptor to this number or a higher one, closed on exec.
fn aside(descriptor: BorrowedFd<'_>, floor: RawFd) -> io::Result<OwnedFd> {
    let number = fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(floor)).map_err(|error| match error {
        // The number exceeds the limit (fcntl(2)).
        Errno::EINVAL => Errno::EMFILE,
        other => other,
    })?;
    // SAFETY: the kernel has just created this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Sends a signal to a child that has not been reaped, so its number means no other process.
pub(crate) fn signal(child: Pid, number: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers and changes nothing in memory.
    let result = unsafe { libc::kill(child.as_raw(), number) };
    Errno::result(result).map(drop).map_err(io::Error::from)
}

/// Kills a child that has not been reaped, and the processes of the group that it was given.
pub(crate) fn kill(child: Pid, group: Group) -> io::Result<()> {
    kill_group(child, group)?;
    // It may have moved to another group.
    signal(child, libc::SIGKILL)
}

/// Kills what is left of the group of a child that has not been reaped, so no other group has its number.
fn kill_group(child: Pid, group: Group) -> io::Result<()> {
    if group == Group::Inherited {
        return Ok(());
    }
    match signal(Pid::from_raw(-child.as_raw()), libc::SIGKILL) {
        // The group is empty, or this process may not signal what is left of it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EPERM)) => Ok(()),
        result => result,
    }
}

/// Reaps a child if it has ended, and kills what is left of the group that it was given; `None` if it has not ended.
///
/// # Errors
///
/// The kind is `NotFound` if other code in this process has reaped it. After any other error it may still be alive.
pub(crate) fn exited(child: Pid, group: Group) -> io::Result<Option<Exit>> {
    if !has_ended(child)? {
        return Ok(None);
    }
    kill_group(child, group)?;
    reap(child)
}

/// Reaps a child if it has ended, and leaves its group alone; `None` if it has not ended.
///
/// # Errors
///
/// Those of [`exited`].
pub(crate) fn reap(child: Pid) -> io::Result<Option<Exit>> {
    let (mut status, mut reaped) = (0, 0);
    unasked(|| {
        // SAFETY: the call writes one number, to a place that lives across it.
        reaped = unsafe { libc::waitpid(child.as_raw(), &raw mut status, libc::WNOHANG) };
        reaped
    })?;
    if reaped == 0 {
        return Ok(None);
    }
    Ok(Some(match libc::WIFSIGNALED(status) {
        true => Exit::Signal(libc::WTERMSIG(status)),
        false => Exit::Code(libc::WEXITSTATUS(status)),
    }))
}

/// Whether a child has ended. It is not reaped and keeps its number.
fn has_ended(child: Pid) -> io::Result<bool> {
    let id = libc::id_t::try_from(child.as_raw()).map_err(io::Error::other)?;
    Ok(look(libc::P_PID, id)?.is_some())
}

/// Any child of this process, whatever started it, that has ended and has not been reaped; `None` if there is none.
pub(crate) fn any_ended() -> io::Result<Option<Pid>> {
    match look(libc::P_ALL, 0) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result,
    }
}

/// One of these children that has ended. It is not reaped.
fn look(which: libc::idtype_t, id: libc::id_t) -> io::Result<Option<Pid>> {
    let mut info: libc::siginfo_t = {
        // SAFETY: it is plain data, for which all zeros are a valid value.
        unsafe { std::mem::zeroed() }
    };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the call writes to a value that lives across it.
    unasked(|| unsafe { libc::waitid(which, id, &raw mut info, options) })?;
    // SAFETY: the call has filled it in, or left it zero (waitid(2)).
    let pid = unsafe { info.si_pid() };
    Ok((pid != 0).then(|| Pid::from_raw(pid)))
}

/// Repeats a wait call while signals interrupt it.
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

/// Takes ownership of a descriptor that this process was started with.
///
/// # Errors
///
/// If no descriptor has this number, or if this program has opened it or taken ownership of it before.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    if !is_inherited(number)? {
        return Err(io::Error::other(format!("descriptor {number} is this program's own")));
    }
    // SAFETY: it is open, and nothing in this program owns a descriptor that is not closed on exec.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    fcntl(&descriptor, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(descriptor)
}

/// Sets the name of this thread, and of the process if it is the first thread. The kernel keeps 15 bytes.
pub(crate) fn name_process(name: &str) -> io::Result<()> {
    Ok(prctl::set_name(&CString::new(name)?)?)
}

/// Removes a variable from the environment, if this is the only thread: another thread might be reading it.
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
