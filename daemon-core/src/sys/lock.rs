//! A lock file: only the process that holds its lock uses the resource that the file stands for.
//!
//! The lock belongs to an open file description (`F_OFD_SETLK`, fcntl(2)): it is released when the process ends,
//! however that happens, and its state can be read without taking it. Only the file's owner can open it, so no other
//! user can hold the lock.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// Permission bits of the file.
const MODE: u32 = 0o600;

/// A file whose lock this process holds. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    file: File,
    /// Device and inode of the file.
    identity: (u64, u64),
    owner: u32,
    stays: bool,
}

/// Why a lock could not be taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Another process holds it.
    Held(File),
    /// The file may not be used.
    Objection(String),
    /// A system call failed.
    System(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::System(error)
    }
}

impl LockFile {
    /// Takes the lock, creating the file if it does not exist. `objection` checks the opened file first: if it objects,
    /// the attempt fails and nothing has changed.
    pub(crate) fn acquire(
        path: &Path,
        objection: impl Fn(&Metadata, &File) -> Option<String>,
    ) -> Result<LockFile, Refusal> {
        loop {
            let (file, is_new) = open(path)?;
            let metadata = file.metadata().inspect_err(|_| {
                // The file was created here and did not exist before.
                if is_new {
                    let _ = fs::remove_file(path);
                }
            })?;
            let identity = (metadata.dev(), metadata.ino());
            let (path, owner) = (path.to_owned(), metadata.uid());
            let mut lock = LockFile { path, file, identity, owner, stays: !is_new };
            if let Some(objection) = objection(&metadata, &lock.file) {
                return Err(Refusal::Objection(objection));
            }
            if !take(&lock.file)? {
                lock.stays = true;
                return Err(Refusal::Held(lock.file.try_clone()?));
            }
            // The previous holder may have removed the file between our two calls.
            if lock.is_there() {
                lock.file.set_permissions(fs::Permissions::from_mode(MODE))?;
                lock.stays = false;
                return Ok(lock);
            }
            lock.stays = true;
        }
    }

    /// Whether the path still leads to the file; also `true` if that cannot be determined, because the lock is held.
    fn is_there(&self) -> bool {
        match fs::symlink_metadata(&self.path) {
            Ok(there) => (there.dev(), there.ino()) == self.identity,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// The user that owns the file.
    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Releases the lock without removing the file.
    pub(crate) fn leave(mut self) {
        self.stays = true;
    }
}

impl Drop for LockFile {
    /// Removes the file while the lock is still held, so that no other process can have taken it.
    fn drop(&mut self) {
        if !self.stays && self.is_there() {
            let _ = fs::remove_file(&self.path);
        }
        // Closing the file is not enough: a process that is being started has a copy of the descriptor until its exec.
        let _ = fcntl(&self.file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_UNLCK)));
    }
}

/// Opens a lock file. Returns whether this call created it.
fn open(path: &Path) -> io::Result<(File, bool)> {
    // Does not follow a link; does not block if the file is a pipe.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(MODE).custom_flags(flags);
    loop {
        match options.clone().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return Ok((made?, true)),
        }
        match options.open(path) {
            // It was removed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            there => return Ok((there?, false)),
        }
    }
}

/// Takes the lock of a file. Returns `false` if another process holds it.
fn take(file: &File) -> io::Result<bool> {
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_WRLCK))) {
            Ok(_) => return Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => return Ok(false),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether another process holds the lock of a file. Does not take it.
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = whole_file(libc::F_WRLCK);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(i32::from(lock.l_type) != libc::F_UNLCK)
}

#[allow(clippy::cast_possible_truncation)] // Small constants of the system.
fn whole_file(kind: libc::c_int) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_one_holder_and_can_be_queried() {
        let path = std::env::temp_dir().join(format!("lock-{}", std::process::id()));
        let any = |_: &Metadata, _: &File| None;
        let lock = LockFile::acquire(&path, any).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        let Err(Refusal::Held(file)) = LockFile::acquire(&path, any) else { panic!("taken twice") };
        assert!(is_locked(&file).unwrap() && path.exists());
        drop(lock);
        assert!(!is_locked(&file).unwrap() && !path.exists());
        LockFile::acquire(&path, any).unwrap().leave();
        assert!(!is_locked(&File::open(&path).unwrap()).unwrap(), "it is still locked");
        let refused = LockFile::acquire(&path, |_, _| Some("no".to_owned())).unwrap_err();
        assert!(matches!(refused, Refusal::Objection(_)) && path.exists());
        fs::remove_file(path).unwrap();
    }
}
