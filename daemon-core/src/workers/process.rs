//! One process of a worker: its channel, the calls it has been given, and the signs of life it gives.

use std::time::{Duration, Instant};

use mio::Registry;

use super::Effects;
use super::live::{Closed, Live, Unhealthy};
use super::queue::PendingCall;
use super::worker::Worker;
use crate::channel::message::{self, FromWorker, state};
use crate::channel::{Channel, RING};
use crate::context::CallId;
use crate::event::{Event, Message, Progress};
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::ChildId;
use crate::sys::memory::Key;

/// Messages that are taken in from one process in one turn; the others get their share before it goes on.
const MESSAGES_PER_TURN: usize = 128;
/// Bytes after which a process has had its share of a turn: as many as its ring holds.
const BYTES_PER_TURN: usize = RING;
/// How often in a row a process may keep the daemon awake for nothing: each piece of a long message does so once.
const IDLE_WAKEUPS: u32 = 10_000;

/// One process of a worker, running or not.
pub(super) struct Process {
    pub(super) child: ChildId,
    pub(super) worker: usize,
    /// Which of the worker's processes it is, from 0 on.
    pub(super) number: usize,
    /// Its channel; each process that is started has another one.
    pub(super) channel: ChannelId,
    live: Option<Live>,
    /// It stands in the queue of those that may have said something.
    pub(super) queued: bool,
    /// It has been ready, or has failed to be, since the daemon started.
    pub(super) was_up: bool,
    /// It goes as soon as it is down: the worker has been scaled.
    pub(super) surplus: bool,
    /// How many calls it has, while it takes more.
    pub(super) rank: Option<usize>,
    /// Calls that it has answered.
    pub(super) calls: u64,
    pub(super) progress: Option<(u64, u64)>,
    /// Why it has ended the last time.
    pub(super) last_reason: Option<String>,
}

/// What one round of receiving from a process has brought, besides replies and events.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) ready: bool,
    pub(super) broken: Option<String>,
    /// How much it was.
    pub(super) bytes: usize,
    /// There may be more.
    pub(super) more: bool,
}

impl Process {
    pub(super) fn new(child: ChildId, worker: usize, number: usize) -> Self {
        Process {
            child,
            worker,
            number,
            channel: ChannelId::default(),
            live: None,
            queued: false,
            was_up: false,
            surplus: false,
            rank: None,
            calls: 0,
            progress: None,
            last_reason: None,
        }
    }

    /// Takes over the channel of a process that has just been started.
    pub(super) fn connect(&mut self, id: ChannelId, channel: Channel, key: Key, now: Instant) {
        self.channel = id;
        self.live = Some(Live::new(channel, key, now));
        self.progress = None;
    }

