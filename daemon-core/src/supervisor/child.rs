//! One child: its state, its process, and its restart history.
//!
//! This is only the record; the supervisor decides and acts.

use std::time::{Duration, Instant};

use humantime::format_duration;
use nix::libc;
use nix::unistd::Pid;
use tracing::{debug, info, warn};

use super::restart::{End, History, Next};
use super::spec::{ChildSpec, Group, Intensity};
use super::state::{Action, Event, State};
use super::{ChildId, ExitReport, OwnerId};
use crate::sys::exit::{Exit, signal_name};
use crate::sys::spawn;
use crate::timers::after;

/// How long a process may take to end after a SIGKILL before it is treated as gone: the kernel is holding it up.
const KILL_PATIENCE: Duration = Duration::from_secs(1);

/// A supervised child.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Child {
    pub(super) id: ChildId,
    pub(super) owner: OwnerId,
    pub(super) spec: ChildSpec,
    pub(super) state: State,
    /// When it entered its state; changes of its goal do not count.
    pub(super) since: Instant,
    /// Its process, while it has one.
    pub(super) pid: Option<Pid>,
    /// How many processes it has had.
    pub(super) starts: u64,
    /// When its process became ready.
    ready_at: Option<Instant>,
    /// Why its process was killed, until it has ended.
    why: Option<String>,
    /// How long it waits, while it waits.
    delay: Duration,
    history: History,
}

/// The cause of a change, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Cause {
    pub(super) exit: Option<Exit>,
    pub(super) reason: Option<String>,
}

impl Child {
    pub(super) fn new(id: ChildId, owner: OwnerId, spec: ChildSpec, now: Instant) -> Self {
        Child {
            id,
            owner,
            spec,
            state: State::Down,
            since: now,
            pid: None,
            starts: 0,
            ready_at: None,
            why: None,
            delay: Duration::ZERO,
            history: History::default(),
        }
    }

