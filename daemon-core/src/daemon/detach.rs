//! Leaving the terminal: the double fork of daemon(7), and the pipe on which the launcher waits for readiness.
//!
//! The launcher returns only when the daemon is ready to answer, or with the reason why it is not.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{OwnedFd, RawFd};

use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{ForkResult, chdir, pipe2, setsid};

use crate::error::{Error, OrError, Result};
use crate::logs;
use crate::sys::{descriptor, process};

/// What the daemon writes to its launcher when it is ready; anything else is the reason why it is not.
const READY: &[u8] = b"ready\n";
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

/// Forks the daemon off; in the launcher, waits for it to be ready.
///
/// # Errors
///
/// In the launcher: what kept the daemon from being ready. In either: what kept it from detaching.
pub(crate) fn detach(mask: u32) -> Result<Side> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).or_error(|| "cannot make a pipe".to_owned())?;
    match process::fork().or_error(|| "cannot detach (-d)".to_owned())? {
        ForkResult::Parent { child } => {
            drop(writer);
            process::reap(child).or_error(|| "cannot wait for the daemon".to_owned())?;
            wait(reader).map(|()| Side::Launcher)
        }
        ForkResult::Child => {
            drop(reader);
            let launcher = Launcher(File::from(writer));
            match leave(mask) {
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
    chdir("/").or_error(|| "cannot change to the directory `/`".to_owned())?;
    process::reset_signals().or_error(|| "cannot reset the signals".to_owned())
}

fn wait(reader: OwnedFd) -> Result<()> {
    let mut words = Vec::new();
    File::from(reader).read_to_end(&mut words).or_error(|| "cannot hear from the daemon".to_owned())?;
    if words == READY {
        return Ok(());
    }
    Err(match String::from_utf8_lossy(&words).trim() {
        "" => Error::new("the daemon ended before it was ready; run it with -f to see why"),
        reason => Error::new(reason),
    })
}

impl Launcher {
    /// Lets go of the terminal and tells the launcher that the daemon is ready.
    ///
    /// # Errors
    ///
    /// If the launcher is gone: a start that nobody waits for is given up.
    pub(crate) fn ready(mut self) -> Result<()> {
        descriptor::silence().or_error(|| "cannot open /dev/null".to_owned())?;
        // Standard error leads elsewhere now.
        logs::reopen();
        self.0.write_all(READY).or_error(|| "nobody waits for the daemon any more".to_owned())
    }

    /// Tells the launcher why there will be no daemon.
    pub(crate) fn failed(mut self, error: &Error) {
        // A launcher that is gone has nobody to tell.
        let _ = self.0.write_all(error.report().as_bytes());
    }
}
