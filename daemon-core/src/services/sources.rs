//! The descriptors of services that the poll watches, and what each is.

use std::collections::HashMap;
use std::os::fd::{AsRawFd, BorrowedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry};

use crate::error::{OrError, Result};
use crate::poller::Source;

/// What a watched descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    /// The output of a service.
    Output(usize),
    /// The pipe by which a service says that it is ready.
    Ready(usize),
    /// The socket of sd_notify(3).
    Notify,
}

/// The watched descriptors, by numbers that are never used again: a report about an old one reaches no other.
#[derive(Default)]
pub(super) struct Sources {
    latest: u64,
    watched: HashMap<u64, Watched>,
}

impl Sources {
    pub(super) fn get(&self, source: u64) -> Option<Watched> {
        self.watched.get(&source).copied()
    }

    /// Watches a descriptor until [`remove`](Self::remove); returns its number.
    pub(super) fn add(
        &mut self,
        registry: &Registry,
        descriptor: BorrowedFd<'_>,
        watched: Watched,
    ) -> Result<u64> {
        let source = self.latest + 1;
        registry
            .register(
                &mut SourceFd(&descriptor.as_raw_fd()),
                Source::Service(source).into(),
                Interest::READABLE,
            )
            .or_error(|| "cannot poll a descriptor of a service".to_owned())?;
        self.latest = source;
        self.watched.insert(source, watched);
        Ok(source)
    }

    /// Ends watching a descriptor. A child that is just being started may have a copy, so closing is not enough.
    pub(super) fn remove(&mut self, registry: &Registry, descriptor: BorrowedFd<'_>, source: u64) {
        self.watched.remove(&source);
        // It can fail only if it is not watched.
        let _ = registry.deregister(&mut SourceFd(&descriptor.as_raw_fd()));
    }
}