    /// How many calls it has been given and not answered.
    pub(super) fn pending_calls(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.in_flight.len())
    }

    /// Whether another call would not have to wait for room in the ring.
    pub(super) fn has_room(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.channel.backlog() == 0)
    }

    /// A call that it has been given.
    pub(super) fn call_mut(&mut self, id: CallId) -> Option<&mut PendingCall> {
        let mut in_flight = self.live.as_mut()?.in_flight.iter_mut();
        in_flight.find(|(_, call)| call.id == id).map(|(_, call)| call)
    }

    /// Gives it a call.
    pub(super) fn send(&mut self, call: PendingCall, now: Instant) {
        let Some(live) = &mut self.live else { return };
        let method = u32::try_from(call.method).unwrap_or(u32::MAX);
        live.last_seq += 1;
        let message = message::call(live.last_seq, method, call.caller.as_ref(), &call.params);
        live.channel.send(&message.as_slices());
        live.dirty = true;
        if live.in_flight.is_empty() {
            live.head_since = now;
        }
        live.in_flight.push_back((live.last_seq, call));
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        self.send_message(&if paused { message::pause() } else { message::resume() });
    }

    pub(super) fn reload(&mut self) {
        self.send_message(&message::reload());
    }

    pub(super) fn send_message(&mut self, parts: &message::Parts<'_>) {
        if let Some(live) = &mut self.live {
            live.channel.send(&parts.as_slices());
            live.dirty = true;
        }
    }

    /// Ends its share of a turn: wakes it if it sleeps and there is something new for it, and asks it to ring when it has
    /// something to say. Gives back whether it is to be listened to again at once.
    pub(super) fn notify(&mut self) -> bool {
        let Some(live) = &mut self.live else { return false };
        if std::mem::take(&mut live.dirty) {
            let slept = live.channel.notify();
            // One that is awake may answer sooner than anybody could be woken: it is listened to once more.
            if !slept && live.drained && !live.in_flight.is_empty() {
                return true;
            }
        }
        if self.queued || live.kill_reason.is_some() || !(live.drained || live.channel.backlog() > 0) {
            return false;
        }
        let paused = live.channel.enable_wakeup();
        live.drained = !paused;
        live.idle_wakeups = if paused { 0 } else { live.idle_wakeups + 1 };
        !paused
    }

    /// It has rung, or has closed its doorbell.
    pub(super) fn on_doorbell(&mut self, closed: bool, now: Instant) {
        if let Some(live) = &mut self.live {
            if closed {
                live.closed.get_or_insert_with(|| Closed::new(now));
            }
            live.channel.flush();
        }
    }

    /// Receives what it has sent, up to its budget. A process that violated the protocol is not read again.
    pub(super) fn receive(&mut self, worker: &Worker, effects: &mut Effects, now: Instant) -> Batch {
        let mut all = Batch::default();
        let Some(mut live) = self.live.take_if(|live| !live.corrupt) else { return all };
        let mut message = Vec::new();
        live.channel.flush();
        for _ in 0..MESSAGES_PER_TURN {
            match live.channel.receive(&mut message) {
                Ok(true) => {}
                Ok(false) => {
                    live.channel.notify();
                    live.drained = true;
                    if all.more {
                        live.idle_wakeups = 0;
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
            let sound = match message::from_worker(&message) {
                Some(FromWorker::Ready) => {
                    all.ready = live.hello(worker, now);
                    all.ready
                }
                Some(batch) => self.take(batch, &mut live, worker, effects, now),
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
            live.on_message(now);
        }
        if live.idle_wakeups > IDLE_WAKEUPS {
            all.broken = Some("it keeps waking the daemon without sending anything".to_owned());
        }
        if all.broken.is_some() {
            live.corrupt = true;
            live.kill_reason.clone_from(&all.broken);
        }
        self.live = Some(live);
        all.more &= all.broken.is_none();
        all
    }

    /// Takes in one message; `false` if no sound worker sends it.
    fn take(
        &mut self,
        batch: FromWorker<'_>,
        live: &mut Live,
        worker: &Worker,
        effects: &mut Effects,
        now: Instant,
    ) -> bool {
        match batch {
            // It says so once, and that was taken in.
            FromWorker::Ready => return false,
            FromWorker::Answer { seq, outcome } => {
                // It has been given each call once, and answers it once.
                let Some(place) = live.in_flight.iter().position(|(last_seq, _)| *last_seq == seq) else {
                    return false;
                };
                let Some((_, call)) = live.in_flight.remove(place) else { return false };
                if place == 0 {
                    live.head_since = now;
                }
                self.calls += 1;
                call.reply(outcome.map(<[u8]>::to_vec), effects);
            }
            FromWorker::Emit { topic, payload } => {
                let (from, topic) = (worker.name.clone(), topic.to_owned());
                effects.events.push_back(Event::Message(Message { from, topic, payload }));
            }
            FromWorker::Progress { done, total } => {
                // What is complete is over.
                self.progress = Some((done, total)).filter(|_| done < total || total == 0);
                let (worker, process) = (worker.name.clone(), self.number);
                effects.events.push_back(Event::Progress(Progress { worker, process, done, total }));
            }
        }
        true
    }

    /// Cleans up after a process that has ended: what it sent is received, calls that it had begun fail with `fault`, and
    /// the others return to the queue, in order. A process whose memory is corrupt may have begun all of them. Returns
    /// whether it had begun one.
    pub(super) fn disconnect(
        &mut self,
        worker: &mut Worker,
        effects: &mut Effects,
        registry: &Registry,
        fault: &Fault,
        now: Instant,
    ) -> bool {
        // It cannot have left more than its ring holds. A process that it has forked may write on, and is not waited for.
        let mut left = 0;
        while left <= RING {
            let batch = self.receive(worker, effects, now);
            left += batch.bytes;
            if !batch.more {
                break;
            }
        }
        let Some(mut live) = self.live.take() else { return false };
        live.channel.deregister(registry);
        let begun = if live.corrupt { u64::MAX } else { live.channel.header().begun() };
        let worked = live.in_flight.front().is_some_and(|(seq, _)| *seq <= begun);
        while let Some((seq, call)) = live.in_flight.pop_back() {
            match seq <= begun {
                true => call.reply(Err(fault.clone()), effects),
                // Nobody waits any more for one that has expired.
                false if call.expired => {}
                false => {
                    if let Err(call) = worker.queue.requeue(call) {
                        call.reply(Err(fault.clone()), effects);
                    }
                }
            }
        }
        effects.ended.push(live);
        worked
    }

    /// What its process has left as its last words.
    pub(super) fn last_words(&self) -> Option<String> {
        self.live.as_ref()?.channel.header().last_words()
    }

    /// Why its process was killed, if it was.
    pub(super) fn kill_reason(&self) -> Option<&str> {
        self.live.as_ref()?.kill_reason.as_deref()
    }

    /// Looks at its signs of life, and at how long it works on its first call.
    pub(super) fn check_health(&mut self, worker: &Worker, now: Instant) -> Option<Unhealthy> {
        let live = self.live.as_mut().filter(|live| live.kill_reason.is_none())?;
        live.check(worker, now)
    }

    /// Remembers why it is killed.
    pub(super) fn set_kill_reason(&mut self, check: &Unhealthy) {
        if let Some(live) = &mut self.live {
            live.kill_reason = Some(check.reason().to_owned());
        }
    }

    /// Whether it is time to look at it.
    pub(super) fn is_check_due(&self, worker: &Worker, now: Instant) -> bool {
        let is_check_due =
            |live: &Live| live.is_newly_leaving() || live.next_check(worker).is_some_and(|due| due <= now);
        self.checked().is_some_and(is_check_due)
    }

    /// When to look again.
    pub(super) fn next_check(&self, worker: &Worker, now: Instant) -> Option<Instant> {
        let live = self.checked()?;
        if live.is_newly_leaving() { Some(now) } else { live.next_check(worker) }
    }

    /// Its process, unless that one is about to be killed.
    fn checked(&self) -> Option<&Live> {
        self.live.as_ref().filter(|live| live.kill_reason.is_none())
    }

    /// Whether it is time to ask the system if its process, which has closed its doorbell, has ended.
    pub(super) fn is_reap_due(&mut self, now: Instant) -> bool {
        self.live.as_mut().and_then(|live| live.closed.as_mut()).is_some_and(|closed| closed.is_reap_due(now))
    }

    /// When to ask that.
    pub(super) fn next_reap(&self) -> Option<Instant> {
        self.live.as_ref()?.closed.as_ref()?.next_reap()
    }

    /// Whether its process says that it is on its way out.
    pub(super) fn is_leaving(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.channel.header().state() == state::SPINDOWN)
    }

    /// Ticks that its process has done.
    pub(super) fn loops(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.channel.header().loops())
    }

    /// How long it has given no sign of life, as far as it was looked at.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        self.live.as_ref()?.silence(now)
    }
}
