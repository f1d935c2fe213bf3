//! A call on its way: it is accepted, handed out to a process, and told when it takes too long.

use std::time::Instant;

use super::Crew;
use super::ask::Ask;
use super::hand::Hand;
use super::link::Verdict;
use crate::context::{Callee, Errand};
use crate::fault::Fault;
use crate::supervisor::State;
use crate::timers::after;

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
                let role = self.named(worker)?;
                let method = self.posts[role].find(method).ok_or_else(|| Fault::method_not_found(method))?;
                Ok((role, method))
            }
        }
    }

    /// The worker of this name.
    pub(super) fn named(&self, worker: &str) -> Result<usize, Fault> {
        self.posts.iter().position(|post| *post.name == *worker).ok_or_else(|| Fault::no_worker(worker))
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
        for post in 0..self.posts.len() {
            while !self.posts[post].waiting.is_empty() {
                let Some(index) = self.least_busy(post) else { break };
                let Some(ask) = self.posts[post].waiting.pop() else { break };
                self.hands[index].send(ask, now);
            }
        }
        for index in 0..self.hands.capacity() {
            if self.hands.get_mut(index).is_some_and(Hand::knock) {
                self.enqueue(index);
            }
        }
    }

    /// The process of a worker that has the fewest calls, if one has room for another.
    fn least_busy(&self, post: usize) -> Option<usize> {
        let post = &self.posts[post];
        let works = |hand: &Hand| match self.supervisor.state(hand.child) {
            State::Running => true,
            // A paused worker answers, and only its ticks rest; a paused pool has nothing else to rest.
            State::Paused => !post.is_pool,
            _ => false,
        };
        let free = |hand: &Hand| hand.busy() < post.window && hand.takes() && works(hand);
        let free = post.hands.iter().filter(|index| free(&self.hands[**index]));
        free.min_by_key(|index| self.hands[**index].busy()).copied()
    }
}
