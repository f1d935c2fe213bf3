//! Leaving the terminal: the double fork of daemon(7), and the pipe on which the launcher waits for readiness.
//!
//! The launcher returns only when the daemon is ready to answer, or with the reason why it is not. The daemon writes its
//! number to the pipe, and then that it is ready, or the reason. Its end counts for a reply as well: another process may
//! have got the pipe from it, so that the end of the pipe does not always come.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{ForkResult, chdir, pipe2, setsid};

use crate::error::{Error, OrError, Result};
use crate::event::Signal;
use crate::logs;
use crate::sys::process::Process;
use crate::sys::{descriptor, process};

/// What the daemon writes to its launcher when it is ready; anything else is the reason why it is not.
const READY: &[u8] = b"ready";
/// Ends the daemon's number, and what it writes after that.
const END: u8 = 0;
/// The first descriptor behind standard input, output and error.
const OTHERS: RawFd = 3;

/// Which of the two processes this is.
pub(crate) enum Side {
    /// The launcher, when the daemon is ready.
    Launcher,
    /// The daemon, still to be set up.
    Daemon(Launcher),
}

/// The daemon's end of the pipe to its launcher.
pub(crate) struct Launcher(File);

/// Forks the daemon off, with all signals blocked; in the launcher, waits for it to be ready.
///
/// # Errors
///
/// In the launcher: what kept the daemon from being ready. In either: what kept it from detaching.
pub(crate) fn detach(mask: u32) -> Result<Side> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).or_error(|| "cannot make a pipe".to_owned())?;
    match process::fork().or_error(|| "cannot detach (-d)".to_owned())? {
        ForkResult::Parent { child } => {
            drop(writer);
            // The launcher has gone: a daemon that nobody waits for is given up.
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

/// Second half of the way out: a session of its own, and no chance to get a terminal back.
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
    let words = words(reader).or_error(|| "cannot hear from the daemon".to_owned())?;
    if words == READY {
        return Ok(());
    }
    Err(match String::from_utf8_lossy(&words).trim() {
        "" => Error::new("the daemon ended before it was ready; run it with -f to see why"),
        reason => Error::new(reason),
    })
}

/// What the daemon says after its number, or instead of it. A daemon that cannot be heard any more is told to stop.
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
        // It cannot be watched: then the end of the pipe has to do.
        Err(_) => said.part(|pipe| process::readable(&[pipe], Duration::MAX)),
    }
}

/// What has come from the daemon.
struct Said {
    pipe: File,
    come: Vec<u8>,
}

impl Said {
    /// What comes up to the next end. If there is nothing after a wait, the daemon has ended.
    fn part(&mut self, wait: impl Fn(BorrowedFd<'_>) -> io::Result<bool>) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.come.iter().position(|byte| *byte == END) {
                let mut part: Vec<u8> = self.come.drain(..=end).collect();
                part.pop();
                return Ok(part);
            }
            // Where it cannot be asked, to read waits as well.
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
    /// Tells the launcher which process to watch.
    fn begin(&mut self) -> Result<()> {
        self.say(std::process::id().to_string().as_bytes())
    }

    /// Lets go of the terminal.
    pub(crate) fn let_go(&self) -> Result<()> {
        descriptor::silence().or_error(|| "cannot open /dev/null".to_owned())?;
        // Standard error leads elsewhere now.
        logs::reopen();
        Ok(())
    }

    /// Tells the launcher that the daemon is ready.
    ///
    /// # Errors
    ///
    /// If the launcher is gone: a start that nobody waits for is given up.
    pub(crate) fn ready(mut self) -> Result<()> {
        self.say(READY)
    }

    /// Tells the launcher why there will be no daemon.
    pub(crate) fn failed(mut self, error: &Error) {
        // A launcher that is gone has nobody to tell.
        let _ = self.say(error.report().replace('\0', " ").as_bytes());
    }

    fn say(&mut self, words: &[u8]) -> Result<()> {
        let words = [words, &[END]].concat();
        self.0.write_all(&words).or_error(|| "nobody waits for the daemon any more".to_owned())
    }
}
