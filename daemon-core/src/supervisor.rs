//! Starting, watching, restarting and stopping child processes: the only place that does.
//!
//! [`state`] decides what happens to a child, and [`restart`] whether it is started again. This module carries that out
//! and keeps the time. The supervisor does not know what a child is for: its [`Owner`] does. Owners of several kinds
//! share one supervisor, which knows the owner of each child.
//!
//! The end of a process is reported before another one is started in its place: a child that must be restarted at once
//! is due at the next [`tick`](Supervisor::tick).
//!
//! A child is signalled by its pid. The pid cannot have come to mean another process, as no other code reaps it.

pub(crate) mod spec;
mod restart;
mod state;
mod child;
mod reaping;

use std::collections::{HashMap, VecDeque};
use std::iter;
use std::time::Instant;

use nix::libc;
use nix::unistd::Pid;
use slab::Slab;

use self::child::{Cause, Child};
use self::spec::{ChildSpec, Group, Readiness};
use self::state::{Action, Event, step};
pub use self::state::{Goal, State, Then, Want};
use crate::deadlines::Deadlines;
use crate::error::Result;
use crate::sys::exit::Exit;
use crate::timers::earliest;

/// The most processes started in one turn: each start takes long, and the others are due at the next turn.
const STARTS: usize = 4;
/// The most processes that were killed, are treated as gone and have not been reaped. If there is one more, the oldest
/// is dropped: when it ends, it stays a zombie until the daemon exits.
const STRAYS: usize = 1024;

/// The id of a child; it is not used again after the child is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(test, derive(Default))]
pub struct ChildId {
    /// The place of the child in the table of children: no two have the same at one time.
    index: usize,
    serial: u64,
}

impl ChildId {
    /// Returns a small number that no other child has now, for an owner that keeps its records in a vector.
    pub fn index(self) -> usize {
        self.index
    }
}

/// The id of an owner of children, given by the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerId(pub usize);

/// All owners. A single owner is enough where a call concerns only its own children.
pub trait Owners {
    /// Returns the owner with this id.
    fn owner(&mut self, id: OwnerId) -> &mut dyn Owner;
}

impl<O: Owner> Owners for O {
    fn owner(&mut self, _: OwnerId) -> &mut dyn Owner {
        self
    }
}

/// The owner of children, which does for them what the supervisor cannot do itself.
pub trait Owner {
    /// Starts the process of a child, paused from the start if `paused`.
    ///
    /// # Errors
    ///
    /// If it cannot be started; then the start is retried later.
    fn start(&mut self, child: ChildId, spec: &ChildSpec, paused: bool, now: Instant) -> Result<Pid>;
    /// Asks the process of a child to pause, or to resume. By default nothing happens.
    fn set_paused(&mut self, child: ChildId, paused: bool) {
        let _ = (child, paused);
    }
    /// Notifies the owner that the process of a child was reaped; returns what the owner knows about its exit.
    fn ended(&mut self, child: ChildId, exit: Exit, now: Instant) -> ExitReport;
    /// Notifies the owner that a child changed. This is called before the consequences are carried out: only record it.
    fn changed(&mut self, change: Change);
}

/// What the owner knows about how a process ended.
#[derive(Debug, Default)]
pub struct ExitReport {
    /// Its last message, if there was one.
    pub words: Option<String>,
    /// Whether the child was not at fault: if it is restarted, then at once.
    pub excused: bool,
}

/// A child that has changed its state or its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The child.
    pub child: ChildId,
    /// Its new state.
    pub to: State,
    /// How its process ended, if that is the change.
    pub exit: Option<Exit>,
    /// The reason, if its process ended, was killed, or could not be started.
    pub reason: Option<String>,
}

/// Supervises children. Their owners add them, and decide how many there are.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Supervisor {
    children: Slab<Child>,
    serial: u64,
    /// The children that have a process, by its number.
    running: HashMap<Pid, ChildId>,
    /// Processes that were killed and have not ended.
    strays: VecDeque<(Pid, Group)>,
    /// Whether a process was reaped since the last check that found none: the next SIGCHLD may be for that process.
    reaped: bool,
    /// Whether children that nobody here started are reaped as well.
    reaps_strangers: bool,
    /// Whether those of our own process group are not.
    spares_own_group: bool,
    /// When the waiting children are due to start.
    starts: Deadlines<ChildId>,
    /// When the other children have been in their state for too long.
    deadlines: Deadlines<ChildId>,
}

impl Supervisor {
    /// Returns a supervisor without children.
    pub(crate) fn new() -> Self {
        Supervisor {
            children: Slab::new(),
            serial: 0,
            running: HashMap::new(),
            strays: VecDeque::new(),
            reaped: false,
            reaps_strangers: false,
            spares_own_group: false,
            starts: Deadlines::new(),
            deadlines: Deadlines::new(),
        }
    }

