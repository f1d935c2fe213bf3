//! One process of a worker: what is known of it over all its lives, and its channel while it runs.

use std::time::{Duration, Instant};

use mio::Registry;

use super::Effects;
use super::life::{Action, Event, Phase};
use super::live::Live;
use super::queue::PendingCall;
use super::worker::Worker;
use crate::channel::message::{self, FromWorker};
use crate::channel::{Channel, RING};
use crate::context::CallId;
use crate::event::{self, Message, Progress};
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::ChildId;
use crate::sys::memory::Key;

/// Messages that are received from one process in one turn; the others get their share before it goes on.
const MESSAGES_PER_TURN: usize = 128;
/// Bytes after which a process has had its share of a turn: as many as its ring holds.
const BYTES_PER_TURN: usize = RING;
/// Why a process is killed that violates the protocol.
const VIOLATION: &str = "it sent what no worker sends";

/// One process of a worker, running or not.
pub(super) struct Process {
    pub(super) child: ChildId,
    pub(super) worker: usize,
    /// Which of the worker's processes it is, from 0 on.
    pub(super) number: usize,
    /// Its channel; each process that is started has another one.
    pub(super) channel: ChannelId,
    live: Option<Live>,
    /// It is in the queue of those that may have sent something.
    pub(super) queued: bool,
    /// It has been ready, or has failed to be, since the daemon started.
    pub(super) was_up: bool,
    /// It is removed as soon as it is down: the worker was scaled.
    pub(super) surplus: bool,
    /// How many calls it has, while it takes more.
    pub(super) rank: Option<usize>,
    /// Calls that it has answered.
    pub(super) calls: u64,
    pub(super) progress: Option<(u64, u64)>,
    /// Why it ended last.
    pub(super) last_reason: Option<String>,
}

/// What one round of receiving from a process has brought, besides replies and events.
#[derive(Default)]
pub(super) struct Batch {
    /// It has said that it is ready.
    pub(super) ready: bool,
    /// Why it has to be killed, if it violates the protocol.
    pub(super) broken: Option<String>,
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

