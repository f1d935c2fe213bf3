//! One process of a worker: its channel while it runs, and what is kept across restarts.

use std::time::{Duration, Instant};

use mio::Registry;
use nix::unistd::Pid;

use super::Effects;
use super::life::{Action, Event, Phase};
use super::live::Live;
use super::queue::PendingCall;
use super::worker::Worker;
use crate::channel::RING;
use crate::channel::message::{self, FromWorker};
use crate::context::CallId;
use crate::event::{self, Message, Progress};
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::ChildId;

/// The most messages received from one process in one turn. The rest waits for the next turn.
const MESSAGES_PER_TURN: usize = 128;
/// The bytes after which no more is received from a process in one turn: as many as its ring holds.
const BYTES_PER_TURN: usize = RING;
/// Why a process that violates the protocol is killed.
const VIOLATION: &str = "it sent what no worker sends";

/// One process of a worker, running or not.
pub(super) struct Process {
    pub(super) child: ChildId,
    pub(super) worker: usize,
    /// Its number among the worker's processes, from 0.
    pub(super) number: usize,
    /// The id of its channel, which changes with every start.
    pub(super) channel: ChannelId,
    live: Option<Live>,
    /// Whether it is queued as one that may have sent something.
    pub(super) queued: bool,
    /// Whether it has been ready, or has failed, since the daemon started.
    pub(super) was_up: bool,
    /// Whether it is removed when it is down, because the worker was scaled down.
    pub(super) surplus: bool,
    /// How many calls it has in flight; `None` while it takes no more.
    pub(super) rank: Option<usize>,
    /// How many calls it has answered.
    pub(super) calls: u64,
    pub(super) progress: Option<(u64, u64)>,
    /// Why it last ended.
    pub(super) last_reason: Option<String>,
}

/// The result of receiving from a process once, besides replies and events.
#[derive(Default)]
pub(super) struct Batch {
    /// Whether it has reported that it is ready.
    pub(super) ready: bool,
    /// How it violates the protocol, if it does; then it must be killed.
    pub(super) broken: Option<String>,
    pub(super) bytes: usize,
    /// Whether there may be more to receive.
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

    /// Records the channel of a process that has just been started.
    pub(super) fn connect(&mut self, id: ChannelId, live: Live) {
        self.channel = id;
        self.live = Some(live);
        self.progress = None;
    }

    /// Returns how many calls it has in flight.
    pub(super) fn pending_calls(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.in_flight.len())
    }

    /// Whether another call fits into the ring at once, and the process is not about to be replaced.
    pub(super) fn has_room(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.channel.backlog() == 0 && live.wear.reached().is_none())
    }

    /// Returns which limit its process has reached, if it has answered all its calls: then it is replaced.
    pub(super) fn worn_out(&self) -> Option<&str> {
        let live = self.live.as_ref().filter(|live| live.in_flight.is_empty())?;
        live.wear.reached()
    }

    /// Whether it was sent this call and has not answered it.
    pub(super) fn has_call(&self, id: CallId) -> bool {
        self.live.as_ref().is_some_and(|live| live.in_flight.iter().any(|(_, call)| call.id == id))
    }

    /// Returns a call that it was sent and has not answered.
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

    /// Wakes it if it sleeps and was sent something. Returns whether to read from it again at once.
    pub(super) fn notify(&mut self) -> bool {
        let queued = self.queued;
        self.live.as_mut().is_some_and(|live| live.notify(queued))
    }

    /// Handles its doorbell, which it has rung or closed.
    pub(super) fn on_doorbell(&mut self, closed: bool, now: Instant) {
        if let Some(live) = &mut self.live {
            live.on_doorbell(closed, now);
        }
    }

    /// Receives what it has sent, up to its budget. A process that has violated the protocol is never read again.
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

    /// Turns a message into an event for listeners.
    fn publish(&mut self, news: FromWorker<'_>, worker: &Worker, effects: &mut Effects) {
        let name = worker.name.clone();
        effects.event(match news {
            FromWorker::Emit { topic, payload } => {
                event::Event::Message(Message { from: name, topic: topic.to_owned(), payload })
            }
            FromWorker::Progress { done, total } => {
                // Complete progress is no longer shown.
                self.progress = Some((done, total)).filter(|_| done < total || total == 0);
                event::Event::Progress(Progress { worker: name, process: self.number, done, total })
            }
            FromWorker::Ready | FromWorker::Reply { .. } => return,
        });
    }

    /// Cleans up after a process that has ended: receives what it had sent, answers the calls that it had begun with
    /// `fault`, and returns the others to the queue, in order. If its memory is corrupt, all calls count as begun. Returns
    /// whether it had begun a call.
    pub(super) fn disconnect(
        &mut self,
        worker: &mut Worker,
        effects: &mut Effects,
        registry: &Registry,
        fault: &Fault,
        now: Instant,
    ) -> bool {
        // It left at most what its ring holds. A process that it forked may still be writing; that is ignored.
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
                // The caller of an expired call already has its answer.
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

    /// Returns the last words of its process.
    pub(super) fn last_words(&self) -> Option<String> {
        self.live.as_ref()?.channel.header().last_words()
    }

    /// Returns why its process was killed, if it was.
    pub(super) fn kill_reason(&self) -> Option<&str> {
        self.live.as_ref()?.reason()
    }

    /// Applies an event to its process; returns what to do.
    pub(super) fn apply(&mut self, event: Event, reason: &str, now: Instant) -> Action {
        self.live.as_mut().map_or(Action::None, |live| live.apply(event, Some(reason), now))
    }

    /// Forgets the limits of its process.
    pub(super) fn keep(&mut self) {
        if let Some(live) = &mut self.live {
            live.wear.forget_limits();
        }
    }

    /// Checks whether its process has reached a limit.
    pub(super) fn check_wear(&mut self, pid: Option<Pid>, now: Instant) {
        if let (Some(live), Some(pid)) = (&mut self.live, pid) {
            live.wear.check(pid.as_raw(), now);
        }
    }

    /// Checks the health of its process; returns what is wrong, and the reason.
    pub(super) fn check_health(&mut self, worker: &Worker, now: Instant) -> Option<(Event, String)> {
        self.live.as_mut()?.check(worker, now)
    }

    /// Returns when to check its health next.
    pub(super) fn next_check(&self, worker: &Worker, now: Instant) -> Option<Instant> {
        self.live.as_ref()?.next_check(worker, now)
    }

    /// Whether it is time to ask the system if its process, which has closed its doorbell, has ended.
    pub(super) fn is_reap_due(&mut self, now: Instant) -> bool {
        self.live.as_mut().is_some_and(|live| live.is_reap_due(now))
    }

    /// Returns when to ask the system next.
    pub(super) fn next_reap(&self) -> Option<Instant> {
        self.live.as_ref()?.next_reap()
    }

    /// Whether its process has announced that it is about to exit.
    pub(super) fn is_leaving(&self) -> bool {
        self.live.as_ref().is_some_and(Live::is_leaving)
    }

    /// Returns how many ticks its process has completed.
    pub(super) fn loops(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.channel.header().loops())
    }

    /// Returns how long ago its process last gave a sign of life, to the accuracy of the checks.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        self.live.as_ref()?.silence(now)
    }
}