    /// Makes room for this many children, so that adding them allocates nothing.
    pub fn reserve(&mut self, children: usize) {
        self.children.reserve(children);
        self.running.reserve(children);
    }

    /// Reaps children that other code has started as well, and those that process 1 inherits. Only for a program that starts
    /// none by other means: their exit codes are lost.
    pub fn reap_strangers(&mut self) {
        self.reaps_strangers = true;
    }

    /// Reaps what process 1 or a subreaper inherits. A process in our own group is spared: other code has started it, and
    /// waits for it.
    pub(crate) fn reap_orphans(&mut self) {
        (self.reaps_strangers, self.spares_own_group) = (true, true);
    }

    /// Adds a child of this owner; it is down.
    pub fn add(&mut self, owner: OwnerId, spec: ChildSpec, now: Instant) -> ChildId {
        self.serial += 1;
        let entry = self.children.vacant_entry();
        let id = ChildId { index: entry.key(), serial: self.serial };
        entry.insert(Child::new(id, owner, spec, now));
        id
    }

    /// Adds a child of this owner whose process was started elsewhere, and is ready.
    pub fn adopt(&mut self, owner: OwnerId, spec: ChildSpec, pid: Pid, now: Instant) -> ChildId {
        let id = self.add(owner, spec, now);
        if let Some(child) = self.get_mut(id) {
            child.adopt(pid, now);
        }
        self.running.insert(pid, id);
        id
    }

    /// Forgets a child that is down or has failed; any other one stays.
    pub fn remove(&mut self, id: ChildId) {
        if self.get(id).is_some_and(|child| child.state.is_down()) {
            self.children.remove(id.index);
            self.arm(id);
        }
    }

    /// Replaces what a child is: its process goes on, and the next one is started by the new data.
    pub(crate) fn redefine(&mut self, id: ChildId, spec: ChildSpec) {
        if let Some(child) = self.get_mut(id) {
            child.spec = spec;
            self.arm(id);
        }
    }

    /// Sends a signal to the process of a child, if it has one; returns whether it has.
    pub(crate) fn signal(&self, id: ChildId, number: i32) -> bool {
        let child = self.get(id).filter(|child| child.pid.is_some());
        child.map(|child| child.signal(number)).is_some()
    }

    /// Returns the state of a child; one that was removed is down.
    pub fn state(&self, id: ChildId) -> State {
        self.get(id).map_or(State::Down, |child| child.state)
    }

    /// Returns its process, if it has one.
    pub fn pid(&self, id: ChildId) -> Option<Pid> {
        self.get(id)?.pid
    }

    /// Whether it is waiting for a restart delay to pass, and not merely for the next turn.
    pub(crate) fn backs_off(&self, id: ChildId) -> bool {
        self.get(id).is_some_and(Child::backs_off)
    }

    /// Whether it ended so often that it has its longest delay.
    pub(crate) fn is_degraded(&self, id: ChildId) -> bool {
        self.get(id).is_some_and(Child::is_degraded)
    }

    /// Returns since when it is in its state; `None` if it was removed.
    pub fn since(&self, id: ChildId) -> Option<Instant> {
        Some(self.get(id)?.since)
    }

    /// Returns how many processes it has had after the first.
    pub fn restarts(&self, id: ChildId) -> u64 {
        self.get(id).map_or(0, |child| child.starts.saturating_sub(1))
    }

    /// Applies a request, as far as the child's state allows. Starting a child by hand resets its restart history.
    pub fn want(&mut self, id: ChildId, want: Want, owners: &mut dyn Owners, now: Instant) {
        let event = Event::Wanted(want);
        if let Some(child) = self.get_mut(id)
            && matches!(want, Want::Start | Want::Restart)
            && (matches!(child.state, State::Waiting(_)) || step(child.state, event).0 != child.state)
        {
            child.reset_history();
        }
        self.apply(id, event, Cause::default(), owners, now);
    }

    /// Replaces a child's process, which is well, by a new one; its restart history stays.
    pub(crate) fn renew(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        self.apply(id, Event::Wanted(Want::Restart), Cause::default(), owners, now);
    }

    /// Records that a child is ready.
    pub fn ready(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        self.apply(id, Event::Ready, Cause::default(), owners, now);
    }

    /// Kills a child that has become useless; the policy decides what follows.
    pub fn unfit(&mut self, id: ChildId, why: &str, owners: &mut dyn Owners, now: Instant) {
        let cause = Cause { exit: None, reason: Some(why.to_owned()) };
        self.apply(id, Event::Unfit, cause, owners, now);
    }

    /// Replaces a child at once, through no failure of its own: it is killed and started again.
    pub(crate) fn replace(&mut self, id: ChildId, why: &str, owners: &mut dyn Owners, now: Instant) {
        let cause = Cause { exit: None, reason: Some(why.to_owned()) };
        self.apply(id, Event::Replace, cause, owners, now);
    }

