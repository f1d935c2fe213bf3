//! Leaving the terminal: the double fork of daemon(7), and the pipe on which the launcher waits for readiness.
//!
//! The launcher returns only when the daemon is ready, or with the reason why it is not. The daemon writes its pid to
//! the pipe, and then that it is ready, or the reason. The launcher also watches the daemon's process: another process
//! may have inherited the pipe and keep it open.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{ForkResult, chdir, pipe2, setsid};

use crate::error::{Error, OrError, Result};
use crate::logs;
use crate::signal::Signal;
use crate::sys::process::Process;
use crate::sys::{descriptor, process};

/// The daemon's message to its launcher when it is ready; anything else is the reason why it is not.
const READY: &[u8] = b"ready";
/// Terminates the daemon's pid, and its next message.
const END: u8 = 0;
/// The first descriptor after standard input, output and error.
const OTHERS: RawFd = 3;

/// Which of the two processes this is.
pub(crate) enum Side {
    /// The launcher, once the daemon is ready.
    Launcher,
    /// The daemon, not yet set up.
    Daemon(Launcher),
}

/// The daemon's end of the pipe to its launcher.
pub(crate) struct Launcher(File);

/// Forks the daemon, with all signals blocked. In the launcher, waits until it is ready.
///
/// # Errors
///
/// In the launcher: why the daemon is not ready. In either process: why it could not detach.
pub(crate) fn detach(mask: u32) -> Result<Side> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).or_error(|| "cannot make a pipe".to_owned())?;
    match process::fork().or_error(|| "cannot detach (-d)".to_owned())? {
        ForkResult::Parent { child } => {
            drop(writer);
            // The launcher is gone: nothing waits for the daemon, so it does not start.
            process::unblock_signals().or_error(|| "cannot reset the signals".to_owned())?;
            process::reap(child).or_error(|| "cannot wait for the daemon".to_owned())?;
            wait(reader).map(|()| Side::Launcher)
        }
        ForkResult::Child => {
            drop(reader);
            let mut launcher = Launcher(File::from(writer));
            match leave(mask).and_then(|()| launcher.begin()) {
                Ok(()) => Ok(Side::Daemon(launcher)),
                Err(error) => {
                    launcher.failed(&error);
                    std::process::exit(1)
                }
            }
        }
    }
}

/// The second half of detaching: a new session, and no way to get a terminal back.
fn leave(mask: u32) -> Result<()> {
    setsid().or_error(|| "cannot start a session".to_owned())?;
    match process::fork().or_error(|| "cannot detach (-d)".to_owned())? {
        ForkResult::Parent { .. } => std::process::exit(0),
        ForkResult::Child => {}
    }
    descriptor::close_from(OTHERS).or_error(|| "cannot close what was inherited".to_owned())?;
    umask(Mode::from_bits_truncate(mask));
    chdir("/").or_error(|| "cannot change to the directory `/`".to_owned())
}

fn wait(reader: OwnedFd) -> Result<()> {
    let words = words(reader).or_error(|| "cannot read from the daemon".to_owned())?;
    if words == READY {
        return Ok(());
    }
    Err(match String::from_utf8_lossy(&words).trim() {
        "" => Error::new("the daemon ended before it was ready; run it with -f to see why"),
        reason => Error::new(reason),
    })
}

/// Returns the daemon's message after its pid, or instead of it. If the daemon can no longer be read, it is asked to
/// stop.
fn words(pipe: OwnedFd) -> io::Result<Vec<u8>> {
    let mut said = Said { pipe: File::from(pipe), come: Vec::new() };
    let first = said.part(|pipe| process::readable(&[pipe], Duration::MAX))?;
    let Some(number) = std::str::from_utf8(&first).ok().and_then(|text| text.parse().ok()) else {
        return Ok(first);
    };
    match Process::open(number) {
        Ok(Some(daemon)) => said
            .part(|pipe| process::readable(&[pipe, daemon.descriptor()], Duration::MAX))
            .inspect_err(|_| drop(daemon.signal(Signal::SIGTERM.number()))),
        Ok(None) => said.part(|_| Ok(true)),
        // The process cannot be watched: rely on the pipe being closed.
        Err(_) => said.part(|pipe| process::readable(&[pipe], Duration::MAX)),
    }
}

/// The bytes received from the daemon.
struct Said {
    pipe: File,
    come: Vec<u8>,
}

impl Said {
    /// Returns the bytes up to the next terminator. If a wait brings nothing, the daemon has ended.
    fn part(&mut self, wait: impl Fn(BorrowedFd<'_>) -> io::Result<bool>) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.come.iter().position(|byte| *byte == END) {
                let mut part: Vec<u8> = self.come.drain(..=end).collect();
                part.pop();
                return Ok(part);
            }
            // If waiting fails, the read itself waits.
            let has_more = wait(self.pipe.as_fd())
                .and_then(|_| process::readable(&[self.pipe.as_fd()], Duration::ZERO))
                .unwrap_or(true);
            let mut chunk = [0; 4096];
            let count = if has_more { self.pipe.read(&mut chunk)? } else { 0 };
            if count == 0 {
                return Ok(std::mem::take(&mut self.come));
            }
            self.come.extend_from_slice(&chunk[..count]);
        }
    }
}

impl Launcher {
    /// Sends the launcher the pid to watch.
    fn begin(&mut self) -> Result<()> {
        self.say(std::process::id().to_string().as_bytes())
    }

    /// Detaches from the terminal.
    pub(crate) fn let_go(&self) -> Result<()> {
        descriptor::silence().or_error(|| "cannot open /dev/null".to_owned())?;
        // Standard error points elsewhere now.
        logs::reopen();
        Ok(())
    }

    /// Notifies the launcher that the daemon is ready.
    ///
    /// # Errors
    ///
    /// If the launcher is gone: nothing waits for the daemon, so it must not start.
    pub(crate) fn ready(mut self) -> Result<()> {
        self.say(READY)
    }

    /// Reports to the launcher why the daemon did not start.
    pub(crate) fn failed(mut self, error: &Error) {
        // Best effort: the launcher may be gone.
        let _ = self.say(error.report().replace('\0', " ").as_bytes());
    }

    fn say(&mut self, words: &[u8]) -> Result<()> {
        let words = [words, &[END]].concat();
        self.0.write_all(&words).or_error(|| "the launcher no longer waits for the daemon".to_owned())
    }
}
