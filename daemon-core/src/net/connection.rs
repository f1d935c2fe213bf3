//! One connection: its stream, the bytes waiting in either direction, and the times that its deadlines count from.
//!
//! An idle connection holds no buffer. Reads go through a buffer that all connections share; the unfinished start of a
//! frame is kept here. Poll interest and deadlines are computed, never stored.

use std::io;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Interest, Registry, Token};

use super::backlog::Backlog;
use super::life::{Action, Event, Phase, step};
use super::overdue::Overdue;
use super::stream::Stream;
use crate::caller::Caller;
use crate::context::CallId;
use crate::dialect::{Dialect, Farewell, Rest};
use crate::fault::Fault;
use crate::poller::Source;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::ItemQueue;
use crate::settings::limits::Limits;
use crate::timers::after;

/// How long a peer may take for what it writes between its messages, after the first.
const SEPARATOR: Duration = Duration::from_millis(20);

/// A connected client.
pub(crate) struct Connection {
    stream: Stream,
    pub(crate) caller: Caller,
    /// Turns its bytes into calls.
    pub(crate) dialect: Dialect,
    /// Bytes that the dialect has not finished with: whole requests first, then the start of one.
    pub(crate) input: Vec<u8>,
    /// Bytes to send.
    pub(crate) output: Output,
    /// What waits for room in the output.
    backlog: Backlog,
    /// Bytes of output above which late replies wait.
    soft: usize,
    /// There may be more to read.
    pub(crate) readable: bool,
    /// The poll has reported that the peer ended its side: reading goes on up to that point, even after a short read.
    pub(crate) ended: bool,
    /// The peer no longer reads either: there is no one left to reply to.
    pub(crate) gone: bool,
    /// It is in the queue of connections that have work.
    pub(crate) queued: bool,
    /// Nothing is read, served or sent for a while: something wrong was shown on it.
    pub(crate) is_muted: bool,
    /// How often something wrong was shown on it.
    pub(crate) mistakes: u8,
    /// The last write was partial; the poll reports when to continue.
    blocked: bool,
    phase: Phase,
    /// Once no more requests are served: when it is closed if the peer does not hang up.
    leave_by: Option<Instant>,
    /// When bytes were last read or written.
    active: Instant,
    /// Since when a frame has been incomplete.
    pub(crate) half_since: Option<Instant>,
    /// Nothing is read because too many replies are pending or unsent: an incomplete frame is then not the peer's
    /// fault.
    held: bool,
    /// Since when the latest message has had no end, because the peer's own may have none.
    open_since: Option<Instant>,
    /// Since when the peer has not kept up: at least `soft` bytes of output are waiting.
    pub(crate) slow_since: Option<Instant>,
    pub(crate) traffic: Traffic,
}

/// How many bytes have come, and how many have gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Traffic) {
        self.received += other.received;
        self.sent += other.sent;
    }
}

/// What happened to the bytes to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Sent,
    Blocked,
}

impl Connection {
    pub(crate) fn new(
        stream: Stream,
        caller: Caller,
        dialect: Dialect,
        limits: &Limits,
        now: Instant,
    ) -> Self {
        Connection {
            dialect,
            stream,
            caller,
            input: Vec::new(),
            output: Output::new(limits.output_hard),
            backlog: Backlog::default(),
            soft: limits.output_soft,
            readable: false,
            ended: false,
            gone: false,
            queued: false,
            is_muted: false,
            mistakes: 0,
            blocked: false,
            phase: Phase::Open,
            leave_by: None,
            active: now,
            half_since: None,
            open_since: None,
            held: false,
            slow_since: None,
            traffic: Traffic::default(),
        }
    }

