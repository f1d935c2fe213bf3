//! A call that has been accepted, and the queue in which calls wait for a process of their worker.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Effects;
use crate::caller::Caller;
use crate::context::CallId;
use crate::fault::Fault;
use crate::trace::TraceContext;

/// An accepted call. It gets exactly one reply.
pub(super) struct PendingCall {
    pub(super) id: CallId,
    pub(super) method: usize,
    pub(super) params: Vec<u8>,
    pub(super) caller: Option<Caller>,
    /// When that caller stops waiting, if it says.
    pub(super) deadline: Option<Instant>,
    /// The trace context of the call that makes it.
    pub(super) trace: Option<TraceContext>,
    pub(super) timeout: Option<Duration>,
    /// Whether it has been answered because it took too long.
    pub(super) expired: bool,
    /// How many processes have ended before they had begun it.
    pub(super) requeued: u32,
}

/// How often a call may be requeued; then it is assumed to be what ends the processes.
const REQUEUES: u32 = 20;

impl PendingCall {
    /// Replies to it, unless it has been answered.
    pub(super) fn reply(&self, outcome: Result<Vec<u8>, Fault>, effects: &mut Effects) {
        if !self.expired {
            effects.reply(self.id, outcome);
        }
    }

    /// Replies that it has taken too long.
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

/// The most calls, and bytes of parameters, that may wait for one worker. One more call is answered with a fault.
const CALLS: usize = 1024;
const BYTES: usize = 16 * 1024 * 1024;

impl CallQueue {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Adds a call; returns it as the error if there is no room.
    pub(super) fn push(&mut self, call: PendingCall) -> Result<(), Box<PendingCall>> {
        let too_long = !self.calls.is_empty() && self.bytes + call.params.len() > BYTES;
        if self.calls.len() >= CALLS || too_long {
            return Err(Box::new(call));
        }
        self.bytes += call.params.len();
        self.calls.push_back(call);
        Ok(())
    }

    /// Returns a call that no process has begun to the front of the queue; returns it as the error if that has happened too
    /// often.
    pub(super) fn requeue(&mut self, mut call: PendingCall) -> Result<(), Box<PendingCall>> {
        call.requeued += 1;
        if call.requeued > REQUEUES {
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

    /// Removes and returns this call.
    pub(super) fn remove(&mut self, id: CallId) -> Option<PendingCall> {
        let place = self.calls.iter().position(|call| call.id == id)?;
        let call = self.calls.remove(place)?;
        self.bytes -= call.params.len();
        Some(call)
    }

    /// Answers all calls with a fault.
    pub(super) fn fail_all(&mut self, fault: &Fault, effects: &mut Effects) {
        while let Some(call) = self.pop() {
            call.reply(Err(fault.clone()), effects);
        }
    }
}
