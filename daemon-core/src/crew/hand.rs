//! One process of a worker: its channel, the calls it has been given, and the signs of life it gives.

use std::time::{Duration, Instant};

use mio::Registry;

use super::Tidings;
use super::ask::Ask;
use super::link::{Closed, Link, Verdict};
use super::post::Post;
use crate::event::{Event, Message, Progress};
use crate::fault::Fault;
use crate::supervisor::ChildId;
use crate::sys::memory::Key;
use crate::worker::channel::{Channel, RING};
use crate::worker::message::{self, Heard, state};

/// Messages that are taken in from one process in one turn; the others get their share before it goes on.
const MESSAGES_PER_TURN: usize = 128;
/// Bytes after which a process has had its share of a turn: as many as its ring holds.
const BYTES_PER_TURN: usize = RING;
/// How often in a row a process may keep the daemon awake for nothing: each piece of a long message does so once.
const RESTLESS: u32 = 10_000;

/// One process of a worker, be it there or not.
pub(super) struct Hand {
    pub(super) child: ChildId,
    pub(super) post: usize,
    /// Which of the worker's processes it is, from 0 on.
    pub(super) number: usize,
    link: Option<Link>,
    /// It stands in the queue of those that may have said something.
    pub(super) queued: bool,
    /// It has been ready, or has failed to be, since the daemon started.
    pub(super) has_begun: bool,
    /// It goes as soon as it is down: the worker has been scaled.
    pub(super) dismissed: bool,
    /// Calls that it has answered.
    pub(super) calls: u64,
    pub(super) progress: Option<(u64, u64)>,
    /// Why it has ended the last time.
    pub(super) last_reason: Option<String>,
}

/// What listening to a process has brought, beside answers and events.
#[derive(Default)]
pub(super) struct HeardAll {
    pub(super) ready: bool,
    pub(super) broken: Option<String>,
    /// How much it was.
    pub(super) bytes: usize,
    /// There may be more.
    pub(super) more: bool,
}

impl Hand {
    pub(super) fn new(child: ChildId, post: usize, number: usize) -> Self {
        Hand {
            child,
            post,
            number,
            link: None,
            queued: false,
            has_begun: false,
            dismissed: false,
            calls: 0,
            progress: None,
            last_reason: None,
        }
    }

    /// Takes over the channel of a process that has just been started.
    pub(super) fn bind(&mut self, channel: Channel, key: Key, now: Instant) {
        self.link = Some(Link::new(channel, key, now));
        self.progress = None;
    }

    /// How many calls it has been given and not answered.
    pub(super) fn busy(&self) -> usize {
        self.link.as_ref().map_or(0, |link| link.out.len())
    }

