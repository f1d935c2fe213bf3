//! Starting, watching, restarting and stopping child processes: the only place that does.
//!
//! What becomes of a child is told by [`state`], whether it is started again by [`restart`]; here it is done. The
//! supervisor knows nothing of what a child is for: its owner lends it [`Hands`].

pub(crate) mod restart;
pub(crate) mod spec;
pub(crate) mod state;

use std::collections::VecDeque;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use slab::Slab;
use tracing::{error, info, warn};

use self::restart::{End, History};
use self::spec::Spec;
pub(crate) use self::state::State;
use self::state::{Action, Event, Next};
use crate::error::Result;
use crate::sys::exit::Exit;
use crate::sys::spawn::exited;
use crate::timers::after;

/// A child of the supervisor's; a number is not used again while anybody may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChildId(u64);

/// What may be wished of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Start,
    Stop,
    Restart,
    Pause,
    Resume,
}

/// What the supervisor cannot do itself.
pub(crate) trait Hands {
    /// Starts the process of a child; one that `rests` does so from its begin.
    fn start(&mut self, child: ChildId, rests: bool) -> Result<Pid>;
    /// Tells a child to rest, or to go on.
    fn rest(&mut self, child: ChildId, rests: bool);
    /// A process has been reaped; gives back what it said last, if it did.
    fn ended(&mut self, child: ChildId, exit: Exit) -> Option<String>;
}

/// A child that has come to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) child: ChildId,
    pub(crate) to: State,
    /// How its process has ended, if that is what changed it.
    pub(crate) exit: Option<Exit>,
    /// Why, in words, if something went wrong.
    pub(crate) reason: Option<String>,
}

/// Looks after children.
pub(crate) struct Supervisor {
    children: Slab<Child>,
    serial: u64,
    /// What has changed and was not taken yet: the owner takes all after each call.
    changes: VecDeque<Change>,
}

struct Child {
    id: ChildId,
    spec: Spec,
    state: State,
    /// Since when the state holds.
    since: Instant,
    rests: bool,
    pid: Option<Pid>,
    ready_at: Option<Instant>,
    starts: u64,
    history: History,
    /// Why it was condemned.
    unfit: Option<String>,
}

/// The lower bits of a number are the place in the table, the upper ones count.
const PLACE_BITS: u32 = 24;

impl Supervisor {
    pub(crate) fn new() -> Self {
        Supervisor { children: Slab::new(), serial: 0, changes: VecDeque::new() }
    }

    /// Takes a child in; it is down.
    pub(crate) fn add(&mut self, spec: Spec, now: Instant) -> ChildId {
        self.serial += 1;
        let entry = self.children.vacant_entry();
        let id = ChildId(self.serial << PLACE_BITS | entry.key() as u64);
        entry.insert(Child {
            id,
            spec,
            state: State::Down,
            since: now,
            rests: false,
            pid: None,
            ready_at: None,
            starts: 0,
            history: History::default(),
            unfit: None,
        });
        id
    }

    /// Lets go of a child that has no process.
    pub(crate) fn remove(&mut self, child: ChildId) {
        if self.get(child).is_some_and(|child| !child.state.lives()) {
            self.children.remove(place(child));
        }
    }

    pub(crate) fn state(&self, child: ChildId) -> State {
        self.get(child).map_or(State::Down, |child| child.state)
    }

    pub(crate) fn pid(&self, child: ChildId) -> Option<Pid> {
        self.get(child)?.pid
    }

    /// Since when it is in its state.
    pub(crate) fn since(&self, child: ChildId) -> Option<Instant> {
        Some(self.get(child)?.since)
    }

    /// How often it was started after the first time.
    pub(crate) fn restarts(&self, child: ChildId) -> u64 {
        self.get(child).map_or(0, |child| child.starts.saturating_sub(1))
    }

