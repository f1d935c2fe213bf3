//! A call that has been accepted, and the queue of those that wait for a process of their worker.

use std::collections::VecDeque;
use std::time::Duration;

use tracing::warn;

use super::Tidings;
use crate::caller::Caller;
use crate::context::Settle;
use crate::fault::Fault;

/// A call that has been accepted: it gets exactly one answer.
pub(super) struct Ask {
    /// Its number, never used again.
    pub(super) number: u64,
    pub(super) method: usize,
    pub(super) params: Vec<u8>,
    pub(super) caller: Option<Caller>,
    /// Who gets the answer; nobody, if it was only sent, or has been answered.
    pub(super) settle: Option<Settle>,
    pub(super) timeout: Option<Duration>,
    /// It was answered that it took too long.
    pub(super) expired: bool,
    /// Processes that have ended before they had begun it.
    pub(super) returned: u32,
}

/// How often a call comes back before it is taken for what ends its processes.
const RETURNS: u32 = 20;

impl Ask {
    /// Answers, if anybody waits; a fault that nobody waits for is logged.
    pub(super) fn answer(&mut self, outcome: Result<Vec<u8>, Fault>, tidings: &mut Tidings) {
        if self.timeout.is_some() {
            tidings.answered.push(self.number);
        }
        match (self.settle.take(), outcome) {
            (Some(settle), outcome) => tidings.settled.push((settle, outcome)),
            (None, Err(fault)) if !self.expired => warn!("a call that nobody waits for has failed: {fault}"),
            (None, _) => {}
        }
    }

    /// Answers that it has taken too long.
    pub(super) fn expire(&mut self, worker: &str, tidings: &mut Tidings) {
        let fault = Fault::worker_timeout(worker, self.timeout);
        self.answer(Err(fault), tidings);
        self.expired = true;
    }
}

/// Calls that wait for a process of their worker.
#[derive(Default)]
pub(super) struct Waiting {
    asks: VecDeque<Ask>,
    bytes: usize,
}

/// Calls, and bytes of their parameters, that may wait for one worker. One more is answered with a fault.
const CALLS: usize = 1024;
const BYTES: usize = 16 * 1024 * 1024;

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.asks.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }

    /// Takes a call in; gives it back if there is no room.
    pub(super) fn push(&mut self, ask: Ask) -> Result<(), Box<Ask>> {
        let too_long = !self.asks.is_empty() && self.bytes + ask.params.len() > BYTES;
        if self.asks.len() >= CALLS || too_long {
            return Err(Box::new(ask));
        }
        self.bytes += ask.params.len();
        self.asks.push_back(ask);
        Ok(())
    }

    /// Puts a call back that a process has not begun; it is the next one again. Gives it back if it has been too often.
    pub(super) fn put_back(&mut self, mut ask: Ask) -> Result<(), Box<Ask>> {
        ask.returned += 1;
        if ask.returned > RETURNS {
            return Err(Box::new(ask));
        }
        self.bytes += ask.params.len();
        self.asks.push_front(ask);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Ask> {
        let ask = self.asks.pop_front()?;
        self.bytes -= ask.params.len();
        Some(ask)
    }

    /// Takes out the call with this number.
    pub(super) fn remove(&mut self, number: u64) -> Option<Ask> {
        let place = self.asks.iter().position(|ask| ask.number == number)?;
        let ask = self.asks.remove(place)?;
        self.bytes -= ask.params.len();
        Some(ask)
    }

    /// Answers all with a fault.
    pub(super) fn fail_all(&mut self, fault: &Fault, tidings: &mut Tidings) {
        while let Some(mut ask) = self.pop() {
            ask.answer(Err(fault.clone()), tidings);
        }
    }
}
