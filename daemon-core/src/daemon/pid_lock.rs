//! The pid file: a file with a number, and a lock on it that is held for life.
//!
//! The lock, not the number, says whether a daemon runs: it goes away with its process, however that ends. So a file
//! that was left behind is no obstacle, and a file whose lock is held is never touched.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::libc;
use nix::unistd::geteuid;

use crate::error::{Error, OrError, Result};

/// More digits than any process number has, a line end, and some white space.
const LONGEST: u64 = 32;

/// How long somebody may hold the lock who only looks whether it is free.
const PATIENCE: Duration = Duration::from_millis(20);

/// A pid file that this process holds.
#[derive(Debug)]
pub(crate) struct PidLock {
    path: PathBuf,
    file: Flock<File>,
}

/// What a pid file tells about the daemon.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// It runs, under this number.
    Running(i32),
    /// There is a file, but nobody holds it.
    Dead,
    /// There is no file.
    Absent,
}

impl PidLock {
    /// Takes the lock and writes the number of this process. `force` also takes a file that nobody holds but that is
    /// not plainly ours.
    ///
    /// # Errors
    ///
    /// [`is_already_running`](Error::is_already_running) if another process holds the lock.
    pub(crate) fn acquire(path: &Path, force: bool) -> Result<PidLock> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let file = open(path, force)?;
            let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) => file,
                // Whoever asks for the status holds the lock for a moment.
                Err((_, Errno::EWOULDBLOCK)) if Instant::now() < deadline => {
                    std::thread::sleep(PATIENCE / 10);
                    continue;
                }
                Err((file, Errno::EWOULDBLOCK)) => return Err(held(path, &file)),
                Err((_, error)) => return Err(Error::new(cannot_lock(path)).because(error)),
            };
            // Whoever held the lock before may have removed the file between our two calls.
            if is_at(&file.metadata().or_error(|| cannot_lock(path))?, path) {
                let mut lock = PidLock { path: path.to_owned(), file };
                lock.write().or_error(|| format!("cannot write the pid file `{}`", path.display()))?;
                return Ok(lock);
            }
        }
    }

    fn write(&mut self) -> std::io::Result<()> {
        self.file.set_permissions(fs::Permissions::from_mode(0o644))?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", std::process::id())
    }
}

impl Drop for PidLock {
    /// Removes the file while the lock is still held, so that nobody can have taken it over.
    fn drop(&mut self) {
        if self.file.metadata().is_ok_and(|metadata| is_at(&metadata, &self.path)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Who holds the pid file at `path`.
pub(crate) fn holder(path: &Path) -> Result<Holder> {
    // Without waiting for the far side, should it be a pipe.
    let file = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Ok(file) if file.metadata().is_ok_and(|metadata| metadata.is_file()) => file,
        Ok(_) => return Err(Error::new(format!("{}: it is no regular file", cannot_read(path)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Holder::Absent),
        Err(error) => return Err(Error::new(cannot_read(path)).because(error)),
    };
    match Flock::lock(file, FlockArg::LockSharedNonblock) {
        Ok(_) => Ok(Holder::Dead),
        Err((file, Errno::EWOULDBLOCK)) => match number(&file) {
            Some(pid) => Ok(Holder::Running(pid)),
            None => Err(Error::new(format!("{}: it is locked, but holds no number", cannot_read(path)))),
        },
        Err((_, error)) => Err(Error::new(cannot_read(path)).because(error)),
    }
}

fn open(path: &Path, force: bool) -> Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o644)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(path)
        .map_err(|error| {
            let link =
                if error.raw_os_error() == Some(libc::ELOOP) { "; it must be no symbolic link" } else { "" };
            Error::new(format!("cannot open the pid file `{}`{link}", path.display())).because(error)
        })?;
    let metadata = file.metadata().or_error(|| cannot_lock(path))?;
    match objection(&metadata, &file, force) {
        None => Ok(file),
        Some(objection) => Err(Error::new(format!(
            "`{}` is not a pid file of ours: {objection}; remove it, or choose another path with --pidfile",
            path.display()
        ))),
    }
}

/// Why a file is not to be written over; the file may be what somebody else has put in our way.
fn objection(metadata: &Metadata, file: &File, force: bool) -> Option<String> {
    if !metadata.is_file() {
        return Some("it is no regular file".to_owned());
    }
    if metadata.nlink() > 1 {
        return Some("it has more than one name".to_owned());
    }
    if !force && metadata.uid() != geteuid().as_raw() {
        return Some(format!("it belongs to uid {}", metadata.uid()));
    }
    if !force && metadata.len() > 0 && number(file).is_none() {
        return Some("it holds something else than a process number".to_owned());
    }
    None
}

fn number(mut file: &File) -> Option<i32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    text.trim().parse().ok().filter(|pid| *pid > 0)
}

fn is_at(metadata: &Metadata, path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_ok_and(|there| there.ino() == metadata.ino() && there.dev() == metadata.dev())
}

fn held(path: &Path, file: &File) -> Error {
    let holder = number(file).map_or_else(|| "by another process".to_owned(), |pid| format!("by pid {pid}"));
    Error::already_running(format!("{}: held {holder}; the daemon is running already", cannot_lock(path)))
}

fn cannot_lock(path: &Path) -> String {
    format!("cannot lock `{}`", path.display())
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read the pid file `{}`", path.display())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(holder(&path).unwrap(), Holder::Dead);
        let _lock = PidLock::acquire(&path, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
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