    /// Does what is wished of a child, as far as its state lets it.
    pub(crate) fn wish(&mut self, child: ChildId, wish: Wish, hands: &mut impl Hands, now: Instant) {
        let Some(it) = self.get_mut(child) else { return };
        let event = match wish {
            Wish::Start => Event::Start,
            Wish::Stop => Event::Stop,
            Wish::Restart => Event::Restart,
            Wish::Pause => Event::Pause,
            Wish::Resume => Event::Resume,
        };
        match wish {
            Wish::Start | Wish::Restart => it.history.clear(),
            Wish::Pause => it.rests = true,
            Wish::Resume => it.rests = false,
            Wish::Stop => {}
        }
        self.happen(child, event, None, hands, now);
    }

    /// A child says that it is ready.
    pub(crate) fn ready(&mut self, child: ChildId, hands: &mut impl Hands, now: Instant) {
        if let Some(it) = self.get_mut(child) {
            it.ready_at.get_or_insert(now);
        }
        self.happen(child, Event::Ready, None, hands, now);
    }

    /// A child is of no use any more: it is killed, and the policy decides.
    pub(crate) fn unfit(&mut self, child: ChildId, why: &str, hands: &mut impl Hands, now: Instant) {
        if let Some(it) = self.get_mut(child) {
            warn!("killing `{}`: {why}", it.spec.name);
            it.unfit.get_or_insert_with(|| why.to_owned());
        }
        self.happen(child, Event::Unfit, None, hands, now);
    }

    /// A child is to be exchanged without delay, through no failure of its own.
    pub(crate) fn replace(&mut self, child: ChildId, why: &str, hands: &mut impl Hands, now: Instant) {
        if let Some(it) = self.get_mut(child) {
            warn!("killing `{}`: {why}", it.spec.name);
            it.unfit.get_or_insert_with(|| why.to_owned());
        }
        self.happen(child, Event::Replace, None, hands, now);
    }

    /// Kills a child that has been told to stop.
    pub(crate) fn hurry(&mut self, child: ChildId, hands: &mut impl Hands, now: Instant) {
        if matches!(self.state(child), State::Stopping | State::Replacing) {
            self.happen(child, Event::Overdue, None, hands, now);
        }
    }

    /// Reaps the children that have ended. All are asked: signals that come together are one, so a SIGCHLD does not tell
    /// how many. Others than ours are left to whoever has started them.
    pub(crate) fn reap(&mut self, hands: &mut impl Hands, now: Instant) {
        for place in 0..self.children.capacity() {
            let Some(child) = self.children.get_mut(place) else { continue };
            let Some(pid) = child.pid else { continue };
            match exited(pid) {
                Ok(None) => {}
                Ok(Some(exit)) => self.ended(place, exit, hands, now),
                Err(error) => {
                    // Somebody else has reaped it: how it ended is not known any more.
                    error!("cannot wait for `{}`: {error}", child.spec.name);
                    self.ended(place, Exit::Code(-1), hands, now);
                }
            }
        }
    }

    fn ended(&mut self, place: usize, exit: Exit, hands: &mut impl Hands, now: Instant) {
        let child = &mut self.children[place];
        child.pid = None;
        let id = child.id;
        let words = hands.ended(id, exit);
        let child = &mut self.children[place];
        let reason = reason(exit, child.unfit.take(), words);
        let ready_for = child.ready_at.take().map(|at| now.saturating_duration_since(at));
        let asked_for =
            matches!(child.state, State::Stopping | State::Killing | State::Replacing | State::Culling);
        let next = match asked_for {
            true => Next::AtOnce,
            false => {
                let end = End { clean: exit.is_clean(), ready_for };
                child.history.judge(&child.spec.policy, end, now, fastrand::f64())
            }
        };
        match exit.is_clean() || asked_for {
            true => info!("`{}` has ended: {reason}", child.spec.name),
            false => warn!("`{}` has ended: {reason}", child.spec.name),
        }
        self.happen(id, Event::Ended(next), Some((exit, reason)), hands, now);
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, hands: &mut impl Hands, now: Instant) {
        for place in 0..self.children.capacity() {
            let Some(child) = self.children.get_mut(place) else { continue };
            if child.deadline().is_none_or(|due| due > now) {
                continue;
            }
            let id = child.id;
            if child.state == State::Starting {
                warn!(
                    "killing `{}`: it is not ready after {:?}",
                    child.spec.name, child.spec.policy.start_timeout
                );
                child.unfit = Some("it was not ready in time".to_owned());
            }
            self.happen(id, Event::Overdue, None, hands, now);
        }
    }

