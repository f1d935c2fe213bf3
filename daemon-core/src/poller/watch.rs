//! Watching descriptors of user code.
//!
//! The poll is edge-triggered: it reports once that a descriptor has become ready. A watch that is renewed after each
//! report is reported again if the descriptor is still ready, as with a level-triggered poll.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nix::libc;

use super::Source;
use crate::error::{Error, Result};

/// A descriptor that the loop watches, to end that with [`Context::unwatch`](crate::Context::unwatch). It is never used
/// for another descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(pub(crate) u64);

/// What a descriptor is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Readiness {
    /// There is something to read, or the other side has closed.
    Read,
    /// There is room to write, or nobody reads any more.
    Write,
}

impl From<Readiness> for Interest {
    fn from(readiness: Readiness) -> Interest {
        match readiness {
            Readiness::Read => Interest::READABLE,
            Readiness::Write => Interest::WRITABLE,
        }
    }
}

/// Starts watching a descriptor.
///
/// # Errors
///
/// If the system cannot watch it, or watches it already.
pub(crate) fn watch(
    registry: &Registry,
    descriptor: BorrowedFd<'_>,
    id: WatchId,
    readiness: Readiness,
) -> Result<()> {
    let number = descriptor.as_raw_fd();
    registry.register(&mut SourceFd(&number), token(id), readiness.into()).map_err(|error| {
        let remedy = match error.raw_os_error() {
            Some(libc::EPERM) => {
                ", because it is a file or a directory, which is always ready: read it at once"
            }
            Some(libc::EEXIST) => " twice: watch a duplicate, which `try_clone` makes",
            _ => "",
        };
        Error::new(format!("cannot watch descriptor {number}{remedy}")).because(error)
    })
}

/// Goes on watching a descriptor after a report. If another descriptor has taken its place, that one is watched.
///
/// # Errors
///
/// If the system cannot watch it.
pub(crate) fn renew(
    registry: &Registry,
    descriptor: BorrowedFd<'_>,
    id: WatchId,
    readiness: Readiness,
) -> Result<()> {
    let number = descriptor.as_raw_fd();
    match registry.reregister(&mut SourceFd(&number), token(id), readiness.into()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => watch(registry, descriptor, id, readiness),
        Err(error) => Err(Error::new(format!("cannot go on watching descriptor {number}")).because(error)),
        Ok(()) => Ok(()),
    }
}

/// Ends watching a descriptor.
pub(crate) fn unwatch(registry: &Registry, descriptor: BorrowedFd<'_>) {
    // It may not be watched because another one has taken its place.
    let _ = registry.deregister(&mut SourceFd(&descriptor.as_raw_fd()));
}

fn token(id: WatchId) -> Token {
    Source::Watch(id).into()
}
