//! A call on its way to a worker, and the queue of those that wait for one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tracing::warn;

use super::hand::Hand;
use super::link::Verdict;
use super::{Crew, Tidings};
use crate::caller::Caller;
use crate::context::{Callee, Errand, Settle};
use crate::fault::Fault;
use crate::timers::after;

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
    fn expire(&mut self, worker: &str, tidings: &mut Tidings) {
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
    fn push(&mut self, ask: Ask) -> Result<(), Box<Ask>> {
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
    fn remove(&mut self, number: u64) -> Option<Ask> {
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

impl Crew {
    /// Accepts a call, or answers it with a fault. It is sent at the next [`hand_out`](Crew::hand_out).
    pub(crate) fn call(&mut self, errand: Errand, now: Instant) {
        let Errand { callee, params, caller, settle } = errand;
        let mut ask = Ask {
            number: self.next,
            method: 0,
            params: Vec::new(),
            caller,
            settle,
            timeout: None,
            expired: false,
            returned: 0,
        };
        self.next += 1;
        if let Err(fault) = self.accept(&mut ask, &callee, params, now) {
            ask.answer(Err(fault), &mut self.tidings);
        }
    }

    fn accept(
        &mut self,
        ask: &mut Ask,
        callee: &Callee,
        params: Result<Vec<u8>, Fault>,
        now: Instant,
    ) -> Result<(), Fault> {
        let (role, method) = self.find(callee)?;
        ask.params = params?;
        let post = &self.posts[role];
        ask.method = method;
        ask.timeout = post.timeout(method);
        if let Callee::Named { .. } = callee {
            post.check(method, &ask.params)?;
        }
        if self.is_down(role) {
            return Err(Fault::worker_down(&post.name));
        }
        let (number, timeout) = (ask.number, ask.timeout);
        let taken = Ask {
            settle: ask.settle.take(),
            caller: ask.caller.take(),
            params: std::mem::take(&mut ask.params),
            ..*ask
        };
        if let Err(back) = self.posts[role].waiting.push(taken) {
            ask.settle = back.settle;
            return Err(Fault::worker_busy(&self.posts[role].name));
        }
        if let Some(timeout) = timeout {
            self.expiries.arm(number, after(now, timeout));
        }
        Ok(())
    }

    fn find(&self, callee: &Callee) -> Result<(usize, usize), Fault> {
        match callee {
            Callee::Known { role, method } => Ok((*role, *method)),
            Callee::Named { worker, method } => {
                let role = self.posts.iter().position(|post| *post.name == **worker);
                let role = role.ok_or_else(|| Fault::no_worker(worker))?;
                let method = self.posts[role].find(method).ok_or_else(|| Fault::method_not_found(method))?;
                Ok((role, method))
            }
        }
    }

    /// Tells the caller of a call that it takes too long. A process of a pool, which works for nobody else, is replaced; one
    /// of a worker may go on with it for as long as the call's timeout allows from its begin.
    pub(super) fn expire(&mut self, number: u64, now: Instant) {
        for post in &mut self.posts {
            if let Some(mut ask) = post.waiting.remove(number) {
                return ask.expire(&post.name, &mut self.tidings);
            }
        }
        let mut hands = self.hands.iter_mut();
        let Some(index) = hands.find_map(|(index, hand)| hand.asked(number).map(|_| index)) else { return };
        // The answer may be there, if the daemon was busy itself.
        self.listen_to(index, now);
        let Some(hand) = self.hands.get_mut(index) else { return };
        let post = &self.posts[hand.post];
        let Some(ask) = hand.asked(number) else { return };
        ask.expire(&post.name, &mut self.tidings);
        if post.is_pool {
            self.judge(index, &Verdict::Overdue, now);
        }
    }

    /// Sends waiting calls to processes that have room for them, and wakes whoever sleeps.
    pub(crate) fn hand_out(&mut self, now: Instant) {
        for post in &mut self.posts {
            while !post.waiting.is_empty() {
                let Some(index) = post.least_busy(&self.hands, &self.supervisor) else { break };
                let (Some(ask), Some(hand)) = (post.waiting.pop(), self.hands.get_mut(index)) else { break };
                hand.send(ask, now);
            }
        }
        for index in 0..self.hands.capacity() {
            if self.hands.get_mut(index).is_some_and(Hand::knock) {
                self.enqueue(index);
            }
        }
    }
}
