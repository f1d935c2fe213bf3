//! Starting, watching, restarting and stopping child processes: the only place that does.
//!
//! What becomes of a child is told by [`state`], whether it is started again by [`restart`]; here it is done, and the time
//! is kept. The supervisor knows nothing of what a child is for: its [`Owner`] does. Owners of several kinds share one
//! supervisor, which knows whose each child is.
//!
//! What has ended is told of before anything is started in its place: a child to be restarted at once is due at the next
//! [`tick`](Supervisor::tick).
//!
//! A child is signalled by its number, which cannot have come to mean another process, as nobody else reaps it.

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
use self::spec::{ChildSpec, Readiness};
use self::state::{Action, Event, step};
pub(crate) use self::state::{State, Then, Want};
use crate::error::Result;
use crate::sys::exit::Exit;
use crate::timers::Deadlines;

/// Processes that are started in one turn: each takes its time, and the others are due at the next.
const STARTS: usize = 4;
/// Processes that were taken for gone and are still to be reaped. One more, and the oldest is left as a zombie when it
/// ends, until the daemon ends.
const STRAYS: usize = 1024;

/// A child of the supervisor's; the number of one that was removed never means another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChildId {
    index: usize,
    serial: u64,
}

/// An owner of children, by the number that the event loop has given it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnerId(pub(crate) usize);

/// All owners. A single one will do where its own children are all that a call is about.
pub(crate) trait Owners {
    /// The owner of that number.
    fn owner(&mut self, id: OwnerId) -> &mut dyn Owner;
}

impl<O: Owner> Owners for O {
    fn owner(&mut self, _: OwnerId) -> &mut dyn Owner {
        self
    }
}

/// What has children, and does for them what the supervisor cannot do itself.
pub(crate) trait Owner {
    /// Starts the process of a child, which is to pause from the start if `paused`. After an error it is tried again, later.
    fn start(&mut self, child: ChildId, spec: &ChildSpec, paused: bool) -> Result<Pid>;
    /// Tells the process of a child to pause, or to resume.
    fn set_paused(&mut self, child: ChildId, paused: bool);
    /// The process of a child has been reaped; returns what is known of its end.
    fn ended(&mut self, child: ChildId, exit: Exit) -> ExitReport;
    /// A child has changed. This is called before what follows from it is done: the owner only remembers it.
    fn changed(&mut self, change: Change);
}

/// What the owner knows of the end of a process.
#[derive(Debug, Default)]
pub(crate) struct ExitReport {
    /// What it said last, if it did.
    pub(crate) words: Option<String>,
    /// It was no failure of its own: if it is started again, then at once.
    pub(crate) excused: bool,
}

/// A child that has come to another state, or to another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) child: ChildId,
    pub(crate) to: State,
    /// How its process has ended, if that is what changed it.
    pub(crate) exit: Option<Exit>,
    /// The reason, if its process has ended, is killed, or could not be started.
    pub(crate) reason: Option<String>,
}

/// Looks after children. How many there are is up to their owners, which add them.
#[derive(Debug)]
pub(crate) struct Supervisor {
    children: Slab<Child>,
    serial: u64,
    /// The children that have a process, by its number.
    running: HashMap<Pid, ChildId>,
    /// Processes that were killed and do not end.
    strays: VecDeque<Pid>,
    /// A process was reaped since the last look that found none: the next SIGCHLD may be for that process.
    reaped: bool,
    /// When the children that wait are to be started.
    starts: Deadlines<ChildId>,
    /// When the others have been in their state for too long.
    deadlines: Deadlines<ChildId>,
}

impl Supervisor {
    pub(crate) fn new() -> Self {
        Supervisor {
            children: Slab::new(),
            serial: 0,
            running: HashMap::new(),
            strays: VecDeque::new(),
            reaped: false,
            starts: Deadlines::new(),
            deadlines: Deadlines::new(),
        }
    }

    /// Takes a child of this owner in; it is down.
    pub(crate) fn add(&mut self, owner: OwnerId, spec: ChildSpec, now: Instant) -> ChildId {
        self.serial += 1;
        let entry = self.children.vacant_entry();
        let id = ChildId { index: entry.key(), serial: self.serial };
        entry.insert(Child::new(id, owner, spec, now));
        id
    }

    /// Forgets a child, if it is down or has failed; any other one stays.
    pub(crate) fn remove(&mut self, id: ChildId) {
        if self.get(id).is_some_and(|child| child.state.is_down()) {
            self.children.remove(id.index);
            self.arm(id);
        }
    }

    /// How a child is; one that was removed is down.
    pub(crate) fn state(&self, id: ChildId) -> State {
        self.get(id).map_or(State::Down, |child| child.state)
    }

    /// Its process, if it has one.
    pub(crate) fn pid(&self, id: ChildId) -> Option<Pid> {
        self.get(id)?.pid
    }

    /// Whether it has to wait for a while before it is started again, and is not just about to be.
    pub(crate) fn backs_off(&self, id: ChildId) -> bool {
        self.get(id).is_some_and(Child::backs_off)
    }

    /// Whether it has ended so often that it has its longest delay.
    pub(crate) fn is_degraded(&self, id: ChildId) -> bool {
        self.get(id).is_some_and(Child::is_degraded)
    }

    /// Since when it is in its state; `None` if it was removed.
    pub(crate) fn since(&self, id: ChildId) -> Option<Instant> {
        Some(self.get(id)?.since)
    }

