//! A descriptor that a handle or a controller has.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};

use crate::sys;

/// A descriptor: one of the three standard ones, or another one, which is closed when it is dropped.
pub(crate) enum Descriptor {
    Standard(Stream),
    Owned(OwnedFd),
}

/// One of the descriptors 0 to 2. It is never closed, so that no other can get its number: when it is dropped, it leads to
/// /dev/null.
pub(crate) struct Stream(RawFd);

impl Stream {
    pub(crate) const INPUT: RawFd = 0;
    pub(crate) const OUTPUT: RawFd = 1;
    pub(crate) const ERRORS: RawFd = 2;

    /// Returns all three. They must be taken only once.
    pub(crate) fn all() -> [Stream; 3] {
        [Stream::INPUT, Stream::OUTPUT, Stream::ERRORS].map(Stream)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        sys::silence(self.0);
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Descriptor::Standard(Stream(number)) => sys::standard(*number),
            Descriptor::Owned(descriptor) => descriptor.as_fd(),
        }
    }
}
