//! Processes: fork, signal dispositions, niceness, and waiting for another process to end.
//!
//! # Safety
//!
//! This module may use unsafe code: `fork` and the calls that `nix` does not wrap. What the system returns is converted
//! to owned types at once.
#![allow(unsafe_code)]

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::unistd::{ForkResult, Pid};

/// How many threads this process has.
pub(crate) fn threads() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/task")?.count())
}

/// Returns freed memory to the system; glibc would keep most of it.
pub(crate) fn trim_heap() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes no pointer, and glibc locks its heap.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Forks, if this is the only thread: the child would not have the others, but would have the locks that they hold.
pub(crate) fn fork() -> io::Result<ForkResult> {
    let threads = threads()?;
    if threads != 1 {
        return Err(io::Error::other(format!(
            "the process has {threads} threads, which a fork would lose; start threads in `setup`"
        )));
    }
    // SAFETY: this is the only thread, checked above, so the child has all of the parent's state.
    Ok(unsafe { nix::unistd::fork() }?)
}

/// Resets every signal to its default disposition.
///
/// SIGPIPE and SIGXFSZ are ignored: writing to a peer that is gone is an error, as everywhere in Rust, and so is
/// writing to a file that may not grow.
pub(crate) fn reset_signals() -> io::Result<()> {
    for signal in Signal::iterator() {
        let handler = match signal {
            Signal::SIGKILL | Signal::SIGSTOP => continue,
            Signal::SIGPIPE | Signal::SIGXFSZ => SigHandler::SigIgn,
            _ => SigHandler::SigDfl,
        };
        // SAFETY: neither disposition runs code of ours.
        unsafe { sigaction(signal, &SigAction::new(handler, SaFlags::empty(), SigSet::empty())) }?;
    }
    Ok(())
}

/// Ignores SIGXFSZ: writing to a file that may not grow becomes an error, as after [`reset_signals`].
pub(crate) fn ignore_file_size_limit() -> io::Result<()> {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: ignoring a signal runs no code of ours.
    unsafe { sigaction(Signal::SIGXFSZ, &ignore) }?;
    Ok(())
}

/// Blocks every signal: they stay pending until they are unblocked.
pub(crate) fn block_signals() -> io::Result<()> {
    Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None)?)
}

/// Unblocks every signal. Those that arrived while blocked are delivered.
pub(crate) fn unblock_signals() -> io::Result<()> {
    Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?)
}

/// Sets the niceness of this process, -20 to 19.
pub(crate) fn set_niceness(niceness: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers and changes nothing in memory.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, niceness) };
    Errno::result(result).map(drop).map_err(io::Error::from)
}

/// Once SIGTERM arrives, SIGKILL follows after `grace` plus one second. So this process ends in time even if it never
/// checks for signals.
#[cfg(daemon)]
pub(crate) fn leave_within(grace: Duration) -> io::Result<()> {
    let mut event: libc::sigevent = {
        // SAFETY: it is plain data, for which all zeros are a valid value.
        unsafe { std::mem::zeroed() }
    };
    event.sigev_notify = libc::SIGEV_SIGNAL;
    event.sigev_signo = libc::SIGKILL;
    let mut timer: libc::timer_t = std::ptr::null_mut();
    // SAFETY: both point to values that live across the call.
    Errno::result(unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) })?;
    let seconds = libc::time_t::try_from(grace.as_secs().saturating_add(1)).unwrap_or(libc::time_t::MAX);
    let end = libc::itimerspec {
        it_value: libc::timespec { tv_sec: seconds, tv_nsec: grace.subsec_nanos().into() },
        it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 },
    };
    let timer = timer.expose_provenance();
    // SAFETY: timer_settime(2) may be called in a signal handler (signal-safety(7)), and the handler does nothing else;
    // the timer is never deleted, and the time lives across the call.
    unsafe {
        signal_hook::low_level::register(libc::SIGTERM, move || {
            libc::timer_settime(
                std::ptr::with_exposed_provenance_mut(timer),
                0,
                &raw const end,
                std::ptr::null_mut(),
            );
        })
    }?;
    Ok(())
}

/// Makes the kernel signal this process when its parent dies: SIGTERM if it must wind up first, otherwise SIGKILL.
pub(crate) fn follow_parent(winds_up: bool) -> io::Result<()> {
    Ok(nix::sys::prctl::set_pdeathsig(if winds_up { Signal::SIGTERM } else { Signal::SIGKILL })?)
}