    /// How many processes it has had after the first.
    pub(crate) fn restarts(&self, id: ChildId) -> u64 {
        self.get(id).map_or(0, |child| child.starts.saturating_sub(1))
    }

    /// Does what is wished of a child, as far as its state lets it. One that is brought up again is forgiven what was.
    pub(crate) fn want(&mut self, id: ChildId, want: Want, owners: &mut dyn Owners, now: Instant) {
        let event = Event::Wanted(want);
        if let Some(child) = self.get_mut(id)
            && matches!(want, Want::Start | Want::Restart)
            && (matches!(child.state, State::Waiting(_)) || step(child.state, event).0 != child.state)
        {
            child.reset_history();
        }
        self.apply(id, event, Cause::default(), owners, now);
    }

    /// A child says that it is ready.
    pub(crate) fn ready(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        self.apply(id, Event::Ready, Cause::default(), owners, now);
    }

    /// A child is of no use any more: it is killed, and the policy decides.
    pub(crate) fn unfit(&mut self, id: ChildId, why: &str, owners: &mut dyn Owners, now: Instant) {
        let cause = Cause { exit: None, reason: Some(why.to_owned()) };
        self.apply(id, Event::Unfit, cause, owners, now);
    }

    /// A child is to be exchanged without delay, through no failure of its own: it is killed, and started again.
    pub(crate) fn replace(&mut self, id: ChildId, why: &str, owners: &mut dyn Owners, now: Instant) {
        let cause = Cause { exit: None, reason: Some(why.to_owned()) };
        self.apply(id, Event::Replace, cause, owners, now);
    }

    /// Kills a child that has been asked to stop.
    pub(crate) fn hurry(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        if matches!(self.state(id), State::Stopping(_)) {
            let reason = Some("not waited for any longer".to_owned());
            self.apply(id, Event::Overdue, Cause { exit: None, reason }, owners, now);
        }
    }

    /// Takes the process of a child for gone, as it was killed and does not end; it is reaped when it does.
    fn disown(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) {
        // Nobody may have told of its end.
        if self.reap_one(id, owners, now) {
            return;
        }
        let Some(pid) = self.get_mut(id).and_then(Child::disown) else { return };
        if self.strays.len() == STRAYS {
            self.strays.pop_front();
        }
        self.strays.push_back(pid);
        self.end(id, Exit::Signal(libc::SIGKILL), owners, now);
    }

    /// Does what is due. Of many starts some are left to the next time; those that have waited longest come first.
    pub(crate) fn tick(&mut self, owners: &mut dyn Owners, now: Instant) {
        let late = iter::from_fn(|| self.deadlines.pop(now));
        let due: Vec<_> = late.chain(iter::from_fn(|| self.starts.pop(now)).take(STARTS)).collect();
        for (_, id) in due {
            let reason = self.get(id).and_then(Child::overdue);
            self.apply(id, Event::Overdue, Cause { exit: None, reason }, owners, now);
        }
    }

    /// When there is something due.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.starts.next().into_iter().chain(self.deadlines.next()).min()
    }

    /// Puts the deadline of a child's state in its place among the others.
    fn arm(&mut self, id: ChildId) {
        self.starts.disarm(id);
        self.deadlines.disarm(id);
        let Some(child) = self.get(id) else { return };
        match (child.state, child.deadline()) {
            (_, None) => {}
            (State::Waiting(_), Some(deadline)) => self.starts.arm(id, deadline),
            (_, Some(deadline)) => self.deadlines.arm(id, deadline),
        }
    }

    fn get(&self, id: ChildId) -> Option<&Child> {
        self.children.get(id.index).filter(|child| child.id == id)
    }

    fn get_mut(&mut self, id: ChildId) -> Option<&mut Child> {
        self.children.get_mut(id.index).filter(|child| child.id == id)
    }

    /// Looks into the table, and does what it says.
    fn apply(&mut self, id: ChildId, event: Event, cause: Cause, owners: &mut dyn Owners, now: Instant) {
        let Some(child) = self.get_mut(id) else { return };
        let from = child.state;
        let (to, action) = step(from, event);
        child.transition(to, event, action, cause.reason.as_deref(), now);
        // One that is about to be started has not changed for anybody yet.
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
            Action::Terminate => child.signal(child.spec.policy.stop_signal),
            Action::Kill => child.signal(libc::SIGKILL),
            Action::Pause => owners.owner(child.owner).set_paused(id, true),
            Action::Resume => owners.owner(child.owner).set_paused(id, false),
            Action::Disown => self.disown(id, owners, now),
        }
    }

    fn start(&mut self, id: ChildId, paused: bool, owners: &mut dyn Owners, now: Instant) {
        let Some(child) = self.get_mut(id) else { return };
        match owners.owner(child.owner).start(id, &child.spec, paused) {
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

    /// The process of a child has ended, or is taken for gone.
    fn end(&mut self, id: ChildId, exit: Exit, owners: &mut dyn Owners, now: Instant) {
        if let Some(pid) = self.pid(id) {
            self.running.remove(&pid);
        }
        let Some(child) = self.get_mut(id) else { return };
        let parting = owners.owner(child.owner).ended(id, exit);
        let (next, reason) = child.end(exit, parting, now);
        let cause = Cause { exit: Some(exit), reason: Some(reason) };
        self.apply(id, Event::Ended(next), cause, owners, now);
    }
}

#[cfg(test)]
mod tests;
