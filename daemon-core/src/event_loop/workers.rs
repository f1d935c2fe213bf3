//! The workers' share of a turn: their messages are delivered, and requests are sent to them.

use tracing::warn;

use super::EventLoop;
use crate::context::{CallId, OutgoingCall};
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::timers::after;
use crate::workers::Effect;

impl<D: Daemon> EventLoop<D> {
    /// Receives messages from workers, and delivers them.
    pub(super) fn receive_from_workers(&mut self) {
        if !self.workers.is_empty() {
            self.workers.receive(&mut self.turn.supervisor, self.user.now());
            self.deliver_effects();
        }
    }

    /// Ends the calls that take too long.
    pub(super) fn expire_calls(&mut self) {
        let now = self.user.now();
        while let Some(call) = self.rpc.dispatcher.calls.pop_unwaited(now) {
            let fault = Fault::timeout(self.rpc.dispatcher.calls.patience(call));
            self.rpc.abandon(call, fault, &mut self.user);
        }
        while let Some(call) = self.rpc.dispatcher.calls.pop_overdue(now) {
            match self.rpc.dispatcher.calls.task(call).map(|task| task.timeout) {
                Some(timeout) => self.rpc.complete(call, Err(Fault::timeout(timeout)), &mut self.user),
                None => self.workers.expire(&mut self.turn.supervisor, call, now),
            }
        }
    }

    /// Sends calls to workers that have room for them.
    pub(super) fn send_to_workers(&mut self) {
        if !self.workers.is_empty() {
            self.workers.send_calls(&self.turn.supervisor, self.user.now());
            self.deliver_effects();
        }
    }

    /// Passes a call to its worker, or replies at once with the reason why not.
    pub(super) fn call_worker(&mut self, id: CallId, call: OutgoingCall) {
        match self.workers.call(&self.turn.supervisor, id, call) {
            Ok(Some(timeout)) => self.rpc.dispatcher.calls.set_deadline(id, after(self.user.now(), timeout)),
            Ok(None) => {}
            Err(fault) => self.rpc.complete(id, Err(fault), &mut self.user),
        }
    }

    /// Sends replies to callers and events to listeners. Stops the daemon if a worker that it needs was given up.
    pub(super) fn deliver_effects(&mut self) {
        let mut effects = self.workers.take_effects();
        for effect in effects.list.drain(..) {
            match effect {
                Effect::Reply(call, outcome) => self.rpc.complete(call, outcome, &mut self.user),
                Effect::Event(event) => drop(self.user.emit(&event)),
            }
        }
        if let Some(fatal) = self.workers.fatal()
            && self.stopping.is_none()
        {
            warn!("{}", fatal.why);
            self.stop();
        }
    }

    /// Returns why the daemon had to end, if a worker that it needs was given up; after a clean end only if the daemon
    /// had not been `up`.
    pub(super) fn fatal_worker_error(&mut self, up: bool) -> Result<()> {
        match self.workers.take_fatal() {
            Some(fatal) if !fatal.clean || !up => Err(Error::new(fatal.why)),
            _ => Ok(()),
        }
    }
}
