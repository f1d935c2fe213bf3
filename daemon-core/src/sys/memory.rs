//! Memory shared with another process: a [`Segment`], which both map, and the [`Key`] that the other side needs for it.
//!
//! There are two backings. A sealed segment has no name: its descriptor is passed to the other process, nothing is left
//! behind however the processes end, and the other side cannot truncate it. A named segment can be opened by programs
//! that get no descriptor. This module does not know what a segment contains; see `channel`.
//!
//! The limits: a process that has a named segment open can truncate it, and then access to the lost part ends this
//! process with SIGBUS; so only programs of the same user can open it. A sealed segment can lose its pages, but not its
//! length: accessing a lost page gives a new page of zeros.
//!
//! # Safety
//!
//! This module may use unsafe code: mapping, and pointers into mapped memory. The other process may change any byte at
//! any moment. So there is never a reference to the bytes of a segment, only to its atomic words; bytes are copied in
//! and out through [`Segment::as_ptr`], and a copy is checked after it was made and not read again from the segment.
#![allow(unsafe_code)]

#[cfg(feature = "named-memory")]
mod named;
#[cfg(not(feature = "named-memory"))]
#[path = "../without/named.rs"]
mod named;
mod sealed;

use std::fs::Metadata;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use nix::sys::mman::munmap;
use nix::unistd::geteuid;

use self::named::Shmem;
pub(crate) use self::named::{Name, sweep};

/// Bytes of the smallest segment. The length of each segment is a multiple of it.
pub(crate) const PAGE: usize = 4096;

/// The atomic words at the start of a segment.
pub(crate) type Words = [AtomicU64; PAGE / size_of::<AtomicU64>()];

/// The kind of memory that a segment is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backing {
    /// A memfd that can neither shrink nor grow, passed on as a descriptor.
    Sealed,
    /// A name in /dev/shm, until the other side has opened it or its [`Key`] is dropped.
    Named,
}

/// What the other side needs to map the segment. No process can map it without that.
#[derive(Debug)]
pub(crate) enum Key {
    Descriptor(OwnedFd),
    Name(Name),
}

/// Memory that two processes have mapped. Dropping it unmaps it.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The start of `len` bytes, mapped while `mapping` lives, aligned to a page.
    start: NonNull<u8>,
    /// At least one page.
    len: usize,
    mapping: Mapping,
}

/// What unmaps a segment.
enum Mapping {
    Ours,
    /// The `shared_memory` crate, when this is dropped.
    Theirs(#[allow(dead_code, reason = "it is held for its drop")] Shmem),
}

// SAFETY: a segment is a pointer to memory that is mapped for all threads, and its methods change nothing.
unsafe impl Send for Segment {}
// SAFETY: as above.
unsafe impl Sync for Segment {}

impl Segment {
    /// Creates a segment of at least `len` bytes, all zero, with its pages reserved. The name of a named one is
    /// `<prefix>.<pid>.<128 random bits>`.
    ///
    /// # Errors
    ///
    /// `ENOSPC` or `ENOMEM` if there is not enough memory.
    pub(crate) fn create(backing: Backing, prefix: &str, len: usize) -> io::Result<(Segment, Key)> {
        let len = len
            .max(1)
            .checked_next_multiple_of(PAGE)
            .filter(|len| i64::try_from(*len).is_ok())
            .ok_or(Errno::ENOMEM)?;
        match backing {
            Backing::Sealed => {
                let descriptor = sealed::create(prefix, len)?;
                Ok((Segment::map(sealed::map(&descriptor, len)?, len), Key::Descriptor(descriptor)))
            }
            Backing::Named => {
                let (shared, name) = named::create(prefix, len)?;
                Ok((Segment::adopt(shared)?, Key::Name(name)))
            }
        }
    }

    /// Maps the sealed segment behind a descriptor, and closes the descriptor.
    ///
    /// # Errors
    ///
    /// If it is not as [`create`](Segment::create) makes it: owned by this user, sealed, a whole number of pages.
    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> io::Result<Segment> {
        let len = sealed::check(&descriptor)?;
        Ok(Segment::map(sealed::map(&descriptor, len)?, len))
    }

    /// Maps the named segment with this name, and removes the name: both sides have the segment now.
    ///
    /// # Errors
    ///
    /// If there is none, or it is not as [`create`](Segment::create) makes it: owned by this user, closed to others, a
    /// whole number of pages.
    pub(crate) fn open(name: &str) -> io::Result<Segment> {
        Segment::adopt(named::open(name)?)
    }

    fn map(start: NonNull<u8>, len: usize) -> Segment {
        Segment { start, len, mapping: Mapping::Ours }
    }

    fn adopt(shared: Shmem) -> io::Result<Segment> {
        let start = NonNull::new(shared.as_ptr()).ok_or_else(|| io::Error::other("nothing is mapped"))?;
        Ok(Segment { start, len: shared.len(), mapping: Mapping::Theirs(shared) })
    }

    /// The start of [`len`](Segment::len) bytes that can be read and written while `self` lives.
    pub(crate) fn as_ptr(&self) -> NonNull<u8> {
        self.start
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first page, as words that either process may change at any moment.
    pub(crate) fn words(&self) -> &Words {
        // SAFETY: a segment has at least one page and starts at one, any bytes are a valid word, and the words are
        // atomic.
        unsafe { self.start.cast().as_ref() }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if let Mapping::Ours = self.mapping {
            // SAFETY: the memory is mapped, nothing else unmaps it, and all pointers into it borrow from `self`.
            let _ = unsafe { munmap(self.start.cast(), self.len) };
        }
    }
}

impl std::fmt::Debug for Mapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Mapping::Ours => "Ours",
            Mapping::Theirs(_) => "Theirs",
        })
    }
}

/// Reserves pages for the whole of a file in memory, so that no access to them can fail later.
fn reserve(file: &impl AsFd, len: usize) -> io::Result<()> {
    let len = i64::try_from(len).map_err(io::Error::other)?;
    loop {
        match fallocate(file, FallocateFlags::empty(), 0, len) {
            Err(Errno::EINTR) => {}
            result => return Ok(result?),
        }
    }
}

/// The length of a segment's file, if it can be a segment that a program of this user has created.
fn checked_length(file: &Metadata) -> io::Result<usize> {
    let refuse = |why: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    if file.uid() != geteuid().as_raw() {
        return refuse(format!("the segment belongs to uid {}", file.uid()));
    }
    match usize::try_from(file.len()) {
        Ok(len) if file.is_file() && len >= PAGE && len.is_multiple_of(PAGE) => Ok(len),
        _ => refuse(format!("not a valid segment: {} bytes", file.len())),
    }
}

#[cfg(test)]
mod tests;
