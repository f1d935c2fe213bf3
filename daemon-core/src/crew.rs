//! The workers of a daemon, as its loop sees them: calls on their way out, answers on their way back.
//!
//! The crew never waits and never runs code of the user's: what is answered and what has happened is collected, and the
//! loop hands it on. The supervisor decides when a process starts and ends; the crew gives it a channel.

mod ask;
mod call;
mod duty;
mod hand;
mod link;
mod order;
mod post;
mod report;
mod retire;
mod watch;
mod yard;

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use mio::{Registry, Token};
use slab::Slab;
use tracing::warn;

pub(crate) use self::duty::{Duties, RoleFlags, descriptors};
use self::hand::Hand;
use self::link::Link;
use self::order::Waiter;
use self::post::Post;
pub(crate) use self::report::{Listing, ProcessReport};
use self::retire::Lost;
use self::yard::Yard;
pub(crate) use self::yard::prefix;
use crate::context::Settle;
use crate::error::{Error, OrError, Result};
use crate::event::{Event, WorkerChange, WorkerState};
use crate::fault::Fault;
use crate::supervisor::{Change, ChildId, State, Supervisor, Wish};
use crate::sys::descriptor;
use crate::sys::spawn::Executable;
use crate::timers::Deadlines;

/// The token of the first process; the others follow. Above those of listeners, below those of connections.
const FIRST: usize = 1 << 20;
/// Processes that all workers may have together; a start or a scale beyond is refused.
const PROCESSES: usize = 4096;

/// Every worker of a daemon.
pub(crate) struct Crew {
    duties: Rc<Duties>,
    posts: Vec<Post>,
    hands: Slab<Hand>,
    /// The process that a child of the supervisor is.
    of: HashMap<ChildId, usize>,
    supervisor: Supervisor,
    /// More processes may have ended than were reaped.
    unreaped: bool,
    registry: Registry,
    executable: Option<Executable>,
    /// Processes that may have said something: at most all.
    ready: VecDeque<usize>,
    /// When a call has taken too long, by its number.
    expiries: Deadlines<u64>,
    next: u64,
    tidings: Tidings,
    waiters: Vec<Waiter>,
    /// The daemon drains what it has accepted, and stops then.
    drains: bool,
    /// Workers that have not been told to stop yet, when the daemon ends: the last one goes first.
    retiring: Option<usize>,
    /// A worker that the daemon cannot do without is down for good.
    lost: Option<Lost>,
}

/// What the loop is to hand on; it empties this every turn.
#[derive(Default)]
pub(crate) struct Tidings {
    /// Answers, and who gets them.
    pub(crate) settled: Vec<(Settle, Result<Vec<u8>, Fault>)>,
    /// What has happened.
    pub(crate) news: VecDeque<Event>,
    /// Numbers of calls that had a timeout, and need it no more.
    answered: Vec<u64>,
    /// What bound processes that have ended: to give their memory back takes its time, and nobody waits for it.
    parted: Vec<Link>,
}

impl Crew {
    /// The crew for these duties; nothing is started yet.
    ///
    /// # Errors
    ///
    /// If the system does not let this program keep hold of its own file, or there are too many processes.
    pub(crate) fn new(duties: Duties, registry: &Registry, now: Instant) -> Result<Self> {
        let registry = registry.try_clone().or_error(|| "cannot make a poll".to_owned())?;
        let executable = match duties.roles.is_empty() {
            true => None,
            false => Some(Executable::own().or_error(|| "cannot open this program's own file".to_owned())?),
        };
        let duties = Rc::new(duties);
        let mut crew = Crew {
            posts: duties.roles.iter().map(|role| Post::new(&**role, &duties.name)).collect(),
            duties,
            hands: Slab::new(),
            of: HashMap::new(),
            supervisor: Supervisor::new(),
            unreaped: false,
            registry,
            executable,
            ready: VecDeque::new(),
            expiries: Deadlines::new(),
            next: 0,
            tidings: Tidings::default(),
            waiters: Vec::new(),
            drains: false,
            retiring: None,
            lost: None,
        };
        let processes: usize = crew.posts.iter().map(|post| post.job.processes()).sum();
        if processes > PROCESSES {
            return Err(Error::new(format!(
                "the workers have {processes} processes; the limit is {PROCESSES}"
            )));
        }
        for post in 0..crew.posts.len() {
            crew.hire(post, crew.posts[post].job.processes(), now);
        }
        Ok(crew)
    }

