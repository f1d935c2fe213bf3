//! What binds a process of a worker to the daemon while it lives, and what is found wanting in it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::ask::Ask;
use super::post::Post;
use crate::sys::memory::Key;
use crate::timers::after;
use crate::worker::channel::Channel;
use crate::worker::message::state;

/// How long a process may live after it has closed its doorbell: one that ends does so just before.
const LINGER: Duration = Duration::from_secs(1);
/// From the end of a doorbell to the first question whether its process has ended as well; each pause is twice as long as
/// the one before.
const FIRST_ASK: Duration = Duration::from_millis(1);

/// What binds a process to the daemon while it lives.
pub(super) struct Link {
    pub(super) channel: Channel,
    /// What the process opens its memory with, until it has.
    pub(super) key: Option<Key>,
    /// Calls that it has been given, in order, and not answered: at most a window. Each has its number on this channel.
    pub(super) out: VecDeque<(u64, Ask)>,
    /// The number of the last call that it has been given.
    pub(super) given: u64,
    /// Since when it can have worked on the first of them.
    pub(super) since: Instant,
    watch: Watch,
    /// There is something new for it.
    pub(super) told: bool,
    /// It was found to have closed its doorbell.
    pub(super) closed: Option<Closed>,
    /// When it was found to be on its way out, though nobody had told it to leave.
    pub(super) leaving: Option<Instant>,
    /// It has said what no worker says.
    pub(super) lies: bool,
    /// Why its end is near, if it has been found wanting.
    pub(super) doomed: Option<String>,
    /// It has nothing more to say, and was not asked yet to ring when it has.
    pub(super) heard_out: bool,
    /// How often in a row it let nobody sleep and had nothing to say.
    pub(super) restless: u32,
}

/// A look at its signs of life, now and then.
#[derive(Default)]
struct Watch {
    beat: u64,
    /// When it was last seen to have given one.
    heard: Option<Instant>,
    /// When to look again; never, if it has no heartbeat or is not ready.
    next: Option<Instant>,
    /// Looks since it has given one.
    silent: u32,
}

/// A doorbell that its process has closed: nearly always because it ends.
pub(super) struct Closed {
    since: Instant,
    /// How often it was asked whether it has ended. The kernel tells that as well, but not for certain.
    asked: u32,
}

impl Closed {
    pub(super) fn new(since: Instant) -> Self {
        Closed { since, asked: 0 }
    }

    /// When to ask; `None` if it was asked for long enough.
    pub(super) fn next_ask(&self) -> Option<Instant> {
        let pause = FIRST_ASK.checked_mul(2_u32.checked_pow(self.asked)?)?;
        (pause < LINGER).then(|| self.since + pause)
    }

    /// Whether it is time to ask, which is done then.
    pub(super) fn asks(&mut self, now: Instant) -> bool {
        let is_due = self.next_ask().is_some_and(|due| due <= now);
        self.asked += u32::from(is_due);
        is_due
    }
}

/// What is wrong with a process that lives.
pub(super) enum Verdict {
    /// It gives no sign of life.
    Silent(String),
    /// It works on a call for too long.
    Overdue,
}

impl Verdict {
    /// In words.
    pub(super) fn reason(&self) -> &str {
        match self {
            Verdict::Silent(reason) => reason,
            Verdict::Overdue => "a call has taken too long",
        }
    }
}

impl Link {
    /// The bond with a process that has just been started.
    pub(super) fn new(channel: Channel, key: Key, now: Instant) -> Self {
        Link {
            channel,
            key: Some(key),
            out: VecDeque::new(),
            given: 0,
            since: now,
            watch: Watch::default(),
            told: true,
            closed: None,
            leaving: None,
            lies: false,
            doomed: None,
            heard_out: false,
            restless: 0,
        }
    }

    /// The process is ready: from now on it has to give signs of life. `false` if it was ready before.
    pub(super) fn begin(&mut self, post: &Post, now: Instant) -> bool {
        self.watch.next = post.first_look(now);
        self.key.take().is_some()
    }

    /// When to look again at how it is.
    pub(super) fn next_look(&self, post: &Post) -> Option<Instant> {
        let closed = self.closed.as_ref().map(|closed| closed.since + LINGER);
        let quiet = match self.leaving {
            Some(since) => Some(after(since, post.job.policy.stop_grace)),
            None => self.watch.next,
        };
        self.overdue().into_iter().chain(closed).chain(quiet).min()
    }

    /// It has said something, which is a sign of life.
    pub(super) fn has_spoken(&mut self, now: Instant) {
        self.watch.silent = 0;
        self.watch.heard = Some(now);
    }

    /// Whether it says that it is on its way out, and did not before.
    pub(super) fn begins_to_leave(&self) -> bool {
        self.leaving.is_none() && self.channel.header().state() == state::SPINDOWN
    }

    /// How long it has given no sign of life, as far as it was looked at.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.watch.heard?))
    }

    /// When it works on its first call for too long.
    fn overdue(&self) -> Option<Instant> {
        let (_, ask) = self.out.front()?;
        Some(after(self.since, ask.timeout?))
    }

    pub(super) fn verdict(&mut self, post: &Post, now: Instant) -> Option<Verdict> {
        if self.overdue().is_some_and(|at| at <= now) {
            return Some(Verdict::Overdue);
        }
        if self.closed.as_ref().is_some_and(|closed| closed.since + LINGER <= now) {
            return Some(Verdict::Silent("it has closed its doorbell, and lives".to_owned()));
        }
        if self.begins_to_leave() {
            self.leaving = Some(now);
        }
        // There is no way back, whatever it says from then on.
        if let Some(since) = self.leaving {
            let late = after(since, post.job.policy.stop_grace) <= now;
            return late.then(|| Verdict::Silent("it has begun to leave, and does not".to_owned()));
        }
        let longest = post.job.heartbeat?;
        if self.watch.next.is_none_or(|next| next > now) {
            return None;
        }
        self.watch.next = Some(after(now, longest / 2));
        self.watch.look(self.channel.header().heartbeat(), now);
        // Twice in a row: after the whole machine has stood still, the first look says nothing.
        (self.watch.silent >= 2).then(|| {
            Verdict::Silent(format!(
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
            self.heard = Some(now);
        }
        self.beat = beat;
    }
}
