//! What the built-in methods ask about workers: to be told of them, and to have them started, stopped and scaled.

use std::collections::BTreeMap;
use std::time::Instant;

use nix::unistd::Pid;
use serde::Serialize;

use super::hand::Hand;
use super::report::json;
use super::{Crew, PROCESSES};
use crate::context::{CrewOrder, Settle};
use crate::event::WorkerState;
use crate::fault::Fault;
use crate::supervisor::{State, Wish};
use crate::worker::message::state;

/// Somebody who waits until a worker has come to be as it was told.
pub(super) struct Waiter {
    post: usize,
    until: Until,
    settle: Settle,
}

/// What is waited for.
enum Until {
    /// No process runs.
    Down,
    /// All processes run, and none of them is one of these.
    Up { not: Vec<Pid> },
}

/// Processes that one worker may be scaled to.
const MOST: usize = 1024;

impl Crew {
    /// Does what a built-in method asks, and answers: at once if it can.
    pub(crate) fn manage(&mut self, order: CrewOrder, settle: Settle, now: Instant) {
        let outcome = match order {
            CrewOrder::List => self.list(),
            CrewOrder::Status(worker) => self.each(worker, |crew, post| Ok(crew.status(post))),
            CrewOrder::Info(worker) => self.info(worker.as_deref(), now),
            CrewOrder::Pause(worker) => self.each(worker, |crew, post| crew.rest(post, Wish::Pause, now)),
            CrewOrder::Resume(worker) => self.each(worker, |crew, post| crew.rest(post, Wish::Resume, now)),
            CrewOrder::Start(worker) => return self.when(&worker, settle, now, Crew::start_one),
            CrewOrder::Stop(worker) => return self.when(&worker, settle, now, Crew::stop_one),
            CrewOrder::Restart(worker) => return self.when(&worker, settle, now, Crew::restart_one),
            CrewOrder::Scale(worker, count) => {
                return self.when(&worker, settle, now, |crew, post, now| crew.scale(post, count, now));
            }
        };
        self.tidings.settled.push((settle, outcome));
    }

    /// Does something with one worker, and waits until it has come about.
    fn when(
        &mut self,
        worker: &str,
        settle: Settle,
        now: Instant,
        act: impl FnOnce(&mut Crew, usize, Instant) -> Result<Until, Fault>,
    ) {
        match self.named(worker).and_then(|post| Ok((post, act(self, post, now)?))) {
            Ok((post, until)) => {
                self.waiters.push(Waiter { post, until, settle });
                self.answer_waiters();
            }
            Err(fault) => self.tidings.settled.push((settle, Err(fault))),
        }
    }

    /// Asks one worker, or all by name.
    fn each<T: Serialize>(
        &mut self,
        worker: Option<String>,
        mut ask: impl FnMut(&mut Crew, usize) -> Result<T, Fault>,
    ) -> Result<Vec<u8>, Fault> {
        if let Some(worker) = worker {
            let post = self.named(&worker)?;
            return json(&ask(self, post)?);
        }
        let mut all = BTreeMap::new();
        for post in 0..self.posts.len() {
            all.insert(self.posts[post].name.to_string(), ask(self, post)?);
        }
        json(&all)
    }

    /// Pauses or resumes a worker; one that is down has nothing to rest, which is told.
    fn rest(&mut self, post: usize, wish: Wish, now: Instant) -> Result<bool, Fault> {
        self.wish_all(post, wish, now);
        Ok(!self.is_down(post))
    }

    fn start_one(&mut self, post: usize, now: Instant) -> Result<Until, Fault> {
        self.refuse_when_stopping()?;
        self.wish_all(post, Wish::Start, now);
        Ok(Until::Up { not: Vec::new() })
    }

    fn stop_one(&mut self, post: usize, now: Instant) -> Result<Until, Fault> {
        self.wish_all(post, Wish::Stop, now);
        Ok(Until::Down)
    }

    fn restart_one(&mut self, post: usize, now: Instant) -> Result<Until, Fault> {
        self.refuse_when_stopping()?;
        let pids =
            self.posts[post].hands.iter().filter_map(|hand| self.supervisor.pid(self.hands[*hand].child));
        let not = pids.collect();
        self.wish_all(post, Wish::Restart, now);
        Ok(Until::Up { not })
    }