    /// Raises the limit of descriptors for as many processes as there are. Where the system does not let it, starts may
    /// fail, and are tried again.
    fn allow_descriptors(&self) {
        let wanted = self.duties.descriptors + descriptors(self.hands.len());
        if let Err(error) = descriptor::allow(wanted) {
            warn!("cannot have {wanted} descriptors: {error}");
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// Starts every worker, in order.
    pub(crate) fn start(&mut self, now: Instant) {
        for post in 0..self.posts.len() {
            self.wish_all(post, Wish::Start, now);
        }
    }

    /// Whether every worker has been ready once, or has failed to: then the daemon is up.
    pub(crate) fn has_begun(&self) -> bool {
        // One that was stopped, or added to such a worker, need not.
        let has = |hand: &Hand| hand.has_begun || self.supervisor.state(hand.child) == State::Down;
        self.hands.iter().all(|(_, hand)| has(hand))
    }

    /// Adds so many processes to a worker; they are not started.
    fn hire(&mut self, post: usize, count: usize, now: Instant) -> Vec<usize> {
        // One that is on its way out has its number until it is gone.
        let others = self.hands.iter().filter(|(_, hand)| hand.post == post);
        let taken: HashSet<usize> = others.map(|(_, hand)| hand.number).collect();
        let free = (0..).filter(|number| !taken.contains(number)).take(count);
        let new = free.map(|number| {
            let child = self.supervisor.add(self.posts[post].spec(number), now);
            let index = self.hands.insert(Hand::new(child, post, number));
            self.of.insert(child, index);
            index
        });
        let new: Vec<usize> = new.collect();
        self.posts[post].hands.extend(&new);
        new
    }

    fn wish(&mut self, hand: usize, wish: Wish, now: Instant) {
        let child = self.hands[hand].child;
        let (supervisor, mut yard) = self.yard(now);
        supervisor.wish(child, wish, &mut yard, now);
        self.take_changes(now);
    }

    fn wish_all(&mut self, post: usize, wish: Wish, now: Instant) {
        for hand in self.posts[post].hands.clone() {
            self.wish(hand, wish, now);
        }
    }

    /// The supervisor, and what it acts on.
    fn yard(&mut self, now: Instant) -> (&mut Supervisor, Yard<'_>) {
        let yard = Yard {
            duties: &self.duties,
            posts: &mut self.posts,
            hands: &mut self.hands,
            of: &self.of,
            registry: &self.registry,
            executable: self.executable.as_ref(),
            tidings: &mut self.tidings,
            now,
        };
        (&mut self.supervisor, yard)
    }

    /// The process that a token of the poll means; `None` if it means none.
    pub(crate) fn hand_of(token: Token) -> Option<usize> {
        token.0.checked_sub(FIRST).filter(|index| *index < FIRST)
    }

    /// A process has rung, or has closed its doorbell.
    pub(crate) fn stir(&mut self, hand: usize, closed: bool, now: Instant) {
        if let Some(hand) = self.hands.get_mut(hand) {
            hand.hear(closed, now);
        }
        self.enqueue(hand);
        if closed {
            self.reap_one(hand, now);
        }
    }

    fn enqueue(&mut self, index: usize) {
        if let Some(hand) = self.hands.get_mut(index)
            && !std::mem::replace(&mut hand.queued, true)
        {
            self.ready.push_back(index);
        }
    }

    /// Takes in what processes have said, each up to its budget.
    pub(crate) fn listen(&mut self, now: Instant) {
        for _ in 0..self.ready.len() {
            let Some(index) = self.ready.pop_front() else { return };
            if let Some(hand) = self.hands.get_mut(index) {
                hand.queued = false;
                self.listen_to(index, now);
            }
        }
    }

    /// Takes in what one process has said, up to its budget.
    fn listen_to(&mut self, index: usize, now: Instant) {
        let hand = &mut self.hands[index];
        let post = &self.posts[hand.post];
        let heard = hand.listen(post, &mut self.tidings, now);
        let child = hand.child;
        if heard.ready {
            let (supervisor, mut yard) = self.yard(now);
            supervisor.ready(child, &mut yard, now);
        }
        if let Some(reason) = heard.broken {
            let (supervisor, mut yard) = self.yard(now);
            supervisor.unfit(child, &reason, &mut yard, now);
        }
        if heard.more {
            self.enqueue(index);
        }
        self.take_changes(now);
    }

    /// Whether there is something to do at once.
    pub(crate) fn is_busy(&self) -> bool {
        self.unreaped
            || !self.ready.is_empty()
            || !self.tidings.settled.is_empty()
            || !self.tidings.news.is_empty()
    }

    /// Takes over what the supervisor has changed.
    fn take_changes(&mut self, now: Instant) {
        while let Some(change) = self.supervisor.take_change() {
            self.changed(change);
        }
        self.dismiss();
        self.let_down(now);
        self.retire_further(now);
        self.answer_waiters();
    }

    fn changed(&mut self, change: Change) {
        let Some(&index) = self.of.get(&change.child) else { return };
        let hand = &mut self.hands[index];
        let post = &mut self.posts[hand.post];
        let state = worker_state(change.to);
        hand.has_begun |= state != WorkerState::Spinup;
        if let Some(reason) = &change.reason {
            hand.last_reason = Some(reason.clone());
        }
        self.tidings.news.push_back(Event::Worker(WorkerChange {
            worker: post.name.clone(),
            process: hand.number,
            state,
            reason: change.reason.clone(),
        }));
        if state == WorkerState::Failed && !post.job.optional && self.lost.is_none() {
            let reason = change.reason.unwrap_or_else(|| "it has ended".to_owned());
            self.lost = Some(Lost {
                why: format!("the worker `{}` is down for good: {reason}", post.label(hand.number)),
                clean: change.exit.is_some_and(|exit| exit.is_clean()),
            });
        }
        let post = hand.post;
        if matches!(state, WorkerState::Down | WorkerState::Failed) && self.is_down(post) {
            let why = Fault::worker_down(&self.posts[post].name);
            self.posts[post].waiting.fail_all(&why, &mut self.tidings);
        }
    }

    /// Whether no process of a worker runs or will.
    fn is_down(&self, post: usize) -> bool {
        self.states(post).all(State::is_down)
    }

    fn states(&self, post: usize) -> impl Iterator<Item = State> {
        self.posts[post].hands.iter().map(|hand| self.supervisor.state(self.hands[*hand].child))
    }

    /// Tells every worker to reload.
    pub(crate) fn reload(&mut self) {
        self.hands.iter_mut().for_each(|(_, hand)| hand.reload());
    }

    pub(crate) fn take_tidings(&mut self) -> Tidings {
        for number in self.tidings.answered.drain(..) {
            self.expiries.disarm(number);
        }
        std::mem::take(&mut self.tidings)
    }

    /// How a process is: what the supervisor knows, and whether it says itself that it leaves.
    fn state_of(&self, hand: usize) -> WorkerState {
        let hand = &self.hands[hand];
        match worker_state(self.supervisor.state(hand.child)) {
            WorkerState::Looping | WorkerState::Paused if hand.is_leaving() => WorkerState::Spindown,
            state => state,
        }
    }
}

fn worker_state(state: State) -> WorkerState {
    match state {
        State::Down => WorkerState::Down,
        State::Waiting(_) => WorkerState::Waiting,
        State::Starting(_) => WorkerState::Spinup,
        State::Running => WorkerState::Looping,
        State::Paused => WorkerState::Paused,
        State::Stopping | State::Replacing(_) | State::Killing | State::Culling(_) | State::Condemned(_) => {
            WorkerState::Spindown
        }
        State::Failed => WorkerState::Failed,
    }
}

#[cfg(test)]
mod tests;
