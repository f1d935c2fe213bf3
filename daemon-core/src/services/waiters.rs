//! Callers that wait until services have reached a state.

use std::time::{Duration, Instant};

use super::admin::json;
use super::entry::Held;
use super::{Effect, Services};
use crate::context::CallId;
use crate::event::ServiceState;
use crate::fault::Fault;
use crate::service::Name;
use crate::supervisor::{ChildId, State, Supervisor};
use crate::timers::after;

/// The most callers that wait; one more gets a fault. One that has hung up waits on until its services have changed.
const WAITERS: usize = 16 * 1024;

/// A caller that waits.
pub(super) struct Waiter {
    targets: Vec<Target>,
    until: Until,
    call: Option<CallId>,
    /// How long it waits.
    patience: Option<Duration>,
    /// When it stops waiting.
    deadline: Option<Instant>,
}

/// A service that a caller waits for.
pub(super) struct Target {
    pub(super) index: usize,
    child: ChildId,
    name: String,
    /// The process that is not waited for, because another one takes its place.
    pub(super) not: Option<i32>,
}

/// An awaited state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It is ready; or it has ended well, if it was started to end.
    Ready,
    /// It does not run.
    Down,
    /// It is forgotten.
    Gone,
    /// It is in this state.
    State(ServiceState),
}

impl Waiter {
    pub(super) fn new(
        targets: Vec<Target>,
        until: Until,
        call: Option<CallId>,
        patience: Option<(Instant, Duration)>,
    ) -> Self {
        let deadline = patience.map(|(now, within)| after(now, within));
        Waiter { targets, until, call, patience: patience.map(|(_, within)| within), deadline }
    }
}

impl Services {
    /// Returns services to wait for.
    pub(super) fn targets(&self, indices: &[usize]) -> Vec<Target> {
        let target = |index: &usize| {
            let entry = &self.table[*index];
            Target { index: *index, child: entry.child, name: entry.name.to_string(), not: None }
        };
        indices.iter().map(target).collect()
    }

    /// Has a caller wait, if there is one; returns the empty outcome, as its reply comes later.
    pub(super) fn wait(&mut self, waiter: Waiter) -> Result<Vec<u8>, Fault> {
        if let Some(call) = waiter.call {
            if self.waiters.len() >= WAITERS {
                return Err(Fault::transport("too many callers wait for services"));
            }
            self.patience.set(call, waiter.deadline);
            self.waiters.push(waiter);
        }
        Ok(Vec::new())
    }

    /// Replies to the callers whose services have reached the awaited state, or no longer can.
    pub(super) fn reply_to_waiters(&mut self, supervisor: &Supervisor) {
        self.finish_jobs(supervisor);
        for mut waiter in std::mem::take(&mut self.waiters) {
            match (self.outcome(supervisor, &mut waiter), waiter.call) {
                (Some(outcome), Some(call)) => {
                    self.patience.disarm(call);
                    self.effects.push(Effect::Reply(call, outcome));
                }
                (_, _) => self.waiters.push(waiter),
            }
        }
    }

    fn outcome(&self, supervisor: &Supervisor, waiter: &mut Waiter) -> Option<Result<Vec<u8>, Fault>> {
        let mut failure = None;
        waiter.targets.retain(|target| match self.reached(supervisor, target, waiter.until) {
            Ok(reached) => !reached,
            Err(fault) => {
                failure.get_or_insert(fault);
                true
            }
        });
        match failure {
            Some(fault) => Some(Err(fault)),
            None => waiter.targets.is_empty().then(|| json(&true)),
        }
    }

    /// Whether a service has reached a state; a fault if it no longer can.
    pub(super) fn reached(
        &self,
        supervisor: &Supervisor,
        target: &Target,
        until: Until,
    ) -> Result<bool, Fault> {
        let Some(entry) = self.table.get(target.index).filter(|entry| entry.child == target.child) else {
            return match until {
                Until::Gone | Until::Down => Ok(true),
                Until::Ready | Until::State(_) => Err(Fault::service_failed(&target.name, "it was removed")),
            };
        };
        match until {
            Until::Ready => self.is_ready_for(supervisor, target),
            Until::Down => match self.is_down(supervisor, target.index) {
                true => Ok(true),
                false if entry.held == Some(Held::Stop) => Ok(false),
                false => self.goes_down(supervisor, target),
            },
            Until::Gone => match entry.is_removed {
                true => Ok(false),
                false => Err(Fault::service_failed(&target.name, "it was added again")),
            },
            Until::State(state) => Ok(self.state_of(supervisor, entry) == state),
        }
    }

    /// Returns `false` for a service that is stopping; a fault if it was started again.
    fn goes_down(&self, supervisor: &Supervisor, target: &Target) -> Result<bool, Fault> {
        use crate::supervisor::Then;
        match supervisor.state(target.child) {
            State::Stopping(Then::Down) | State::Killed(Then::Down) => Ok(false),
            _ => Err(Fault::service_failed(&target.name, "it was started again")),
        }
    }

    fn is_ready_for(&self, supervisor: &Supervisor, target: &Target) -> Result<bool, Fault> {
        let entry = &self.table[target.index];
        let fail = |why: &str| Err(Fault::service_failed(&target.name, why));
        let why = || entry.reason.as_deref().unwrap_or("it has ended");
        match supervisor.state(target.child) {
            State::Running | State::Paused => Ok(entry.pid != target.not || target.not.is_none()),
            State::Waiting(_) if supervisor.backs_off(target.child) => fail(why()),
            State::Down if entry.held == Some(Held::Start) => {
                match self.failed_need(supervisor, target.index) {
                    Some(need) => fail(&format!("it needs `{}`, which has failed", self.table[need].name)),
                    None => match self.missing_need(target.index) {
                        Some(need) => fail(&format!("it needs `{need}`, which is not there")),
                        None => Ok(false),
                    },
                }
            }
            State::Failed if entry.has_ended_well() => Ok(true),
            State::Failed => fail(why()),
            State::Down => fail("it was stopped"),
            State::Waiting(_)
            | State::Starting(_)
            | State::Stopping(_)
            | State::Killed(_)
            | State::Failing(_) => Ok(false),
        }
    }

    /// Returns what this service needs, directly or not, and what has failed.
    fn failed_need(&self, supervisor: &Supervisor, index: usize) -> Option<usize> {
        let has_failed = |need: &usize| supervisor.state(self.table[*need].child) == State::Failed;
        self.table.with_needs(&[index]).into_iter().filter(|need| *need != index).find(has_failed)
    }

    /// Returns what this service needs, directly or not, and what is not there.
    fn missing_need(&self, index: usize) -> Option<&Name> {
        self.table.with_needs(&[index]).into_iter().find_map(|need| self.table.missing_need(need))
    }

    /// Replies to the callers that do not wait any longer.
    pub(super) fn expire_waiters(&mut self, now: Instant) {
        while let Some((_, call)) = self.patience.pop(now) {
            let Some(place) = self.waiters.iter().position(|waiter| waiter.call == Some(call)) else {
                continue;
            };
            let waiter = self.waiters.remove(place);
            self.effects.push(Effect::Reply(call, Err(Fault::timeout(waiter.patience))));
        }
    }
}
