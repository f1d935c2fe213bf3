//! The named backing: a file in /dev/shm, by the `shared_memory` crate.
//!
//! The crate has some pitfalls, which are handled here. It reserves no pages, so a full /dev/shm would end the process
//! at the first access. It checks nothing about the files that it opens. It treats descriptor 0 as no descriptor. And
//! it removes the name when the memory is unmapped, which is too late: here a [`Name`] owns it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::shm_unlink;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};
pub(super) use shared_memory::Shmem;
use shared_memory::{ShmemConf, ShmemError};

use super::{checked_length, reserve};

/// Where the system keeps named segments.
const DIRECTORY: &str = "/dev/shm";

/// How many entries of the directory [`sweep`] checks; the rest wait for the next sweep.
const SWEPT: usize = 10_000;

/// The name of a segment. Dropping it removes the name from the system.
#[derive(Debug)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let _ = shm_unlink(self.as_str());
    }
}

/// Creates a named segment of `len` bytes.
pub(super) fn create(prefix: &str, len: usize) -> io::Result<(Shmem, Name)> {
    occupy_standard_descriptors()?;
    let name = format!("{prefix}.{}.{:032x}", std::process::id(), random()?);
    let mut shared = ShmemConf::new().os_id(&name).size(len).create().map_err(cause)?;
    shared.set_owner(false);
    let name = Name(name);
    reserve(&file(name.as_str())?, len)?;
    Ok((shared, name))
}

/// Maps a segment that [`create`] has made, and removes its name.
pub(super) fn open(name: &str) -> io::Result<Shmem> {
    occupy_standard_descriptors()?;
    let metadata = file(name)?.metadata()?;
    let len = checked_length(&metadata)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let why = format!("the segment `{name}` is open to others: its mode is {mode:o}");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let mut shared = ShmemConf::new().os_id(name).open().map_err(cause)?;
    shared.set_owner(false);
    if shared.len() != len {
        return Err(io::Error::other(format!("the segment `{name}` changed while it was opened")));
    }
    shm_unlink(name)?;
    Ok(shared)
}

/// Removes this user's names `<prefix>.<pid>.…` whose process is gone: a SIGKILL leaves them behind.
///
/// A process in another pid namespace that shares /dev/shm seems to be gone; it loses a name that it needs only while
/// it starts a worker. Failures do not matter: the name stays until the next sweep.
pub(crate) fn sweep(prefix: &str) {
    let Ok(entries) = fs::read_dir(DIRECTORY) else { return };
    for entry in entries.flatten().take(SWEPT) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let ours = || entry.metadata().is_ok_and(|file| file.uid() == geteuid().as_raw() && file.is_file());
        if maker(name, prefix).is_some_and(is_gone) && ours() {
            let _ = shm_unlink(name);
        }
    }
}

/// The process that created a name, if the name begins with `prefix`.
fn maker(name: &str, prefix: &str) -> Option<Pid> {
    let (pid, _) = name.strip_prefix(prefix)?.strip_prefix('.')?.split_once('.')?;
    pid.parse().ok().filter(|pid| *pid > 0).map(Pid::from_raw)
}

fn is_gone(process: Pid) -> bool {
    kill(process, None) == Err(Errno::ESRCH)
}

/// Opens the file behind a name. Follows no link.
fn file(name: &str) -> io::Result<File> {
    if name.is_empty() || name.starts_with('.') || name.contains('/') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{name}` is not the name of a segment"),
        ));
    }
    // Does not block if the file is a pipe.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(Path::new(DIRECTORY).join(name))
}

/// Opens /dev/null until the numbers 0 to 2 are taken.
fn occupy_standard_descriptors() -> io::Result<()> {
    loop {
        let null = File::options().read(true).write(true).open("/dev/null")?;
        if null.as_raw_fd() > 2 {
            return Ok(());
        }
        // It stays open.
        std::mem::forget(null);
    }
}

fn random() -> io::Result<u128> {
    let mut bytes = [0; 16];
    // SAFETY: the buffer has the length that is passed, and outlives the call.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    match Errno::result(count)? {
        16 => Ok(u128::from_ne_bytes(bytes)),
        _ => Err(io::Error::other("the kernel returned too few random bytes")),
    }
}

/// The system error behind an error of the crate.
fn cause(error: ShmemError) -> io::Error {
    match error {
        ShmemError::MapCreateFailed(code)
        | ShmemError::MapOpenFailed(code)
        | ShmemError::UnknownOsError(code) => {
            i32::try_from(code).map_or_else(io::Error::other, io::Error::from_raw_os_error)
        }
        ShmemError::MappingIdExists => io::ErrorKind::AlreadyExists.into(),
        other => io::Error::other(other),
    }
}