    /// How many calls it was sent and has not answered.
    pub(super) fn pending_calls(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.in_flight.len())
    }

    /// Whether another call would not have to wait for room in the ring.
    pub(super) fn has_room(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.channel.backlog() == 0)
    }

    /// A call that it was sent.
    pub(super) fn call_mut(&mut self, id: CallId) -> Option<&mut PendingCall> {
        self.live.as_mut()?.call_mut(id)
    }

    /// Sends it a call.
    pub(super) fn send(&mut self, call: PendingCall, now: Instant) {
        if let Some(live) = &mut self.live {
            live.send_call(call, now);
        }
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        self.send_message(&if paused { message::pause() } else { message::resume() });
    }

    pub(super) fn reload(&mut self) {
        self.send_message(&message::reload());
    }

    fn send_message(&mut self, message: &message::Parts<'_>) {
        if let Some(live) = &mut self.live {
            live.send(message);
        }
    }

    /// Ends its share of a turn; returns whether to read from it again at once.
    pub(super) fn notify(&mut self) -> bool {
        let queued = self.queued;
        self.live.as_mut().is_some_and(|live| live.notify(queued))
    }

    /// It has rung its doorbell, or has closed it.
    pub(super) fn on_doorbell(&mut self, closed: bool, now: Instant) {
        if let Some(live) = &mut self.live {
            live.on_doorbell(closed, now);
        }
    }

    /// Receives what it has sent, up to its budget. A process that violated the protocol is not read again.
    pub(super) fn receive(&mut self, worker: &Worker, effects: &mut Effects, now: Instant) -> Batch {
        let mut batch = Batch::default();
        let Some(mut live) = self.live.take_if(|live| live.phase() != Phase::Corrupt) else { return batch };
        let received = self.receive_some(&mut live, &mut batch, worker, effects, now);
        if batch.bytes > 0 {
            live.on_message(now);
        }
        if let Err(reason) = received {
            live.apply(Event::Violates, Some(&reason), now);
            batch.broken = Some(reason);
            batch.more = false;
        }
        self.live = Some(live);
        batch
    }

    fn receive_some(
        &mut self,
        live: &mut Live,
        batch: &mut Batch,
        worker: &Worker,
        effects: &mut Effects,
        now: Instant,
    ) -> Result<(), String> {
        let mut message = Vec::new();
        live.channel.flush();
        for _ in 0..MESSAGES_PER_TURN {
            if !live.channel.receive(&mut message).map_err(|broken| broken.to_string())? {
                batch.more = false;
                return live.on_drained(batch.bytes > 0);
            }
            batch.more = true;
            match message::from_worker(&message).ok_or(VIOLATION)? {
                FromWorker::Ready => match live.apply(Event::Ready, None, now) {
                    Action::Welcome => {
                        live.watch(worker, now);
                        batch.ready = true;
                    }
                    Action::Kill => return Err(VIOLATION.to_owned()),
                    Action::None | Action::Replace => {}
                },
                FromWorker::Reply { seq, outcome } => {
                    let call = live.take_call(seq, now).ok_or(VIOLATION)?;
                    self.calls += 1;
                    call.reply(outcome.map(<[u8]>::to_vec), effects);
                }
                news => self.publish(news, worker, effects),
            }
            batch.bytes += message.len();
            if batch.bytes > BYTES_PER_TURN {
                break;
            }
        }
        Ok(())
    }

    /// Passes on what listeners get to see.
    fn publish(&mut self, news: FromWorker<'_>, worker: &Worker, effects: &mut Effects) {
        let name = worker.name.clone();
        effects.events.push_back(match news {
            FromWorker::Emit { topic, payload } => {
                event::Event::Message(Message { from: name, topic: topic.to_owned(), payload })
            }
            FromWorker::Progress { done, total } => {
                // Progress that is complete is over.
                self.progress = Some((done, total)).filter(|_| done < total || total == 0);
                event::Event::Progress(Progress { worker: name, process: self.number, done, total })
            }
            FromWorker::Ready | FromWorker::Reply { .. } => return,
        });
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
        // It has left no more than its ring holds. A process that it has forked may write on, and is not waited for.
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
        let corrupt = live.phase() == Phase::Corrupt;
        let begun = if corrupt { u64::MAX } else { live.channel.header().begun() };
        let worked = live.in_flight.front().is_some_and(|(seq, _)| *seq <= begun);
        while let Some((seq, call)) = live.in_flight.pop_back() {
            match seq <= begun {
                true => call.reply(Err(fault.clone()), effects),
                // Nobody waits for an expired call.
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

    /// The last words that its process has left.
    pub(super) fn last_words(&self) -> Option<String> {
        self.live.as_ref()?.channel.header().last_words()
    }

    /// Why its process was killed, if it was.
    pub(super) fn kill_reason(&self) -> Option<&str> {
        self.live.as_ref()?.reason()
    }

    /// Applies an event to its process; returns what has to be done.
    pub(super) fn apply(&mut self, event: Event, reason: &str, now: Instant) -> Action {
        self.live.as_mut().map_or(Action::None, |live| live.apply(event, Some(reason), now))
    }

    /// Checks the health of its process; returns what is wrong, and the reason.
    pub(super) fn check_health(&mut self, worker: &Worker, now: Instant) -> Option<(Event, String)> {
        self.live.as_mut()?.check(worker, now)
    }

    /// When to check that.
    pub(super) fn next_check(&self, worker: &Worker, now: Instant) -> Option<Instant> {
        self.live.as_ref()?.next_check(worker, now)
    }

    /// Whether to ask the system now if its process, which has closed its doorbell, has ended.
    pub(super) fn is_reap_due(&mut self, now: Instant) -> bool {
        self.live.as_mut().is_some_and(|live| live.is_reap_due(now))
    }

    /// When to ask that.
    pub(super) fn next_reap(&self) -> Option<Instant> {
        self.live.as_ref()?.next_reap()
    }

    /// Whether its process has announced its end.
    pub(super) fn is_leaving(&self) -> bool {
        self.live.as_ref().is_some_and(Live::is_leaving)
    }

    /// Ticks that its process has done.
    pub(super) fn loops(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.channel.header().loops())
    }

    /// How long its process has given no sign of life, as far as that was checked.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        self.live.as_ref()?.silence(now)
    }
}
