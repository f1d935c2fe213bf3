//! The pid file: a file with a number, and a lock on it that is held until the process ends.
//!
//! The lock, not the number, says whether a daemon runs: it is released when its process ends, however that happens. So
//! a leftover file is no obstacle, and a file whose lock is held is never touched. A daemon that had to end on its own
//! leaves the file, with the reason in it.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::libc;
use nix::unistd::geteuid;

use crate::brief::brief;
use crate::error::{Error, OrError, Result};
use crate::sys::lock::{LockFile, Refusal, is_locked};
use crate::sys::process;

/// How many bytes of a pid file are read: a number, and the reason why its process ended.
const LONGEST: u64 = 4096;

/// A pid file that this process holds.
#[derive(Debug)]
pub(in crate::daemon) struct PidLock(LockFile);

/// What a pid file says about the daemon.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::daemon) enum Holder {
    /// It runs, with this pid.
    Running(i32),
    /// There is a file, but no process holds its lock; with the reason, if the daemon left one.
    Dead(Option<String>),
    /// There is no file.
    Absent,
}

impl PidLock {
    /// Takes the lock and writes the pid of this process. With `force`, also takes a file that is not clearly ours, if
    /// no process holds it.
    ///
    /// # Errors
    ///
    /// [`is_already_running`](Error::is_already_running) if another process holds the lock.
    pub(in crate::daemon) fn acquire(path: &Path, force: bool) -> Result<PidLock> {
        let take = || LockFile::acquire(path, |metadata, file| objection(metadata, file, force));
        let mut lock = take().map_err(|refusal| refused(path, refusal))?;
        if lock.owner() != geteuid().as_raw() {
            // Its owner could write to it, so it is removed and a new one is created.
            drop(lock);
            lock = take().map_err(|refusal| refused(path, refusal))?;
        }
        let mut lock = PidLock(lock);
        lock.write(format_args!("{}\n", std::process::id()))
            .or_error(|| format!("cannot write the pid file `{}`", path.display()))?;
        Ok(lock)
    }

    /// Releases the lock and leaves the file, with the reason why the daemon ended.
    pub(in crate::daemon) fn leave(mut self, reason: &str) {
        let reason = brief(reason).replace('\n', " ");
        // If the disk is full, the file still says that the daemon is dead.
        let _ = self.write(format_args!("{}\n{reason}\n", std::process::id()));
        self.0.leave();
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        let file = self.0.file();
        file.set_len(0)?;
        file.rewind()?;
        file.write_fmt(text)
    }
}

fn refused(path: &Path, refusal: Refusal) -> Error {
    let path = path.display();
    match refusal {
        Refusal::Held(file) => {
            let holder = match content(&file).0 {
                Some(pid) => format!("by pid {pid}"),
                None => "by another process".to_owned(),
            };
            Error::already_running(format!(
                "cannot lock `{path}`: held {holder}; the daemon is running already"
            ))
        }
        Refusal::Objection(objection) => Error::new(format!(
            "`{path}` is not a pid file of ours: {objection}; remove it, or choose another path with --pidfile"
        )),
        Refusal::System(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            Error::new(format!("cannot open the pid file `{path}`; it must not be a symbolic link"))
                .because(error)
        }
        Refusal::System(error) => Error::new(format!("cannot lock the pid file `{path}`")).because(error),
    }
}

/// Returns which process holds the pid file at `path`.
///
/// # Errors
///
/// If another user may have written it: then neither the number nor the lock can be trusted.
pub(in crate::daemon) fn holder(path: &Path) -> Result<Holder> {
    let cannot = || format!("cannot read the pid file `{}`", path.display());
    // Does not follow a link, and does not block if the file is a pipe.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Holder::Absent),
        file => file.or_error(cannot)?,
    };
    let metadata = file.metadata().or_error(cannot)?;
    if let Some(objection) = strange(&metadata) {
        return Err(Error::new(format!("{}: {objection}", cannot())));
    }
    let (number, reason) = content(&file);
    if !is_locked(&file).or_error(cannot)? {
        return Ok(Holder::Dead(reason));
    }
    let Some(pid) = number else {
        return Err(Error::new(format!("{}: it is locked, but holds no number", cannot())));
    };
    // A user other than root may write any number into it, so only the pid of a process of that user is believed.
    match process::owner(pid) {
        Some(owner) if owner == metadata.uid() || metadata.uid() == 0 => Ok(Holder::Running(pid)),
        _ => Err(Error::new(format!(
            "{}: it is locked, and holds the number {pid}, which is not a process of its owner (uid {})",
            cannot(),
            metadata.uid()
        ))),
    }
}

