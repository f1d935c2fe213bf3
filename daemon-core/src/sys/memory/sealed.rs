//! The sealed backing: a memfd whose length is fixed.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap};
use nix::unistd::ftruncate;

use super::{checked_length, reserve};

/// Neither the length nor the seals can change.
const SEALS: SealFlag = SealFlag::F_SEAL_SHRINK.union(SealFlag::F_SEAL_GROW).union(SealFlag::F_SEAL_SEAL);

/// The memory cannot be made executable (since Linux 6.3; older kernels refuse the flag).
const NOEXEC_SEAL: MFdFlags = MFdFlags::from_bits_retain(0x8);

/// Creates a sealed memfd of `len` bytes, which fit an `i64`; /proc shows `name`.
pub(super) fn create(name: &str, len: usize) -> io::Result<OwnedFd> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let descriptor = match memfd_create(name, flags | NOEXEC_SEAL) {
        Err(Errno::EINVAL) => memfd_create(name, flags)?,
        result => result?,
    };
    ftruncate(&descriptor, i64::try_from(len).map_err(io::Error::other)?)?;
    reserve(&descriptor, len)?;
    fcntl(&descriptor, FcntlArg::F_ADD_SEALS(SEALS))?;
    Ok(descriptor)
}

/// Returns the length of the file behind a descriptor, if it is as [`create`] makes it.
pub(super) fn check(descriptor: &OwnedFd) -> io::Result<usize> {
    let len = checked_length(&File::from(descriptor.try_clone()?).metadata()?)?;
    // A file that cannot be sealed reports no seals.
    let seals = fcntl(descriptor, FcntlArg::F_GET_SEALS).unwrap_or(0);
    if SealFlag::from_bits_retain(seals).contains(SEALS) {
        Ok(len)
    } else {
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the segment is not sealed: it could be cut short",
        ))
    }
}

/// Maps `len` bytes, shared.
pub(super) fn map(descriptor: &impl AsFd, len: usize) -> io::Result<NonNull<u8>> {
    let len = NonZeroUsize::new(len).ok_or(Errno::EINVAL)?;
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: the kernel chooses the place, so nothing that was mapped before changes.
    let start = unsafe { mmap(None, len, access, MapFlags::MAP_SHARED, descriptor, 0) }?;
    Ok(start.cast())
}
