//! A running process: its channel, its calls in flight, its health.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use humantime::format_duration;

use super::life::{Action, Event, Phase, step};
use super::queue::PendingCall;
use super::wear::Wear;
use super::worker::Worker;
use crate::channel::Channel;
use crate::channel::message::{self, Parts, state};
use crate::context::CallId;
use crate::declare::worker::Recycle;
use crate::sys::memory::Key;
use crate::timers::after;

/// How long a process may live after its doorbell has closed. The doorbell closes just before a process ends.
const LINGER: Duration = Duration::from_secs(1);
/// The delay from the closing of a doorbell to the first check whether the process has ended. Each further delay is twice
/// as long.
const FIRST_REAP: Duration = Duration::from_millis(1);
/// How often in a row a process may wake the daemon without a complete message: each piece of a long one does so once.
const IDLE_WAKEUPS: u32 = 10_000;

/// A running process.
pub(super) struct Live {
    pub(super) channel: Channel,
    phase: Phase,
    /// When its phase began.
    since: Instant,
    /// Why it is being killed, if it is.
    reason: Option<String>,
    /// The key to its memory, kept until it is ready.
    key: Option<Key>,
    /// Its calls in flight, in order, each with its number on this channel: at most a window.
    pub(super) in_flight: VecDeque<(u64, PendingCall)>,
    /// The number of the latest call sent to it.
    last_seq: u64,
    /// The earliest time at which it can have begun the first call in flight.
    head_since: Instant,
    heartbeat: Heartbeat,
    pub(super) wear: Wear,
    closed: Option<Closed>,
    /// Whether something was sent to it since it was last notified.
    dirty: bool,
    /// Whether its ring was read to the end and its wake-up is not enabled yet.
    drained: bool,
    /// How often in a row it has woken the daemon without a message.
    idle_wakeups: u32,
}

/// The signs of life of a process, checked periodically.
#[derive(Default)]
struct Heartbeat {
    beat: u64,
    /// When its latest sign of life was seen.
    seen: Option<Instant>,
    /// When to check next; `None` if it has no heartbeat or is not ready.
    next: Option<Instant>,
    /// How many checks in a row have seen no sign of life.
    silent: u32,
}

/// A doorbell that its process has closed, nearly always because the process is ending.
struct Closed {
    since: Instant,
    /// How often the system was asked whether the process has ended, because a SIGCHLD can be missed.
    attempts: u32,
}