/// Why a file must be neither trusted nor overwritten: another user may have put it there.
fn strange(metadata: &Metadata) -> Option<String> {
    if !metadata.is_file() {
        return Some("it is not a regular file".to_owned());
    }
    if metadata.nlink() > 1 {
        return Some("it has more than one name".to_owned());
    }
    let (own, owner) = (geteuid().as_raw(), metadata.uid());
    (own != 0 && owner != own && owner != 0).then(|| format!("it belongs to uid {owner}"))
}

/// Why a file must not be overwritten.
fn objection(metadata: &Metadata, file: &File, force: bool) -> Option<String> {
    if let Some(strange) = strange(metadata) {
        return Some(strange);
    }
    if !force && metadata.uid() != geteuid().as_raw() {
        return Some(format!("it belongs to uid {}", metadata.uid()));
    }
    if !force && metadata.len() > 0 && content(file).0.is_none() {
        return Some("it holds something other than a process number".to_owned());
    }
    None
}

/// Returns the number in a pid file, and the reason after it.
fn content(mut file: &File) -> (Option<i32>, Option<String>) {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.take(LONGEST).read_to_end(&mut bytes));
    if read.is_err() {
        return (None, None);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let number = first.trim().parse().ok().filter(|pid| *pid > 0);
    (number, Some(rest.trim().to_owned()).filter(|reason| !reason.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("pid-lock-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_second_holder_is_refused_and_changes_nothing() {
        let directory = directory("second");
        let path = directory.join("x.pid");
        let lock = PidLock::acquire(&path, false).unwrap();
        for force in [false, true] {
            let error = PidLock::acquire(&path, force).unwrap_err();
            assert!(error.is_already_running());
            assert!(error.to_string().contains(&format!("held by pid {}", std::process::id())), "{error}");
        }
        assert_eq!(holder(&path).unwrap(), Holder::Running(i32::try_from(std::process::id()).unwrap()));
        drop(lock);
        assert_eq!(holder(&path).unwrap(), Holder::Absent);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_file_left_behind_is_taken_over() {
        let directory = directory("stale");
        let path = directory.join("x.pid");
        fs::write(&path, "99999999\n").unwrap();
        assert_eq!(holder(&path).unwrap(), Holder::Dead(None));
        let _lock = PidLock::acquire(&path, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_reason_that_is_left_behind_is_read_and_is_no_obstacle() {
        let directory = directory("reason");
        let path = directory.join("x.pid");
        PidLock::acquire(&path, false).unwrap().leave("it broke\nbadly");
        assert_eq!(holder(&path).unwrap(), Holder::Dead(Some("it broke badly".to_owned())));
        drop(PidLock::acquire(&path, false).unwrap());
        assert_eq!(holder(&path).unwrap(), Holder::Absent);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_number_that_is_no_process_of_the_files_owner_is_not_believed() {
        let directory = directory("number");
        let path = directory.join("x.pid");
        let mut lock = PidLock::acquire(&path, false).unwrap();
        lock.write(format_args!("{}\n", i32::MAX)).unwrap();
        let error = holder(&path).unwrap_err().to_string();
        assert!(error.contains("not a process of its owner"), "{error}");
        drop(lock);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn other_files_are_left_alone() {
        let directory = directory("other");
        let precious = directory.join("precious");
        fs::write(&precious, "the only copy").unwrap();
        let link = directory.join("link.pid");
        std::os::unix::fs::symlink(&precious, &link).unwrap();
        let second = directory.join("second.pid");
        fs::hard_link(&precious, &second).unwrap();
        for path in [&precious, &link, &second] {
            assert!(PidLock::acquire(path, false).is_err());
        }
        fs::remove_file(&second).unwrap();
        assert!(PidLock::acquire(&precious, false).is_err());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "the only copy");
        fs::remove_dir_all(directory).unwrap();
    }
}