    /// Returns when its state has lasted too long; `None` if it has no time limit.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let longest = match self.state {
            State::Waiting(_) => self.delay,
            State::Starting(_) => self.spec.policy.start_timeout,
            State::Stopping(_) => self.spec.policy.stop_grace,
            State::Killed(_) | State::Failing(_) => KILL_PATIENCE,
            State::Down | State::Running | State::Paused | State::Failed => return None,
        };
        Some(after(self.since, longest))
    }

    /// Whether it is waiting for a restart delay to pass.
    pub(super) fn backs_off(&self) -> bool {
        matches!(self.state, State::Waiting(_)) && !self.delay.is_zero()
    }

    /// Whether it is waiting for the longest delay, after many early ends.
    pub(super) fn is_degraded(&self) -> bool {
        self.backs_off() && self.history.is_at_longest(&self.spec.policy)
    }

    /// Returns the reason to report when it misses its deadline; `None` if that is not a failure.
    pub(super) fn overdue(&self) -> Option<String> {
        let policy = &self.spec.policy;
        match self.state {
            State::Starting(_) => Some(format!("not ready within {}", format_duration(policy.start_timeout))),
            State::Stopping(_) => Some(format!("not stopped within {}", format_duration(policy.stop_grace))),
            State::Down
            | State::Waiting(_)
            | State::Running
            | State::Paused
            | State::Killed(_)
            | State::Failing(_)
            | State::Failed => None,
        }
    }

    /// Enters its next state.
    pub(super) fn transition(
        &mut self,
        to: State,
        event: Event,
        action: Action,
        reason: Option<&str>,
        now: Instant,
    ) {
        if !self.state.goes_on_as(to) || matches!(event, Event::Ended(_)) {
            self.since = now;
        }
        if !self.state.is_ready() && to.is_ready() {
            self.ready_at = Some(now);
        }
        if let Event::Ended(Next::After(delay)) = event {
            self.delay = delay;
        }
        if action == Action::Kill {
            self.why = reason.map(str::to_owned);
        }
        self.state = to;
    }

    /// Records a start.
    pub(super) fn started(&mut self, pid: Pid) {
        debug!(%pid, "{} was started", self.spec.name);
        self.pid = Some(pid);
        self.starts += 1;
    }

    /// Records a process that was started elsewhere, and is ready.
    pub(super) fn adopt(&mut self, pid: Pid, now: Instant) {
        self.started(pid);
        (self.state, self.since, self.ready_at) = (State::Running, now, Some(now));
    }

    /// Records a failed start; returns what comes next.
    pub(super) fn failed_to_start(&mut self) -> Next {
        self.history.after_failed_start(&self.spec.policy, fastrand::f64())
    }

    /// Records an end; returns what the policy decides, and why the process ended. A quiet child has no reason but the exit
    /// itself.
    pub(super) fn end(&mut self, exit: Exit, parting: ExitReport, now: Instant) -> (Next, Option<String>) {
        let ExitReport { words, excused } = parting;
        self.pid = None;
        let lived = self.ready_at.take().map(|ready| now.duration_since(ready));
        let why = self.why.take();
        let clean = exit.is_clean() && why.is_none();
        // If the end was requested, the policy has no say: a restart happens at once.
        let decides = self.state.is_surprised_by_an_end();
        let end = End { clean, lived, excused };
        let next = match decides {
            true => self.history.next(&self.spec.policy, end, now, fastrand::f64()),
            false => Next::AT_ONCE,
        };
        if self.spec.quiet {
            return (next, None);
        }
        let causes: Vec<String> = why.into_iter().chain(words).collect();
        let mut reason =
            if causes.is_empty() { exit.to_string() } else { format!("{exit}: {}", causes.join("; ")) };
        if decides && self.history.is_excess() {
            let intensity = self.spec.policy.intensity.unwrap_or(Intensity::USUAL);
            let within = format_duration(intensity.within);
            reason.push_str(&format!("; more than {} restarts within {within}", intensity.restarts));
        }
        (next, Some(reason))
    }

    /// Gives up a process that does not end, and returns it; the child has no process then.
    pub(super) fn disown(&mut self) -> Option<(Pid, Group)> {
        let pid = self.pid?;
        let held_up = format!("not gone within {} after its SIGKILL", format_duration(KILL_PATIENCE));
        self.why = Some(self.why.take().map_or(held_up.clone(), |why| format!("{why}; {held_up}")));
        Some((pid, self.spec.group))
    }

    /// Resets its restart history and its delay.
    pub(super) fn reset_history(&mut self) {
        self.history = History::default();
        self.delay = Duration::ZERO;
    }

    /// Asks its process to stop.
    pub(super) fn terminate(&self) {
        let policy = &self.spec.policy;
        self.signal(policy.stop_signal);
        // The group has the number of the process, which has not been reaped.
        if let Some(pid) = self.pid.filter(|_| policy.stop_group && self.spec.group != Group::Inherited) {
            // The others may have ended.
            let _ = spawn::signal(Pid::from_raw(-pid.as_raw()), policy.stop_signal);
        }
    }

    /// Sends a signal to its process.
    pub(super) fn signal(&self, number: i32) {
        let Some(pid) = self.pid else { return };
        let sent = match number {
            // This also kills the processes of its group.
            libc::SIGKILL => spawn::kill(pid, self.spec.group),
            _ => spawn::signal(pid, number),
        };
        if let Err(error) = sent {
            warn!(%pid, "cannot send {} to {}: {error}", signal_name(number), self.spec.name);
        }
    }

    /// Logs its new state.
    pub(super) fn log(&self, from: State, cause: &Cause) {
        let (name, pid, state) = (&self.spec.name, self.pid.map(Pid::as_raw), self.state);
        let surprised = cause.exit.is_none() || from.is_surprised_by_an_end();
        match &cause.reason {
            Some(reason) if self.spec.quiet => debug!(pid, "{name} is {state}: {reason}"),
            Some(reason) if surprised => warn!(pid, "{name} is {state}: {reason}"),
            Some(reason) => info!(pid, "{name} is {state}: {reason}"),
            None => match cause.exit {
                Some(exit) => debug!(pid, "{name} is {state}: {exit}"),
                None => debug!(pid, "{name} is {state}"),
            },
        }
    }
}