impl Live {
    /// The state of a process that has just been started.
    pub(super) fn new(channel: Channel, key: Key, recycle: Recycle, now: Instant) -> Self {
        Live {
            channel,
            phase: Phase::Starting,
            since: now,
            reason: None,
            key: Some(key),
            in_flight: VecDeque::new(),
            last_seq: 0,
            head_since: now,
            heartbeat: Heartbeat::default(),
            wear: Wear::new(recycle, now),
            closed: None,
            dirty: true,
            drained: false,
            idle_wakeups: 0,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns why it is being killed, if it is.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Applies an event; returns what to do.
    pub(super) fn apply(&mut self, event: Event, reason: Option<&str>, now: Instant) -> Action {
        let (phase, action) = step(self.phase, event);
        if phase != self.phase {
            self.phase = phase;
            self.since = now;
        }
        if !phase.is_checked() && reason.is_some() {
            self.reason = reason.map(str::to_owned);
        }
        action
    }

    /// Checks its heartbeat from now on.
    pub(super) fn watch(&mut self, worker: &Worker, now: Instant) {
        self.key = None;
        self.heartbeat.next = worker.first_check(now);
    }

    /// Sends it a message.
    pub(super) fn send(&mut self, message: &Parts<'_>) {
        self.channel.send(&message.as_slices());
        self.dirty = true;
    }

    /// Sends it a call.
    pub(super) fn send_call(&mut self, call: PendingCall, now: Instant) {
        let method = u32::try_from(call.method).unwrap_or(u32::MAX);
        self.last_seq += 1;
        let left = call.deadline.map(|deadline| deadline.saturating_duration_since(now));
        let head = message::Call {
            seq: self.last_seq,
            method,
            timeout: left,
            caller: call.caller.as_ref(),
            trace: call.trace,
        };
        self.send(&message::call(&head, &call.params));
        if self.in_flight.is_empty() {
            self.head_since = now;
        }
        self.in_flight.push_back((self.last_seq, call));
    }

    /// Removes and returns the call that it answers; `None` if no such call is in flight.
    pub(super) fn take_call(&mut self, seq: u64, now: Instant) -> Option<PendingCall> {
        let place = self.in_flight.iter().position(|(sent, _)| *sent == seq)?;
        if place == 0 {
            self.head_since = now;
        }
        self.wear.count();
        self.in_flight.remove(place).map(|(_, call)| call)
    }

    /// Returns a call in flight.
    pub(super) fn call_mut(&mut self, id: CallId) -> Option<&mut PendingCall> {
        self.in_flight.iter_mut().find(|(_, call)| call.id == id).map(|(_, call)| call)
    }

    /// Handles its doorbell, which it has rung or closed.
    pub(super) fn on_doorbell(&mut self, closed: bool, now: Instant) {
        if closed {
            self.closed.get_or_insert(Closed { since: now, attempts: 0 });
        }
        self.channel.flush();
    }

    /// Records that its ring was read to the end; `received` says whether there was a message.
    ///
    /// # Errors
    ///
    /// If it keeps waking the daemon without sending anything.
    pub(super) fn on_drained(&mut self, received: bool) -> Result<(), String> {
        self.channel.notify();
        self.drained = true;
        if received {
            self.idle_wakeups = 0;
        }
        if self.idle_wakeups > IDLE_WAKEUPS {
            return Err("it keeps waking the daemon without sending anything".to_owned());
        }
        Ok(())
    }

    /// Wakes it if it sleeps and was sent something, and lets it wake the daemon unless it is `queued` to be read anyway.
    /// Returns whether to read from it again at once.
    pub(super) fn notify(&mut self, queued: bool) -> bool {
        if std::mem::take(&mut self.dirty) {
            let slept = self.channel.notify();
            // A process that is awake may answer sooner than it could wake the daemon, so it is read once more.
            if !slept && self.drained && !self.in_flight.is_empty() {
                return true;
            }
        }
        let waits = self.drained || self.channel.backlog() > 0;
        if queued || !self.phase.is_checked() || !waits {
            return false;
        }
        let enabled = self.channel.enable_wakeup();
        self.drained = !enabled;
        self.idle_wakeups = if enabled { 0 } else { self.idle_wakeups + 1 };
        !enabled
    }

    /// Records a message, which is a sign of life.
    pub(super) fn on_message(&mut self, now: Instant) {
        self.heartbeat.silent = 0;
        self.heartbeat.seen = Some(now);
    }

    /// Returns how long ago it last gave a sign of life, to the accuracy of the checks.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.heartbeat.seen?))
    }

    /// Whether its header announces that it is about to exit.
    pub(super) fn is_leaving(&self) -> bool {
        self.channel.header().state() == state::SPINDOWN
    }

    /// Returns when to check its health next; `None` if it is being killed, or has no deadline.
    pub(super) fn next_check(&self, worker: &Worker, now: Instant) -> Option<Instant> {
        if !self.phase.is_checked() {
            return None;
        }
        if self.is_leaving() && self.phase != Phase::Leaving {
            return Some(now);
        }
        let closed = self.closed.as_ref().map(|closed| closed.since + LINGER);
        let quiet = match self.phase {
            Phase::Leaving => Some(self.leave_by(worker)),
            _ => self.heartbeat.next,
        };
        self.call_deadline().into_iter().chain(closed).chain(quiet).chain(self.wear.next_check()).min()
    }

    /// Checks its health; returns what is wrong, and the reason.
    pub(super) fn check(&mut self, worker: &Worker, now: Instant) -> Option<(Event, String)> {
        if !self.phase.is_checked() {
            return None;
        }
        if self.call_deadline().is_some_and(|at| at <= now) {
            return Some((Event::Overdue, "a call has taken too long".to_owned()));
        }
        if self.closed.as_ref().is_some_and(|closed| closed.since + LINGER <= now) {
            return Some((Event::Silent, "it has closed its doorbell without exiting".to_owned()));
        }
        if self.is_leaving() {
            self.apply(Event::Leaves, None, now);
        }
        if self.phase == Phase::Leaving {
            let late = self.leave_by(worker) <= now;
            return late.then(|| (Event::Silent, "it has announced that it exits, and does not".to_owned()));
        }
        let longest = worker.spec.heartbeat?;
        let is_silent = self.heartbeat.check(self.channel.header().heartbeat(), longest, now);
        let reason = || format!("it has given no sign of life for {}", format_duration(longest));
        is_silent.then(|| (Event::Silent, reason()))
    }

    /// Returns when a process that has announced that it exits must have exited.
    fn leave_by(&self, worker: &Worker) -> Instant {
        after(self.since, worker.spec.policy.stop_grace)
    }

    /// Returns the deadline of the first call in flight.
    fn call_deadline(&self) -> Option<Instant> {
        let (_, call) = self.in_flight.front()?;
        Some(after(self.head_since, call.timeout?))
    }

    /// Returns when to ask the system next whether it has ended; `None` if its doorbell is open, or after the last attempt.
    pub(super) fn next_reap(&self) -> Option<Instant> {
        let closed = self.closed.as_ref()?;
        let pause = FIRST_REAP.checked_mul(2_u32.checked_pow(closed.attempts)?)?;
        (pause < LINGER).then(|| closed.since + pause)
    }

    /// Whether it is time to ask that; if so, schedules the next time.
    pub(super) fn is_reap_due(&mut self, now: Instant) -> bool {
        let is_due = self.next_reap().is_some_and(|due| due <= now);
        if let Some(closed) = &mut self.closed {
            closed.attempts += u32::from(is_due);
        }
        is_due
    }
}

impl Heartbeat {
    /// Checks the heartbeat if it is due. Returns whether the process is silent, that is, two checks in a row have seen no
    /// sign of life. A single check proves nothing: the whole machine may have been suspended.
    fn check(&mut self, beat: u64, longest: Duration, now: Instant) -> bool {
        if self.next.is_none_or(|next| next > now) {
            return false;
        }
        self.next = Some(after(now, longest / 2));
        if beat == self.beat {
            self.silent += 1;
        } else {
            self.silent = 0;
            self.seen = Some(now);
        }
        self.beat = beat;
        self.silent >= 2
    }
}