    /// Kills a child that has been asked to stop.
    pub fn hurry(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        if matches!(self.state(id), State::Stopping(_)) {
            let reason = Some("not waited for any longer".to_owned());
            self.apply(id, Event::Overdue, Cause { exit: None, reason }, owners, now);
        }
    }

    /// Treats the process of a child as gone, because it was killed and has not ended; it is reaped when it ends.
    fn disown(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        // It may have ended without a SIGCHLD.
        if self.reap_one(id, owners, now) {
            return;
        }
        let Some(stray) = self.get_mut(id).and_then(Child::disown) else { return };
        if self.strays.len() == STRAYS {
            self.strays.pop_front();
        }
        self.strays.push_back(stray);
        self.end(id, Exit::Signal(libc::SIGKILL), owners, now);
    }

    /// Does what is due. If many starts are due, those that have waited longest come first, and some wait for the next
    /// call.
    pub fn tick(&mut self, owners: &mut dyn Owners, now: Instant) {
        let late = iter::from_fn(|| self.deadlines.pop(now));
        let due: Vec<_> = late.chain(iter::from_fn(|| self.starts.pop(now)).take(STARTS)).collect();
        for (_, id) in due {
            let reason = self.get(id).and_then(Child::overdue);
            self.apply(id, Event::Overdue, Cause { exit: None, reason }, owners, now);
        }
    }

    /// Returns when something is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        earliest([self.starts.next(), self.deadlines.next()])
    }

    /// Schedules the deadline of a child's state.
    fn arm(&mut self, id: ChildId) {
        let child = self.get(id);
        let deadline = child.and_then(Child::deadline);
        let waits = child.is_some_and(|child| matches!(child.state, State::Waiting(_)));
        self.starts.set(id, deadline.filter(|_| waits));
        self.deadlines.set(id, deadline.filter(|_| !waits));
    }

    fn get(&self, id: ChildId) -> Option<&Child> {
        self.children.get(id.index).filter(|child| child.id == id)
    }

    fn get_mut(&mut self, id: ChildId) -> Option<&mut Child> {
        self.children.get_mut(id.index).filter(|child| child.id == id)
    }

    /// Looks up the table, and carries out the action.
    fn apply(&mut self, id: ChildId, event: Event, cause: Cause, owners: &mut dyn Owners, now: Instant) {
        let Some(child) = self.get_mut(id) else { return };
        let from = child.state;
        let (to, action) = step(from, event);
        child.transition(to, event, action, cause.reason.as_deref(), now);
        // A child that is about to be started has not visibly changed yet.
        let is_quiet = matches!(to, State::Waiting(_)) && cause.reason.is_none();
        if cause.exit.is_some() || !(from.is_alike(to) || is_quiet) {
            child.log(from, &cause);
            let change = Change { child: id, to, exit: cause.exit, reason: cause.reason };
            owners.owner(child.owner).changed(change);
        }
        self.arm(id);
        self.act(id, action, owners, now);
    }

    fn act(&mut self, id: ChildId, action: Action, owners: &mut dyn Owners, now: Instant) {
        let Some(child) = self.get(id) else { return };
        match action {
            Action::None => {}
            Action::Spawn => self.start(id, child.state.is_to_pause(), owners, now),
            Action::Terminate => child.terminate(),
            Action::Kill => child.signal(libc::SIGKILL),
            Action::Pause => owners.owner(child.owner).set_paused(id, true),
            Action::Resume => owners.owner(child.owner).set_paused(id, false),
            Action::Disown => self.disown(id, owners, now),
        }
    }

    fn start(&mut self, id: ChildId, paused: bool, owners: &mut dyn Owners, now: Instant) {
        let Some(child) = self.get_mut(id) else { return };
        match owners.owner(child.owner).start(id, &child.spec, paused, now) {
            Ok(pid) => {
                child.started(pid);
                let is_ready = child.spec.readiness == Readiness::Started;
                self.running.insert(pid, id);
                if is_ready {
                    self.ready(id, owners, now);
                }
            }
            Err(error) => {
                let next = child.failed_to_start();
                let cause = Cause { exit: None, reason: Some(error.report()) };
                self.apply(id, Event::Ended(next), cause, owners, now);
            }
        }
    }

    /// Handles a child's process that has ended or is treated as gone.
    fn end(&mut self, id: ChildId, exit: Exit, owners: &mut dyn Owners, now: Instant) {
        if let Some(pid) = self.pid(id) {
            self.running.remove(&pid);
        }
        let Some(child) = self.get_mut(id) else { return };
        let parting = owners.owner(child.owner).ended(id, exit, now);
        let (next, reason) = child.end(exit, parting, now);
        let cause = Cause { exit: Some(exit), reason };
        self.apply(id, Event::Ended(next), cause, owners, now);
    }
}

#[cfg(test)]
mod explored;
#[cfg(test)]
mod tests;