    /// When there is something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.children.iter().filter_map(|(_, child)| child.deadline()).min()
    }

    /// The next child that has come to another state.
    pub(crate) fn take_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    fn get(&self, child: ChildId) -> Option<&Child> {
        self.children.get(place(child)).filter(|there| there.id == child)
    }

    fn get_mut(&mut self, child: ChildId) -> Option<&mut Child> {
        self.children.get_mut(place(child)).filter(|there| there.id == child)
    }

    /// Looks into the table, and does what it says.
    fn happen(
        &mut self,
        id: ChildId,
        event: Event,
        exit: Option<(Exit, String)>,
        hands: &mut impl Hands,
        now: Instant,
    ) {
        let Some(child) = self.get_mut(id) else { return };
        let (to, action) = state::step(child.state, event, child.rests);
        let changed = to != child.state;
        if changed || action == Action::Spawn {
            child.state = to;
            child.since = now;
            let (exit, reason) = exit.map_or((None, None), |(exit, reason)| (Some(exit), Some(reason)));
            self.changes.push_back(Change { child: id, to, exit, reason });
        }
        let Some(child) = self.get_mut(id) else { return };
        match action {
            Action::None => {}
            Action::Spawn => self.spawn(id, hands, now),
            Action::Terminate => child.signal(Signal::SIGTERM),
            Action::Kill => child.signal(Signal::SIGKILL),
            Action::Pause => hands.rest(id, true),
            Action::Resume => hands.rest(id, false),
        }
    }

    fn spawn(&mut self, id: ChildId, hands: &mut impl Hands, now: Instant) {
        let Some(child) = self.get_mut(id) else { return };
        child.starts += 1;
        let rests = child.rests;
        let started = hands.start(id, rests);
        let Some(child) = self.get_mut(id) else { return };
        match started {
            Ok(pid) => {
                info!(pid = pid.as_raw(), "started `{}`", child.spec.name);
                child.pid = Some(pid);
            }
            Err(error) => {
                let reason = error.report();
                child.history.not_started(&child.spec.policy, fastrand::f64());
                warn!(
                    "cannot start `{}`: {reason}; trying again in {:?}",
                    child.spec.name,
                    child.history.rest()
                );
                self.happen(id, Event::NotStarted, None, hands, now);
                if let Some(change) = self.changes.back_mut() {
                    change.reason = Some(reason);
                }
            }
        }
    }
}

impl Child {
    /// When its state has lasted for as long as it may.
    fn deadline(&self) -> Option<Instant> {
        let policy = &self.spec.policy;
        let longest = match self.state {
            State::Waiting => self.history.rest(),
            State::Starting => policy.start_timeout,
            State::Stopping | State::Replacing => policy.stop_grace,
            State::Down
            | State::Running
            | State::Paused
            | State::Killing
            | State::Culling
            | State::Condemned
            | State::Failed => return None,
        };
        Some(after(self.since, longest))
    }

    /// Only the supervisor reaps its children, so the number cannot have come to mean another process.
    fn signal(&self, signal: Signal) {
        let Some(pid) = self.pid else { return };
        match kill(pid, signal) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => error!("cannot send {signal} to `{}` (pid {pid}): {error}", self.spec.name),
        }
    }
}

fn place(child: ChildId) -> usize {
    usize::try_from(child.0 & ((1 << PLACE_BITS) - 1)).unwrap_or(usize::MAX)
}

/// How a process has ended, and why, as far as is known.
fn reason(exit: Exit, unfit: Option<String>, words: Option<String>) -> String {
    let causes: Vec<String> = unfit.into_iter().chain(words).collect();
    if causes.is_empty() { exit.to_string() } else { format!("{exit}: {}", causes.join("; ")) }
}
