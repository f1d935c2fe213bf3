//! A live process: its channel, its calls in flight, its health.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::queue::PendingCall;
use super::worker::Worker;
use crate::channel::Channel;
use crate::channel::message::state;
use crate::sys::memory::Key;
use crate::timers::after;

/// How long a process may live after it has closed its doorbell: one that ends does so just before.
const LINGER: Duration = Duration::from_secs(1);
/// From the end of a doorbell to the first question whether its process has ended as well; each pause is twice as long as
/// the one before.
const FIRST_ASK: Duration = Duration::from_millis(1);

/// A process that runs.
pub(super) struct Live {
    pub(super) channel: Channel,
    /// What the process opens its memory with, until it has.
    pub(super) key: Option<Key>,
    /// Calls that it has been given, in order, and not answered: at most a window. Each has its number on this channel.
    pub(super) in_flight: VecDeque<(u64, PendingCall)>,
    /// The number of the last call that it has been given.
    pub(super) last_seq: u64,
    /// Since when it can have worked on the first of them.
    pub(super) head_since: Instant,
    heartbeat: Watch,
    /// It was sent something since it was last notified.
    pub(super) dirty: bool,
    /// It was found to have closed its doorbell.
    pub(super) closed: Option<Closed>,
    /// When it was found to be on its way out, though nobody had told it to leave.
    pub(super) leaving: Option<Instant>,
    /// It violated the protocol: what it sends is not read any more.
    pub(super) corrupt: bool,
    /// Why it is killed, if it is.
    pub(super) kill_reason: Option<String>,
    /// Its ring was read to the end, and its wake-up is not enabled yet.
    pub(super) drained: bool,
    /// How often in a row it woke the daemon and had sent nothing.
    pub(super) idle_wakeups: u32,
}

/// A look at its signs of life, now and then.
#[derive(Default)]
struct Watch {
    beat: u64,
    /// When it was last seen to have given one.
    batch: Option<Instant>,
    /// When to look again; never, if it has no heartbeat or is not ready.
    next: Option<Instant>,
    /// Looks since it has given one.
    silent: u32,
}

/// A doorbell that its process has closed: nearly always because it ends.
pub(super) struct Closed {
    head_since: Instant,
    /// How often it was asked whether it has ended. The kernel tells that as well, but not for certain.
    attempts: u32,
}

impl Closed {
    pub(super) fn new(head_since: Instant) -> Self {
        Closed { head_since, attempts: 0 }
    }

    /// When to ask; `None` if it was asked for long enough.
    pub(super) fn next_reap(&self) -> Option<Instant> {
        let pause = FIRST_ASK.checked_mul(2_u32.checked_pow(self.attempts)?)?;
        (pause < LINGER).then(|| self.head_since + pause)
    }

    /// Whether it is time to ask, which is done then.
    pub(super) fn is_reap_due(&mut self, now: Instant) -> bool {
        let is_check_due = self.next_reap().is_some_and(|due| due <= now);
        self.attempts += u32::from(is_check_due);
        is_check_due
    }
}

/// What is wrong with a process that lives.
pub(super) enum Unhealthy {
    /// It gives no sign of life.
    Silent(String),
    /// It works on a call for too long.
    Overdue,
}

impl Unhealthy {
    /// In words.
    pub(super) fn reason(&self) -> &str {
        match self {
            Unhealthy::Silent(reason) => reason,
            Unhealthy::Overdue => "a call has taken too long",
        }
    }
}

impl Live {
    /// A process that has just been started.
    pub(super) fn new(channel: Channel, key: Key, now: Instant) -> Self {
        Live {
            channel,
            key: Some(key),
            in_flight: VecDeque::new(),
            last_seq: 0,
            head_since: now,
            heartbeat: Watch::default(),
            dirty: true,
            closed: None,
            leaving: None,
            corrupt: false,
            kill_reason: None,
            drained: false,
            idle_wakeups: 0,
        }
    }

    /// The process is ready: from now on it has to give signs of life. `false` if it was ready before.
    pub(super) fn hello(&mut self, worker: &Worker, now: Instant) -> bool {
        self.heartbeat.next = worker.first_check(now);
        self.key.take().is_some()
    }

    /// When to look again at how it is.
    pub(super) fn next_check(&self, worker: &Worker) -> Option<Instant> {
        let closed = self.closed.as_ref().map(|closed| closed.head_since + LINGER);
        let quiet = match self.leaving {
            Some(head_since) => Some(after(head_since, worker.spec.policy.stop_grace)),
            None => self.heartbeat.next,
        };
        self.call_deadline().into_iter().chain(closed).chain(quiet).min()
    }

    /// It has said something, which is a sign of life.
    pub(super) fn on_message(&mut self, now: Instant) {
        self.heartbeat.silent = 0;
        self.heartbeat.batch = Some(now);
    }

    /// Whether it says that it is on its way out, and did not before.
    pub(super) fn is_newly_leaving(&self) -> bool {
        self.leaving.is_none() && self.channel.header().state() == state::SPINDOWN
    }

    /// How long it has given no sign of life, as far as it was looked at.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.heartbeat.batch?))
    }

    /// When it works on its first call for too long.
    fn call_deadline(&self) -> Option<Instant> {
        let (_, call) = self.in_flight.front()?;
        Some(after(self.head_since, call.timeout?))
    }

    pub(super) fn check(&mut self, worker: &Worker, now: Instant) -> Option<Unhealthy> {
        if self.call_deadline().is_some_and(|at| at <= now) {
            return Some(Unhealthy::Overdue);
        }
        if self.closed.as_ref().is_some_and(|closed| closed.head_since + LINGER <= now) {
            return Some(Unhealthy::Silent("it has closed its doorbell, and lives".to_owned()));
        }
        if self.is_newly_leaving() {
            self.leaving = Some(now);
        }
        // There is no way back, whatever it says from then on.
        if let Some(head_since) = self.leaving {
            let late = after(head_since, worker.spec.policy.stop_grace) <= now;
            return late.then(|| Unhealthy::Silent("it has begun to leave, and does not".to_owned()));
        }
        let longest = worker.spec.heartbeat?;
        if self.heartbeat.next.is_none_or(|next| next > now) {
            return None;
        }
        self.heartbeat.next = Some(after(now, longest / 2));
        self.heartbeat.look(self.channel.header().heartbeat(), now);
        // Twice in a row: after the whole machine has stood still, the first look says nothing.
        (self.heartbeat.silent >= 2).then(|| {
            Unhealthy::Silent(format!(
                "it has given no sign of life for {}",
                humantime::format_duration(longest)
            ))
        })
    }
}

impl Watch {
    fn look(&mut self, beat: u64, now: Instant) {
        if beat == self.beat {
            self.silent += 1;
        } else {
            self.silent = 0;
            self.batch = Some(now);
        }
        self.beat = beat;
    }
}