    fn scale(&mut self, post: usize, count: usize, now: Instant) -> Result<Until, Fault> {
        self.refuse_when_stopping()?;
        let have = self.posts[post].hands.len();
        if count == 0 || count > MOST {
            return Err(Fault::invalid_value("count", format!("it must be 1 to {MOST}")));
        }
        if self.hands.len() + count.saturating_sub(have) > PROCESSES {
            let reason = format!("all workers together have at most {PROCESSES} processes");
            return Err(Fault::invalid_value("count", reason));
        }
        let goes_down = self.goes_down(post);
        let rests = self.states(post).all(State::rests);
        for hand in self.posts[post].hands.split_off(count.min(have)) {
            self.hands[hand].dismissed = true;
            self.wish(hand, Wish::Stop, now);
        }
        let new = self.hire(post, count.saturating_sub(have), now);
        self.allow_descriptors();
        for hand in new {
            if !goes_down {
                self.wish(hand, Wish::Start, now);
            }
            if rests {
                self.wish(hand, Wish::Pause, now);
            }
        }
        Ok(if goes_down { Until::Down } else { Until::Up { not: Vec::new() } })
    }

    fn refuse_when_stopping(&self) -> Result<(), Fault> {
        match self.retiring {
            None => Ok(()),
            Some(_) => Err(Fault::transport("the daemon is stopping")),
        }
    }

    /// Lets go of the processes that a worker has too many, as soon as they are down.
    pub(super) fn dismiss(&mut self) {
        let is_down = |hand: &Hand| hand.dismissed && self.supervisor.state(hand.child).is_down();
        let gone: Vec<usize> =
            self.hands.iter().filter(|(_, hand)| is_down(hand)).map(|(index, _)| index).collect();
        for index in gone {
            let hand = self.hands.remove(index);
            self.of.remove(&hand.child);
            self.supervisor.remove(hand.child);
        }
    }

    /// Answers those whose worker has come to be as it was told, or will not.
    pub(super) fn answer_waiters(&mut self) {
        for waiter in std::mem::take(&mut self.waiters) {
            match self.verdict(&waiter) {
                Some(outcome) => self.tidings.settled.push((waiter.settle, outcome)),
                None => self.waiters.push(waiter),
            }
        }
    }

    fn verdict(&self, waiter: &Waiter) -> Option<Result<Vec<u8>, Fault>> {
        let yes = Some(json(&true));
        let Until::Up { not } = &waiter.until else {
            return self.has_stopped(waiter.post);
        };
        let post = &self.posts[waiter.post];
        let mut all = true;
        for hand in post.hands.iter().map(|hand| &self.hands[*hand]) {
            match self.supervisor.state(hand.child) {
                State::Running | State::Paused => {
                    all &= self.supervisor.pid(hand.child).is_none_or(|pid| !not.contains(&pid));
                }
                State::Waiting(_) if !self.supervisor.backs_off(hand.child) => all = false,
                State::Waiting(_) | State::Failed => {
                    let why = hand.last_reason.as_deref().unwrap_or("it has ended");
                    return Some(Err(Fault::worker_not_started(&post.label(hand.number), why)));
                }
                State::Down => return Some(Err(Fault::worker_down(&post.name))),
                _ => all = false,
            }
        }
        if all { yes } else { None }
    }

    /// Whether a worker is down or on its way there.
    fn goes_down(&self, post: usize) -> bool {
        self.states(post).all(|state| state.is_down() || matches!(state, State::Stopping | State::Killing))
    }

    /// Whether a worker that was told to stop has; a fault if it was told to start meanwhile.
    fn has_stopped(&self, post: usize) -> Option<Result<Vec<u8>, Fault>> {
        if self.is_down(post) {
            return Some(json(&true));
        }
        let again = !self.goes_down(post);
        again.then(|| Err(Fault::worker_not_started(&self.posts[post].name, "it was started again")))
    }

    /// 0 spinup, 1 looping, 2 paused, 3 spindown, as the predecessor numbers them: of several processes, the one that works
    /// counts.
    fn status(&self, post: usize) -> u32 {
        let number = |hand: &usize| match self.state_of(*hand) {
            WorkerState::Spinup | WorkerState::Waiting => state::SPINUP,
            WorkerState::Looping => state::LOOPING,
            WorkerState::Paused => state::PAUSED,
            WorkerState::Spindown | WorkerState::Down | WorkerState::Failed => state::SPINDOWN,
        };
        let states: Vec<u32> = self.posts[post].hands.iter().map(number).collect();
        let first = [state::LOOPING, state::PAUSED, state::SPINUP];
        first.into_iter().find(|state| states.contains(state)).unwrap_or(state::SPINDOWN)
    }
}
