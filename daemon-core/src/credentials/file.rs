//! The files that credentials are in: read whole, replaced whole.
//!
//! Such a file belongs to the user that reads it, and nobody else may read it. It is replaced by a rename, under a lock: at
//! any moment, also after a kill or on a full disk, its path has the text from before a change or the one from after it.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::libc;
use nix::unistd::geteuid;

use crate::error::{Error, OrError, Result};
use crate::sys::lock::{LockFile, Refusal};

/// Permission bits of a file with credentials.
const MODE: u32 = 0o600;
/// The most bytes that are read.
const LONGEST: u64 = 1024 * 1024;
/// How long another change may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before the lock is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// What tells two states of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64),
    size: u64,
    /// When its content, its owner or its mode last changed.
    changed: (i64, i64),
}

impl Stamp {
    fn new(metadata: &Metadata) -> Self {
        Stamp {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns the stamp of the file at a path; `None` if there is none.
    pub(super) fn of(path: &Path) -> Option<Stamp> {
        fs::symlink_metadata(path).ok().as_ref().map(Stamp::new)
    }
}

/// Reads a file; `None` if there is none.
///
/// # Errors
///
/// If it can't be read, belongs to another user, or may be read or written by others.
pub(super) fn read(path: &Path) -> Result<Option<(String, Stamp)>> {
    read_as(path, Owner::Us)
}

/// Reads a file for a person who looks after it: root does so for every user.
pub(super) fn read_for_admin(path: &Path) -> Result<Option<(String, Stamp)>> {
    read_as(path, Owner::UsOrAnyForRoot)
}

/// Whose file may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Us,
    UsOrAnyForRoot,
}

fn read_as(path: &Path, allowed: Owner) -> Result<Option<(String, Stamp)>> {
    let what = || format!("cannot use `{}`", path.display());
    let mut options = OpenOptions::new();
    let file = match options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.or_error(what)?,
    };
    let metadata = file.metadata().or_error(what)?;
    if let Some(objection) = objection(&metadata, allowed) {
        return Err(Error::new(format!("{}: {objection}", what())));
    }
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).or_error(what)?;
    if text.len() as u64 > LONGEST {
        return Err(Error::new(format!("{}: it has more than {LONGEST} bytes", what())));
    }
    Ok(Some((text, Stamp::new(&metadata))))
}

/// Returns why a file must not be used.
fn objection(metadata: &Metadata, allowed: Owner) -> Option<String> {
    let (mode, owner, user) = (metadata.mode() & 0o7777, metadata.uid(), geteuid());
    if !metadata.is_file() {
        return Some("it is not a regular file".to_owned());
    }
    if owner != user.as_raw() && !(user.is_root() && allowed == Owner::UsOrAnyForRoot) {
        return Some(format!("it belongs to uid {owner}, and this is uid {user}"));
    }
    (mode & 0o077 != 0).then(|| {
        format!("its mode is {mode:04o}, so that other users may use it; `chmod 600` it, and replace what is in it")
    })
}

/// Replaces a file by what `edit` makes of its text, which is empty if there is no file. Other changes wait meanwhile.
///
/// # Errors
///
/// That of `edit`, and those of the system; then the file is as it was.
pub(super) fn change<T>(path: &Path, edit: impl FnOnce(&str) -> Result<(Option<String>, T)>) -> Result<T> {
    let _lock = lock(path)?;
    let before = read_for_admin(path)?;
    let text = before.as_ref().map_or("", |(text, _)| text);
    let (after, result) = edit(text)?;
    if let Some(after) = after {
        replace(path, &after).or_error(|| {
            format!(
                "cannot write `{}`, which is as it was before; is there room on its disk?",
                path.display()
            )
        })?;
    }
    Ok(result)
}

/// Creates the directory of a file, for its user alone, unless it is there.
pub(super) fn make_directory_of(path: &Path) -> Result<()> {
    let Some(directory) = path.parent() else { return Ok(()) };
    let what = || format!("cannot make the directory `{}`", directory.display());
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.or_error(what),
    }
}

/// Keeps others from changing a file.
fn lock(path: &Path) -> Result<LockFile> {
    let name = beside(path, "lock");
    let what = || format!("cannot lock `{}`", name.display());
    let strange = |metadata: &Metadata, _: &File| objection(metadata, Owner::UsOrAnyForRoot);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match LockFile::acquire(&name, strange) {
            Ok(lock) => return Ok(lock),
            Err(Refusal::Held(_)) if Instant::now() < deadline => sleep(RETRY),
            Err(Refusal::Held(_)) => {
                return Err(Error::timed_out(format!("{}: another process holds it", what())));
            }
            Err(Refusal::Objection(objection)) => return Err(Error::new(format!("{}: {objection}", what()))),
            Err(Refusal::System(error)) => return Err(Error::new(what()).because(error)),
        }
    }
}

/// Writes a new file and puts it in the place of this one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path, "new");
    // A change that was killed may have left one.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let written = write(&new, path, text).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

fn write(new: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(new)?;
    if let Some(owner) = owner(path) {
        fchown(&file, Some(owner.0), Some(owner.1))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Returns who owns a file or, if it is not there, its directory, if root changes it for another user: that of the daemon.
fn owner(path: &Path) -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let directory = || path.parent().and_then(|directory| fs::metadata(directory).ok());
    let there = fs::symlink_metadata(path).ok().or_else(directory)?;
    Some((there.uid(), there.gid()))
}

/// Returns the path of a file in the same directory: `tokens.lock` beside `tokens`.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::thread;

    use super::*;

    fn append(text: &str) -> impl FnOnce(&str) -> Result<(Option<String>, ())> {
        move |before: &str| Ok((Some(before.to_owned() + text), ()))
    }

    fn text(path: &Path) -> String {
        read(path).unwrap().unwrap().0
    }

    #[test]
    fn changes_by_many_are_made_one_after_the_other() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| change(&path, append("x")).unwrap()));
            }
        });
        assert_eq!(text(&path).len(), 80);
        let left: Vec<_> =
            fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["tokens"], "nothing else is left");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_may_use_is_refused_and_says_why() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        assert!(read(&path).unwrap().is_none());
        change(&path, append("x")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        for error in [read(&path).unwrap_err(), change(&path, append("y")).unwrap_err()] {
            assert!(error.to_string().contains("its mode is 0640"), "{error}");
        }
        let link = home.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(read(&link).is_err() && read(home.path()).is_err());
    }

    #[test]
    fn what_a_killed_change_has_left_is_in_nobodys_way() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        fs::write(beside(&path, "new"), "half of").unwrap();
        fs::write(beside(&path, "lock"), "").unwrap();
        fs::set_permissions(beside(&path, "lock"), fs::Permissions::from_mode(0o600)).unwrap();
        change(&path, append("whole")).unwrap();
        assert_eq!(text(&path), "whole");
    }

    #[test]
    fn a_change_that_fails_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        change(&path, append("x")).unwrap();
        let before = Stamp::of(&path);
        assert!(change::<()>(&path, |_| Err(Error::new("no"))).is_err());
        change(&path, |_| Ok((None, ()))).unwrap();
        assert_eq!(Stamp::of(&path), before);
        change(&path, append("y")).unwrap();
        assert_ne!(Stamp::of(&path), before);
    }
}
