//! A call that has been accepted, and the queue of those that wait for a process of their worker.

use std::collections::VecDeque;
use std::time::Duration;

use super::Effects;
use crate::caller::Caller;
use crate::context::CallId;
use crate::fault::Fault;

/// A call that has been accepted: it gets exactly one reply.
pub(super) struct PendingCall {
    pub(super) id: CallId,
    pub(super) method: usize,
    pub(super) params: Vec<u8>,
    pub(super) caller: Option<Caller>,
    pub(super) timeout: Option<Duration>,
    /// Its caller was told that it takes too long.
    pub(super) expired: bool,
    /// Processes that have ended before they had begun it.
    pub(super) requeued: u32,
}

/// How often a call comes back before it is taken for what ends its processes.
const RETURNS: u32 = 20;

impl PendingCall {
    /// Replies to it, unless that was done.
    pub(super) fn reply(&self, outcome: Result<Vec<u8>, Fault>, effects: &mut Effects) {
        if !self.expired {
            effects.replies.push((self.id, outcome));
        }
    }

    /// Replies that it takes too long.
    pub(super) fn expire(&mut self, worker: &str, effects: &mut Effects) {
        self.reply(Err(Fault::worker_timeout(worker, self.timeout)), effects);
        self.expired = true;
    }
}

/// Calls that wait for a process of their worker.
#[derive(Default)]
pub(super) struct CallQueue {
    calls: VecDeque<PendingCall>,
    bytes: usize,
}

/// Calls, and bytes of their parameters, that may wait for one worker. One more is answered with a fault.
const CALLS: usize = 1024;
const BYTES: usize = 16 * 1024 * 1024;

impl CallQueue {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Takes a call in; gives it back if there is no room.
    pub(super) fn push(&mut self, call: PendingCall) -> Result<(), Box<PendingCall>> {
        let too_long = !self.calls.is_empty() && self.bytes + call.params.len() > BYTES;
        if self.calls.len() >= CALLS || too_long {
            return Err(Box::new(call));
        }
        self.bytes += call.params.len();
        self.calls.push_back(call);
        Ok(())
    }

    /// Puts a call back that a process has not begun; it is the next one again. Gives it back if it has been too often.
    pub(super) fn requeue(&mut self, mut call: PendingCall) -> Result<(), Box<PendingCall>> {
        call.requeued += 1;
        if call.requeued > RETURNS {
            return Err(Box::new(call));
        }
        self.bytes += call.params.len();
        self.calls.push_front(call);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<PendingCall> {
        let call = self.calls.pop_front()?;
        self.bytes -= call.params.len();
        Some(call)
    }

    /// Takes this call out.
    pub(super) fn remove(&mut self, id: CallId) -> Option<PendingCall> {
        let place = self.calls.iter().position(|call| call.id == id)?;
        let call = self.calls.remove(place)?;
        self.bytes -= call.params.len();
        Some(call)
    }

    /// Answers all with a fault.
    pub(super) fn fail_all(&mut self, fault: &Fault, effects: &mut Effects) {
        while let Some(call) = self.pop() {
            call.reply(Err(fault.clone()), effects);
        }
    }
}
