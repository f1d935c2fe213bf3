//! Descriptors of user code that a loop watches.
//!
//! The handler of a ready descriptor is called once per turn, and then the descriptor is watched again. One that stays
//! ready does not keep the other parts of the loop waiting.

use std::any::Any;
use std::collections::HashMap;

use tracing::error;

use super::Panic;
use crate::context::{Context, Watch};
use crate::poller::WatchId;

/// The watched descriptors of a daemon or of a worker.
pub(crate) struct Watches {
    panic: Panic,
    /// Bounded by how many the program watches, never by a peer.
    watches: HashMap<WatchId, Watch>,
    /// Those that the last poll has reported.
    ready: Vec<WatchId>,
}

impl Watches {
    pub(crate) fn new(panic: Panic) -> Self {
        Watches { panic, watches: HashMap::new(), ready: Vec::new() }
    }

    pub(crate) fn add(&mut self, watch: Watch) {
        self.watches.insert(watch.id, watch);
    }

    /// Ends a watch, unless it has ended already.
    pub(crate) fn remove(&mut self, id: WatchId) {
        self.watches.remove(&id);
    }

    /// Records that a descriptor is ready.
    pub(crate) fn on_ready(&mut self, id: WatchId) {
        self.ready.push(id);
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Calls the handler of each ready descriptor, once.
    pub(crate) fn run(&mut self, state: &mut dyn Any, context: &mut Context) {
        let mut seen = 0;
        for id in std::mem::take(&mut self.ready) {
            context.unwatched(&mut seen).for_each(|id| self.remove(id));
            if !self.call(id, state, context) {
                self.remove(id);
            }
        }
    }

    /// Calls the handler of a descriptor; returns whether to go on watching it.
    fn call(&mut self, id: WatchId, state: &mut dyn Any, context: &mut Context) -> bool {
        let Some(watch) = self.watches.get_mut(&id) else { return false };
        let called = self.panic.log("the handler of a descriptor", || {
            watch.call(state, context);
            Ok(())
        });
        // A handler that panics has not read anything, and would be called without end.
        let renewed = called.is_ok().then(|| watch.renew());
        if let Some(Err(error)) = &renewed {
            error!("{}", error.report());
        }
        matches!(renewed, Some(Ok(())))
    }
}

#[cfg(test)]
mod tests;
