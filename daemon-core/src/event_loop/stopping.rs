//! How the loop ends: accepted requests are answered, and nothing more is accepted.

use std::time::Instant;

use tracing::info;

use super::EventLoop;
use crate::declare::Daemon;
use crate::event::Event;
use crate::timers::after;

/// A stop in progress.
pub(super) struct Stopping {
    pub(super) deadline: Instant,
    /// Whether a signal requested it: the next signal stops without waiting.
    signalled: bool,
}

impl<D: Daemon> EventLoop<D> {
    /// Stops because of a signal; the second one stops without waiting any longer.
    pub(super) fn stop_by_signal(&mut self) {
        if let Some(cycle) = self.cycle.as_mut().filter(|_| self.stopping.is_none()) {
            cycle.interrupt();
        }
        self.stop();
        let Some(stopping) = &mut self.stopping else { return };
        if std::mem::replace(&mut stopping.signalled, true) {
            info!("asked to stop again: not waiting any longer");
            stopping.deadline = self.user.now();
            self.workers.hurry(&mut self.turn.supervisor, self.user.now());
            self.programs.hurry(&mut self.turn.supervisor, self.user.now());
            self.services.hurry(&mut self.turn.supervisor, self.user.now());
        }
    }

    /// Begins to stop, unless a stop is in progress.
    pub(super) fn stop(&mut self) {
        if self.stopping.is_some() {
            return;
        }
        info!("stopping");
        let deadline = after(self.user.now(), self.rpc.limits().drain);
        self.stopping = Some(Stopping { deadline, signalled: false });
        self.workers.drain();
        self.user.emit(&Event::Stop);
        self.rpc.drain();
    }

    pub(super) fn is_done(&self) -> bool {
        let late = |stopping: &Stopping| self.user.now() >= stopping.deadline;
        self.stopping.as_ref().is_some_and(|stopping| self.rpc.connections.is_empty() || late(stopping))
    }

    /// Ends the calls and connections that the drain left, and stops the workers and other programs.
    pub(super) fn give_up(&mut self) {
        self.rpc.shut_down(&mut self.user);
        self.workers.shut_down(&mut self.turn.supervisor, self.user.now());
        self.services.shut_down(&mut self.turn.supervisor, self.user.now());
        self.user.context.end_programs();
        // Those that were started last are looked after from here on.
        self.apply();
        self.programs.shut_down(&mut self.turn.supervisor, self.user.now());
    }
}
