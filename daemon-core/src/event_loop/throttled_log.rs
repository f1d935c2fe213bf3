//! What a peer or another process can bring about as often as it likes: it is counted, and said once a second.

use std::time::Instant;

use tracing::{info, warn};

use crate::event::Signal;
use crate::logs::Throttle;

/// What is to be said when its time comes.
#[derive(Debug, Default)]
pub(super) struct ThrottledLog {
    refused: Throttle,
    /// Why the last one was.
    reason: String,
    signals: Throttle,
    signal: Option<Signal>,
}

impl ThrottledLog {
    /// A connection was refused.
    pub(super) fn refused(&mut self, reason: &str) {
        self.refused.count();
        self.reason.replace_range(.., reason);
    }

    /// A signal has come that does not stop the daemon.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.signals.count();
        self.signal = Some(signal);
    }

    /// When there is something to say.
    pub(super) fn due(&self) -> Option<Instant> {
        self.refused.due().into_iter().chain(self.signals.due()).min()
    }

    /// Says what is due.
    pub(super) fn write_due(&mut self, now: Instant) {
        if let Some(count) = self.refused.take(now) {
            warn!(count, "refused connections: {}", self.reason);
        }
        if let Some(count) = self.signals.take(now)
            && let Some(signal) = self.signal
        {
            info!(%signal, count, "signals");
        }
    }
}