    /// Applies changed limits.
    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.soft = limits.output_soft;
        self.output.set_limit(limits.output_hard);
    }

    pub(crate) fn register(&mut self, registry: &Registry) -> io::Result<()> {
        let token = self.token();
        self.stream.register(registry, token, Interest::READABLE)
    }

    fn token(&self) -> Token {
        Source::Connection(self.caller.connection).into()
    }

    pub(crate) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.stream.deregister(registry)
    }

    /// Reads once into `buffer`; returns how many bytes came.
    pub(crate) fn receive(&mut self, buffer: &mut [u8], now: Instant) -> io::Result<usize> {
        let read = loop {
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = match read {
            Ok(0) => {
                self.dialect.end(self.input.len(), &mut self.output);
                return Ok(self.end_input());
            }
            // The connection was cut within TLS: a request without an end is none.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(self.end_input()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.ended &= self.stream.has_more();
                if let Some(certificate) = self.stream.take_certificate() {
                    self.caller.certify(certificate);
                }
                0
            }
            Err(error) => return Err(error),
        };
        // A short read: the socket is empty, and the poll reports what comes next (epoll(7)).
        self.readable = count == buffer.len() || self.ended || self.stream.has_more();
        if count > 0 {
            self.active = now;
            self.traffic.received += count as u64;
        }
        self.apply(Event::Read);
        Ok(count)
    }

    /// Records the end of the peer's side.
    fn end_input(&mut self) -> usize {
        self.readable = false;
        self.apply(Event::PeerEnded);
        0
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Applies an event to the table of phases, and carries out the action.
    fn apply(&mut self, event: Event) {
        let (phase, action) = step(self.phase, event);
        self.phase = phase;
        match action {
            Action::Discard => {
                self.input = Vec::new();
                self.half_since = None;
            }
            Action::EndOurs => self.stream.end(),
            // The loop drops the whole connection.
            Action::Close => self.stream.close(),
            Action::None => {}
        }
    }

    /// Stops the connection: it reads once more.
    pub(crate) fn stop(&mut self) {
        self.apply(Event::Stop);
    }

    /// Whether to read now: not while earlier frames wait to be served.
    pub(crate) fn wants_input(&self) -> bool {
        match self.phase {
            Phase::Open => self.readable && self.has_room(),
            Phase::Last => true,
            Phase::Leaving => self.readable,
            Phase::Finishing | Phase::Ended | Phase::Flushing | Phase::Closed => false,
        }
    }

    /// Whether more bytes are of use: not while earlier ones are to be served.
    pub(crate) fn has_room(&self) -> bool {
        match self.rest() {
            Rest::Nothing | Rest::Start => true,
            Rest::Request => false,
            // A peer that no longer reads gets no reply that its requests could wait for. One that has ended its side is read
            // up to the end: then a reply that cannot be sent is not waited for.
            Rest::Waits => self.input.is_empty() || self.gone || self.ended,
        }
    }

    /// Returns what the input is.
    pub(crate) fn rest(&self) -> Rest {
        self.dialect.rest(self.input.len())
    }

    /// Whether the input may hold a whole request.
    pub(crate) fn has_request(&self) -> bool {
        self.rest() == Rest::Request
    }

    /// Whether so much output is waiting that no more requests are served.
    pub(crate) fn is_stalled(&self, soft: usize) -> bool {
        self.blocked && self.output.len() >= soft
    }

    /// Stops serving requests; replies that are ready are sent. The peer has `patience` to read them and hang up.
    pub(crate) fn leave(&mut self, now: Instant, patience: Duration) {
        if self.phase.serves() {
            self.leave_by = Some(after(now, patience));
        }
        self.apply(Event::Refused);
    }

    /// Moves on to the next phase if all requests are answered and all replies sent. A peer that has not read
    /// everything has `patience` to do so. `owed` is the number of its calls without a reply and of its subscriptions.
    pub(crate) fn finish(&mut self, owed: usize, now: Instant, patience: Duration) {
        // A peer that no longer reads waits for no reply.
        let left = self.gone || (self.phase == Phase::Ended && self.dialect.ends_with_peer());
        let answered = owed == 0 || (left && self.phase.serves());
        let is_sent = self.output.is_empty() && !self.blocked;
        if !answered || !is_sent || self.has_items() || (self.phase.serves() && self.has_request()) {
            return;
        }
        let unread = self.stream.is_inet() && !self.gone;
        self.apply(if unread { Event::SentUnread } else { Event::Sent });
        if self.phase == Phase::Leaving {
            self.leave_by.get_or_insert(after(now, patience));
        }
    }

    /// Sends the reply to a call that was not answered at once, as soon as there is room for it.
    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>) {
        self.write_late(|dialect, output| dialect.reply(call, outcome, output));
    }

    /// Sends what waits in a subscription, as far as there is room for it.
    pub(crate) fn send_items(&mut self, queue: Arc<ItemQueue>) {
        self.backlog.push_items(queue);
    }

    /// Whether items may be waiting to be sent.
    pub(crate) fn has_items(&self) -> bool {
        self.backlog.has_items()
    }

    /// Whether anything waits to be sent.
    pub(crate) fn has_output(&self) -> bool {
        self.blocked || !self.output.is_empty() || self.backlog.has_messages() || self.backlog.has_items()
    }

    /// Allows another share of items.
    pub(crate) fn begin_turn(&mut self) {
        self.backlog.begin_turn();
    }

    /// Sends the peer the reason why its connection ends, after the replies that are already waiting.
    pub(crate) fn farewell(&mut self, why: Farewell<'_>) {
        self.write_late(|dialect, output| dialect.farewell(why, output));
    }

    /// Records whether the latest message has an end; returns whether that changes a deadline.
    pub(crate) fn watch_end(&mut self, now: Instant) -> bool {
        let before = self.open_since;
        self.open_since = self.dialect.is_open().then(|| before.unwrap_or(now));
        self.open_since.is_some() && before.is_none()
    }

    /// Ends the latest message: the peer waits for it.
    pub(crate) fn end_waiting(&mut self) {
        self.open_since = None;
        self.write_late(Dialect::end_waiting);
    }

    /// Writes a message into the output, or sets it aside while the output is full.
    fn write_late(&mut self, write: impl FnOnce(&mut Dialect, &mut Output)) {
        if !self.backlog.has_messages() && self.output.len() < self.soft {
            return write(&mut self.dialect, &mut self.output);
        }
        let mut message = Output::new(self.output.limit());
        write(&mut self.dialect, &mut message);
        if !message.is_empty() {
            self.backlog.push_message(message.take());
        }
    }

    /// Records whether reading is suspended. When it resumes, the time for an incomplete frame starts again.
    pub(crate) fn hold(&mut self, held: bool, now: Instant) {
        if std::mem::replace(&mut self.held, held) && !held {
            self.half_since = self.half_since.map(|_| now);
        }
    }

    /// Sends as much output as the peer takes. Polls for writability only while bytes remain.
    pub(crate) fn send(&mut self, registry: &Registry, now: Instant) -> io::Result<Delivery> {
        let before = self.blocked;
        self.blocked = false;
        let mut taken = false;
        loop {
            // Refill even when blocked: a peer with late replies waiting must count as stalled. A peer that has made
            // room for another reply is reading.
            if self.backlog.refill(&mut self.dialect, &mut self.output, self.soft) && taken {
                self.slow_since = None;
            }
            if self.blocked || self.output.is_empty() {
                break;
            }
            match self.stream.write(self.output.bytes()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.output.consume(count);
                    self.traffic.sent += count as u64;
                    self.active = now;
                    taken = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.blocked = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Bytes that were taken may wait in a session.
        self.blocked = self.blocked || !self.stream.flush()?;
        if self.blocked != before {
            let interest =
                if self.blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            let token = self.token();
            self.stream.reregister(registry, token, interest)?;
        }
        Ok(if self.blocked { Delivery::Blocked } else { Delivery::Sent })
    }

    /// When and why the connection is cut if nothing changes. A connection that `waits` for a reply is not idle.
    pub(crate) fn deadline(&self, limits: &Limits, waits: bool) -> Option<(Instant, Overdue)> {
        let idle = (!waits).then_some(self.active);
        [
            idle.map(|since| (after(since, limits.idle), Overdue::Idle)),
            self.half_since
                .filter(|_| !self.held)
                .map(|since| (after(since, limits.half_frame), Overdue::HalfFrame)),
            self.open_since.map(|since| (after(since, SEPARATOR), Overdue::Separator)),
            self.slow_since.map(|since| (after(since, limits.output_soft_time), Overdue::Slow)),
            self.leave_by.map(|until| (until, Overdue::Lingering)),
            self.stream
                .handshaking_since()
                .map(|since| (after(since, limits.half_frame), Overdue::Handshake)),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }
}