    /// Whether another call would not have to wait for room in the ring.
    pub(super) fn takes(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.channel.backlog() == 0)
    }

    /// A call that it has been given.
    pub(super) fn asked(&mut self, number: u64) -> Option<&mut Ask> {
        let mut out = self.link.as_mut()?.out.iter_mut();
        out.find(|(_, ask)| ask.number == number).map(|(_, ask)| ask)
    }

    /// Gives it a call.
    pub(super) fn send(&mut self, ask: Ask, now: Instant) {
        let Some(link) = &mut self.link else { return };
        let method = u32::try_from(ask.method).unwrap_or(u32::MAX);
        link.given += 1;
        let call = message::call(link.given, method, ask.caller.as_ref(), &ask.params);
        link.channel.send(&call.as_slices());
        link.told = true;
        if link.out.is_empty() {
            link.since = now;
        }
        link.out.push_back((link.given, ask));
    }

    pub(super) fn rest(&mut self, rests: bool) {
        self.tell(&if rests { message::pause() } else { message::resume() });
    }

    pub(super) fn reload(&mut self) {
        self.tell(&message::reload());
    }

    pub(super) fn tell(&mut self, parts: &message::Parts<'_>) {
        if let Some(link) = &mut self.link {
            link.channel.send(&parts.as_slices());
            link.told = true;
        }
    }

    /// Ends its share of a turn: wakes it if it sleeps and there is something new for it, and asks it to ring when it has
    /// something to say. Gives back whether it is to be listened to again at once.
    pub(super) fn knock(&mut self) -> bool {
        let Some(link) = &mut self.link else { return false };
        if std::mem::take(&mut link.told) {
            let slept = link.channel.knock();
            // One that is awake may answer sooner than anybody could be woken: it is listened to once more.
            if !slept && link.heard_out && !link.out.is_empty() {
                return true;
            }
        }
        if self.queued || link.doomed.is_some() || !(link.heard_out || link.channel.backlog() > 0) {
            return false;
        }
        let rests = link.channel.rest();
        link.heard_out = !rests;
        link.restless = if rests { 0 } else { link.restless + 1 };
        !rests
    }

    /// It has rung, or has closed its doorbell.
    pub(super) fn hear(&mut self, closed: bool, now: Instant) {
        if let Some(link) = &mut self.link {
            if closed {
                link.closed.get_or_insert_with(|| Closed::new(now));
            }
            link.channel.flush();
        }
    }

    /// Takes in what it has said, up to its budget. To one that has said what no worker says nobody listens any more.
    pub(super) fn listen(&mut self, post: &Post, tidings: &mut Tidings, now: Instant) -> HeardAll {
        let mut all = HeardAll::default();
        let Some(mut link) = self.link.take_if(|link| !link.lies) else { return all };
        let mut message = Vec::new();
        link.channel.flush();
        for _ in 0..MESSAGES_PER_TURN {
            match link.channel.receive(&mut message) {
                Ok(true) => {}
                Ok(false) => {
                    link.channel.knock();
                    link.heard_out = true;
                    if all.more {
                        link.restless = 0;
                    }
                    all.more = false;
                    break;
                }
                Err(broken) => {
                    all.broken = Some(broken.to_string());
                    break;
                }
            }
            all.more = true;
            let sound = match message::heard(&message) {
                Some(Heard::Ready) => {
                    all.ready = link.begin(post, now);
                    all.ready
                }
                Some(heard) => self.take(heard, &mut link, post, tidings, now),
                None => false,
            };
            if !sound {
                all.broken = Some("it sent what no worker sends".to_owned());
                break;
            }
            all.bytes += message.len();
            if all.bytes > BYTES_PER_TURN {
                break;
            }
        }
        if all.bytes > 0 {
            link.has_spoken(now);
        }
        if link.restless > RESTLESS {
            all.broken = Some("it pretends to have something to say".to_owned());
        }
        if all.broken.is_some() {
            link.lies = true;
            link.doomed.clone_from(&all.broken);
        }
        self.link = Some(link);
        all.more &= all.broken.is_none();
        all
    }

    /// Takes in one message; `false` if no sound worker sends it.
    fn take(
        &mut self,
        heard: Heard<'_>,
        link: &mut Link,
        post: &Post,
        tidings: &mut Tidings,
        now: Instant,
    ) -> bool {
        match heard {
            // It says so once, and that was taken in.
            Heard::Ready => return false,
            Heard::Answer { seq, outcome } => {
                // It has been given each call once, and answers it once.
                let Some(place) = link.out.iter().position(|(given, _)| *given == seq) else { return false };
                let Some((_, mut ask)) = link.out.remove(place) else { return false };
                if place == 0 {
                    link.since = now;
                }
                self.calls += 1;
                ask.answer(outcome.map(<[u8]>::to_vec), tidings);
            }
            Heard::Emit { topic, payload } => {
                let (from, topic) = (post.name.clone(), topic.to_owned());
                tidings.news.push_back(Event::Message(Message { from, topic, payload }));
            }
            Heard::Progress { done, total } => {
                // What is complete is over.
                self.progress = Some((done, total)).filter(|_| done < total || total == 0);
                let (worker, process) = (post.name.clone(), self.number);
                tidings.news.push_back(Event::Progress(Progress { worker, process, done, total }));
            }
        }
        true
    }

    /// Ends the bond with a process that has ended: what it has said is taken in, what it had begun is answered with
    /// `fault`, and what it had not begun is given back, in order. A process whose memory is broken may have begun all.
    /// Gives back whether it had begun something.
    pub(super) fn part(
        &mut self,
        post: &mut Post,
        tidings: &mut Tidings,
        registry: &Registry,
        fault: &Fault,
        now: Instant,
    ) -> bool {
        // It cannot have left more than its ring holds. A process that it has forked may write on, and is not waited for.
        let mut left = 0;
        while left <= RING {
            let heard = self.listen(post, tidings, now);
            left += heard.bytes;
            if !heard.more {
                break;
            }
        }
        let Some(mut link) = self.link.take() else { return false };
        link.channel.deregister(registry);
        let begun = if link.lies { u64::MAX } else { link.channel.header().begun() };
        let worked = link.out.front().is_some_and(|(seq, _)| *seq <= begun);
        while let Some((seq, mut ask)) = link.out.pop_back() {
            match seq <= begun {
                true => ask.answer(Err(fault.clone()), tidings),
                // Nobody waits any more for one that has expired.
                false if ask.expired => {}
                false => {
                    if let Err(mut ask) = post.waiting.put_back(ask) {
                        ask.answer(Err(fault.clone()), tidings);
                    }
                }
            }
        }
        tidings.parted.push(link);
        worked
    }

    /// What its process has left as its last words.
    pub(super) fn last_words(&self) -> Option<String> {
        self.link.as_ref()?.channel.header().last_words()
    }

    /// Why its process had to go, if it had.
    pub(super) fn doomed(&self) -> Option<&str> {
        self.link.as_ref()?.doomed.as_deref()
    }

    /// Looks at its signs of life, and at how long it works on its first call.
    pub(super) fn examine(&mut self, post: &Post, now: Instant) -> Option<Verdict> {
        let link = self.link.as_mut().filter(|link| link.doomed.is_none())?;
        link.verdict(post, now)
    }

    /// Its end is near, for this reason.
    pub(super) fn doom(&mut self, verdict: &Verdict) {
        if let Some(link) = &mut self.link {
            link.doomed = Some(verdict.reason().to_owned());
        }
    }

    /// Whether it is time to look at it.
    pub(super) fn is_due(&self, post: &Post, now: Instant) -> bool {
        let is_due =
            |link: &Link| link.begins_to_leave() || link.next_look(post).is_some_and(|due| due <= now);
        self.watched().is_some_and(is_due)
    }

    /// When to look again.
    pub(super) fn next_look(&self, post: &Post) -> Option<Instant> {
        self.watched()?.next_look(post)
    }

    /// The bond with its process, unless that one has been found wanting already.
    fn watched(&self) -> Option<&Link> {
        self.link.as_ref().filter(|link| link.doomed.is_none())
    }

    /// Whether it is time to ask the system if its process, which has closed its doorbell, has ended.
    pub(super) fn asks(&mut self, now: Instant) -> bool {
        self.link.as_mut().and_then(|link| link.closed.as_mut()).is_some_and(|closed| closed.asks(now))
    }

    /// When to ask that.
    pub(super) fn next_ask(&self) -> Option<Instant> {
        self.link.as_ref()?.closed.as_ref()?.next_ask()
    }

    /// Whether its process says that it is on its way out.
    pub(super) fn is_leaving(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.channel.header().state() == state::SPINDOWN)
    }

    /// Ticks that its process has done.
    pub(super) fn loops(&self) -> u64 {
        self.link.as_ref().map_or(0, |link| link.channel.header().loops())
    }

    /// How long it has given no sign of life, as far as it was looked at.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        self.link.as_ref()?.silence(now)
    }
}
