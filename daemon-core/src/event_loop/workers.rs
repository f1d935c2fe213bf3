//! The workers' share of a turn: what they have said is handed on, what was asked of them goes out.

use tracing::warn;

use super::EventLoop;
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::reactions::Panic;

impl<D: Daemon> EventLoop<D> {
    /// Receives what workers have sent, and delivers it.
    pub(super) fn receive_from_workers(&mut self) {
        if !self.workers.is_empty() {
            self.workers.receive(&mut self.supervisor, self.now);
            self.deliver_effects();
        }
    }

    /// Does what is due for children: when all others have had their share, as to start a process takes its time.
    pub(super) fn supervise(&mut self) {
        if self.workers.is_empty() {
            return;
        }
        if self.unreaped {
            self.reap();
        }
        self.workers.tick(&mut self.supervisor, self.now);
        self.supervisor.tick(&mut self.workers.spawner(self.now), self.now);
        self.workers.supervised(&mut self.supervisor, self.now);
        self.deliver_effects();
    }

    /// Children have ended, as SIGCHLD says. Of many some are left to the next turn.
    pub(super) fn reap(&mut self) {
        self.unreaped = self.supervisor.reap(&mut self.workers.spawner(self.now), self.now);
        self.workers.take_changes(&mut self.supervisor, self.now);
    }

    /// Sends calls out to workers that have room for them.
    pub(super) fn send_to_workers(&mut self) {
        if !self.workers.is_empty() {
            self.workers.send_calls(&self.supervisor, self.now);
            self.deliver_effects();
        }
    }

    /// Sends replies to their callers and events to listeners, and stops the daemon if a worker has been given up without
    /// which it cannot go on.
    fn deliver_effects(&mut self) {
        let mut effects = self.workers.take_effects();
        for (send_late_replies, outcome) in effects.replies.drain(..) {
            self.context.enter(None, self.connections.len());
            let (state, context) = (&mut self.state, &mut self.context);
            let _ = Panic::Fails.log("the answer of a worker", || {
                send_late_replies(state, outcome, context);
                Ok(())
            });
        }
        for event in effects.events.drain(..) {
            self.emit(&event);
        }
        if let Some(fatal) = self.workers.fatal()
            && self.stopping.is_none()
        {
            warn!("{}", fatal.why);
            self.stop();
        }
    }

    /// Says why the daemon had to end, if a worker that it cannot do without is down for good; after a clean end only if
    /// the daemon had not `on_up`.
    pub(super) fn fatal_worker_error(&mut self, on_up: bool) -> Result<()> {
        match self.workers.take_fatal() {
            Some(fatal) if !fatal.clean || !on_up => Err(Error::new(fatal.why)),
            _ => Ok(()),
        }
    }
}
