//! Whether nobody waits for a call any longer: the row of the call knows, and its `Reply` can ask from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether nobody waits any longer. A call that never has a row is never closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closed(Arc<AtomicBool>);

impl Closed {
    pub(crate) fn is_set(&self) -> bool {
        // Nothing else is published with it.
        self.0.load(Ordering::Relaxed)
    }
}

/// What the row of a call holds as long as its caller waits: dropping it closes the call.
#[derive(Debug)]
pub(crate) struct Waiting(Closed);

impl From<Closed> for Waiting {
    fn from(closed: Closed) -> Self {
        Waiting(closed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Nothing else is published with it.
        self.0.0.store(true, Ordering::Relaxed);
    }
}