/// The resident memory of a process in KiB, without what it shares with others (proc_pid_statm(5)).
pub(crate) fn memory(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: Vec<u64> = text.split(' ').filter_map(|field| field.trim().parse().ok()).collect();
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
    let own = pages.get(1)?.checked_sub(*pages.get(2)?)?;
    Some(own * u64::try_from(page).ok()? / 1024)
}

/// Whether processes whose parent has ended become children of this one: it is process 1, or a subreaper (prctl(2)).
pub(crate) fn inherits_orphans() -> bool {
    std::process::id() == 1 || nix::sys::prctl::get_child_subreaper().unwrap_or(false)
}

/// Whether a process is in the process group of this one.
pub(crate) fn is_in_own_group(pid: Pid) -> bool {
    nix::unistd::getpgid(Some(pid)).is_ok_and(|group| group == nix::unistd::getpgrp())
}

/// The user that owns a process; `None` if no process has this number (proc_pid(5)).
pub(crate) fn owner(pid: i32) -> Option<u32> {
    fs::metadata(format!("/proc/{pid}")).ok().map(|process| process.uid())
}

/// The command line of a process, its name first (proc_pid_cmdline(5)); invalid UTF-8 is replaced.
pub(crate) fn arguments(pid: i32) -> io::Result<Vec<String>> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline"))?;
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    Ok(bytes.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect())
}

/// A handle to another process: its number cannot come to mean a different one.
#[derive(Debug)]
pub(crate) struct Process(OwnedFd);

impl Process {
    /// Opens a process; `None` if no process has this number.
    pub(crate) fn open(pid: i32) -> io::Result<Option<Process>> {
        // SAFETY: the call takes numbers and returns a new descriptor or an error.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        match Errno::result(result) {
            Ok(descriptor) => {
                let descriptor = i32::try_from(descriptor).map_err(io::Error::other)?;
                // SAFETY: the kernel has just created this descriptor, and nothing else owns it.
                Ok(Some(Process(unsafe { OwnedFd::from_raw_fd(descriptor) })))
            }
            Err(Errno::ESRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a signal. It is no error if the process is gone.
    pub(crate) fn signal(&self, signal: i32) -> io::Result<()> {
        let info: *const libc::siginfo_t = std::ptr::null();
        // SAFETY: the descriptor is open while `self` lives; no info is passed.
        let result =
            unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, info, 0) };
        match Errno::result(result) {
            Ok(_) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The descriptor that becomes readable when the process has ended (pidfd_open(2)).
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Waits until the process has ended. Returns `false` if `patience` runs out first.
    pub(crate) fn wait(&self, patience: Duration) -> io::Result<bool> {
        readable(&[self.0.as_fd()], patience)
    }
}

/// Waits until a descriptor is readable, or its other end is closed. Returns `false` if `patience` runs out first.
pub(crate) fn readable(descriptors: &[BorrowedFd<'_>], patience: Duration) -> io::Result<bool> {
    ready(descriptors, PollFlags::POLLIN, patience)
}

/// Waits until a descriptor is writable, or its other end is closed. Returns `false` if `patience` runs out first.
pub(crate) fn writable(descriptor: BorrowedFd<'_>, patience: Duration) -> io::Result<bool> {
    ready(&[descriptor], PollFlags::POLLOUT, patience)
}

/// Waits until the other end of a descriptor is closed. Returns `false` if `patience` runs out first.
#[cfg(any(feature = "console", feature = "mcp"))]
pub(crate) fn is_closed(descriptor: BorrowedFd<'_>, patience: Duration) -> io::Result<bool> {
    ready(&[descriptor], PollFlags::empty(), patience)
}

fn ready(descriptors: &[BorrowedFd<'_>], what: PollFlags, patience: Duration) -> io::Result<bool> {
    let mut polled: Vec<PollFd<'_>> =
        descriptors.iter().map(|descriptor| PollFd::new(*descriptor, what)).collect();
    let start = Instant::now();
    loop {
        let left = patience.saturating_sub(start.elapsed());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut polled, timeout) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reaps a child that has ended or is about to. Its status is ignored.
pub(crate) fn reap(child: Pid) -> io::Result<()> {
    loop {
        match nix::sys::wait::waitpid(child, None) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
