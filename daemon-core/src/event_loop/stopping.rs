//! The end of the loop: what was accepted is answered, and nobody is let in any more.

use std::time::Instant;

use tracing::info;

use super::{EventLoop, token};
use crate::declare::Daemon;
use crate::event::Event;
use crate::fault::Fault;
use crate::net::Phase;
use crate::timers::after;

/// A stop that is under way.
pub(super) struct Stopping {
    pub(super) deadline: Instant,
    /// A signal has asked for it: the next one hurries.
    signalled: bool,
}

impl<D: Daemon> EventLoop<D> {
    /// Stops because a signal says so; at the second one, without waiting any longer.
    pub(super) fn stop_by_signal(&mut self) {
        self.stop();
        let Some(stopping) = &mut self.stopping else { return };
        if std::mem::replace(&mut stopping.signalled, true) {
            info!("told to stop again: not waiting any longer");
            stopping.deadline = self.now;
            self.workers.hurry(&mut self.supervisor, self.now);
        }
    }

    /// Starts to stop, unless that is under way.
    pub(super) fn stop(&mut self) {
        if self.stopping.is_some() {
            return;
        }
        info!("stopping");
        self.stopping = Some(Stopping { deadline: after(self.now, self.limits.drain), signalled: false });
        self.acceptors.clear();
        self.workers.drain();
        self.emit(&Event::Stop);
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id)
                && connection.phase == Phase::Open
            {
                connection.phase = Phase::Last;
            }
            self.enqueue(id);
        }
    }

    pub(super) fn is_done(&self) -> bool {
        let late = |stopping: &Stopping| self.now >= stopping.deadline;
        self.stopping.as_ref().is_some_and(|stopping| self.connections.is_empty() || late(stopping))
    }

    /// Ends what the drain did not: every call without a reply gets a fault.
    pub(super) fn give_up(&mut self) {
        self.dispatcher.fail_all(|| Fault::transport("the daemon stopped before the answer was there"));
        self.send_late_replies();
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                // Whoever does not take it now will not get it.
                let _ = connection.send(self.poll.registry(), token(id), self.now);
            }
            self.close(id);
        }
        self.workers.shut_down(&mut self.supervisor, self.now);
    }
}
