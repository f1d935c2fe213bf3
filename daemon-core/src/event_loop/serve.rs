//! One connection's share of a turn: read once, serve frames up to a budget, send at once what was answered.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mio::Registry;
use tracing::debug;

use super::{EventLoop, token};
use crate::caller::ConnectionId;
use crate::context::Context;
use crate::declare::Daemon;
use crate::fault::Fault;
use crate::limits::{LINGER, Limits};
use crate::net::{Connection, Delivery, Phase};
use crate::rpc::dispatch::Dispatcher;
use crate::rpc::frame::{self, TooLong};
use crate::rpc::pending::PENDING_PER_CONNECTION;
use crate::rpc::{json, reply};

/// Bytes that one read takes at most.
const READ: usize = 64 * 1024;
/// Frames that one connection may have served in one turn; the others get their share before it goes on.
const FRAMES_PER_TURN: usize = 128;
/// How long its frames may take together; the one that has begun is finished.
const TIME_PER_TURN: Duration = Duration::from_millis(1);
/// A spare buffer that has grown beyond this is not kept.
const SPARE: usize = 256 * 1024;

/// The buffers that all connections share, so that one that is idle needs none.
pub(super) struct Buffers {
    /// What the last read brought.
    read: Box<[u8]>,
    /// An empty buffer for answers.
    replies: Vec<u8>,
    /// An empty buffer for the start of a frame whose end has not come.
    leftover: Vec<u8>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Buffers { read: vec![0; READ].into_boxed_slice(), replies: Vec::new(), leftover: Vec::new() }
    }
}

/// Puts a buffer back for the next connection, or drops it.
fn put_back(spare: &mut Vec<u8>, mut buffer: Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > spare.capacity() && buffer.capacity() <= SPARE {
        *spare = buffer;
    }
}

/// What a peer gets that speaks HTTP (RFC 9112): no handler has seen what it sent.
const HTTP: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 48\r\n\
                    Connection: close\r\n\r\nThis socket speaks JSON-RPC, one line a message\n";

/// What is to become of a connection after its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The poll, a deadline or a late reply tells when there is more to do.
    Rest,
    /// There is more to do.
    Again,
    /// It is over.
    Close,
}

impl<D: Daemon> EventLoop<D> {
    /// Puts a connection in the queue of those that have work.
    pub(super) fn enqueue(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(id)
            && !std::mem::replace(&mut connection.queued, true)
        {
            self.ready.push_back(id);
        }
    }

    /// Gives one connection its share.
    pub(super) fn serve_connection(&mut self, id: ConnectionId) {
        let connections = self.connections.len();
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.queued = false;
        self.context.enter(Some(connection.caller.clone()), connections);
        let mut serve_connection = ConnectionTurn {
            id,
            connection,
            state: &mut self.state,
            context: &mut self.context,
            dispatcher: &mut self.dispatcher,
            buffers: &mut self.buffers,
            registry: self.poll.registry(),
            limits: &self.limits,
            now: self.now,
            deadline_changed: false,
        };
        let next = serve_connection.run();
        if serve_connection.deadline_changed {
            self.arm_deadline(id);
        }
        match next {
            Ok(Next::Rest) => {}
            Ok(Next::Again) => self.enqueue(id),
            Ok(Next::Close) => self.close(id),
            Err(error) => {
                debug!(connection = %id, "lost a connection: {error}");
                self.close(id);
            }
        }
    }
}

/// What one connection needs for its share.
struct ConnectionTurn<'l, D: Daemon> {
    id: ConnectionId,
    connection: &'l mut Connection,
    state: &'l mut D,
    context: &'l mut Context,
    dispatcher: &'l mut Dispatcher<D>,
    buffers: &'l mut Buffers,
    registry: &'l Registry,
    limits: &'l Limits,
    now: Instant,
    /// A deadline has begun that may be sooner than the one the connection is watched for.
    deadline_changed: bool,
}

/// How far a share has come in the bytes of a connection.
#[derive(Default)]
struct Served {
    /// Bytes of frames that have been served.
    used: usize,
    /// Bytes behind them that are known to hold no line end.
    seen: usize,
}

impl<D: Daemon> ConnectionTurn<'_, D> {
    fn run(&mut self) -> io::Result<Next> {
        self.send()?;
        let held = self.is_stalled() || self.pending() >= PENDING_PER_CONNECTION;
        self.connection.hold(held, self.now);
        // What is thrown away is read in any case.
        if !held || !self.connection.phase.serves() {
            self.read_and_serve()?;
        }
        self.finish()
    }

    fn send(&mut self) -> io::Result<Delivery> {
        self.connection.send(self.registry, token(self.id), self.now)
    }

    fn is_stalled(&self) -> bool {
        self.connection.is_stalled(self.limits.output_soft)
    }

    fn pending(&self) -> usize {
        self.dispatcher.pending.count(self.id)
    }

    /// Reads once, serves the frames that are there, and keeps what is left.
    fn read_and_serve(&mut self) -> io::Result<()> {
        let mut read = std::mem::take(&mut self.buffers.read);
        let result = self.read_into(&mut read);
        self.buffers.read = read;
        result
    }

    fn read_into(&mut self, read: &mut [u8]) -> io::Result<()> {
        let count = match self.connection.wants_input() {
            true => self.connection.receive(read, self.now)?.count(),
            false => 0,
        };
        if !self.connection.phase.serves() {
            return Ok(());
        }
        self.connection.output.lend(&mut self.buffers.replies);
        let mut held = std::mem::take(&mut self.connection.input);
        // Served in place, unless the start of a frame was there before.
        if held.is_empty() {
            let served = self.frames(&read[..count])?;
            let leftover = &read[served.used..count];
            if !leftover.is_empty() {
                held = std::mem::take(&mut self.buffers.leftover);
                held.extend_from_slice(leftover);
            }
            self.keep(held, &served);
        } else {
            held.extend_from_slice(&read[..count]);
            let served = self.frames(&held)?;
            held.drain(..served.used);
            self.keep(held, &served);
        }
        Ok(())
    }

    /// Serves the frames of these bytes, up to the budget.
    fn frames(&mut self, bytes: &[u8]) -> io::Result<Served> {
        let mut served = Served { used: 0, seen: std::mem::take(&mut self.connection.seen) };
        let start = self.dispatcher.now();
        for _ in 0..FRAMES_PER_TURN {
            if self.dispatcher.now().saturating_duration_since(start) > TIME_PER_TURN || self.is_full()? {
                break;
            }
            served = match self.frame(bytes, served) {
                ControlFlow::Continue(served) => served,
                ControlFlow::Break(served) => return Ok(served),
            };
        }
        Ok(served)
    }

    /// Whether nothing more is answered until the peer has read.
    fn is_full(&mut self) -> io::Result<bool> {
        if self.connection.output.len() < self.limits.output_soft {
            return Ok(false);
        }
        self.send()?;
        Ok(self.is_stalled())
    }

    /// Serves the next frame of these bytes, if it is there.
    fn frame(&mut self, bytes: &[u8], served: Served) -> ControlFlow<Served, Served> {
        let left = &bytes[served.used..];
        let all = Served { used: bytes.len(), seen: 0 };
        match frame::split(left, served.seen, self.limits.frame) {
            Ok(Some(frame)) if frame::is_http(frame.body) => {
                self.connection.output.push(HTTP);
                self.leave();
                ControlFlow::Break(all)
            }
            Ok(Some(frame)) => {
                let output = &mut self.connection.output;
                json::serve(self.dispatcher, self.state, self.context, frame.body, output);
                // A web page may have written it, and something that is JSON behind it.
                if self.connection.is_inet() && !frame::may_be_json(frame.body) {
                    self.leave();
                    return ControlFlow::Break(all);
                }
                ControlFlow::Continue(Served { used: served.used + frame.len, seen: 0 })
            }
            Ok(None) => ControlFlow::Break(Served { seen: left.len(), ..served }),
            Err(TooLong) => {
                self.refuse_too_long();
                ControlFlow::Break(all)
            }
        }
    }

    /// Tells a peer whose frame is too long so, and serves it no more.
    fn refuse_too_long(&mut self) {
        let reason = format!("a frame is longer than {} bytes", self.limits.frame);
        reply::farewell(&mut self.connection.output, &Fault::transport(reason));
        self.leave();
    }

    /// Serves nothing more on this connection.
    fn leave(&mut self) {
        self.connection.leave(self.now, LINGER);
        self.deadline_changed = true;
    }

    /// Keeps what a share has left, and says since when the start of a frame waits for its end.
    fn keep(&mut self, leftover: Vec<u8>, served: &Served) {
        if leftover.is_empty() {
            put_back(&mut self.buffers.leftover, leftover);
            self.connection.half_since = None;
            return;
        }
        self.connection.input = leftover;
        self.connection.seen = served.seen;
        if self.connection.has_frame() {
            self.connection.half_since = None;
        } else if served.used > 0 || self.connection.half_since.is_none() {
            self.connection.half_since = Some(self.now);
            self.deadline_changed = true;
        }
    }

    /// Sends what was answered, and says what is to become of the connection.
    fn finish(&mut self) -> io::Result<Next> {
        if self.send()? == Delivery::Sent {
            put_back(&mut self.buffers.replies, self.connection.output.take());
        }
        let stalled = self.is_stalled();
        self.deadline_changed |= stalled && self.connection.slow_since.is_none();
        self.connection.slow_since = stalled.then(|| self.connection.slow_since.unwrap_or(self.now));
        let pending = self.pending();
        let next = next(self.connection, pending, stalled);
        if next == Next::Close && self.connection.phase.serves() && self.connection.has_to_linger() {
            // It comes here only when the daemon stops, which waits this long.
            self.connection.leave(self.now, self.limits.drain);
            self.deadline_changed = true;
            return Ok(next_of_leaving(self.connection, pending));
        }
        Ok(next)
    }
}

/// What is to become of one that is served no more.
fn next_of_leaving(connection: &mut Connection, pending: usize) -> Next {
    let sent = connection.output.is_empty() && pending == 0;
    if sent && connection.is_at_end() {
        return Next::Close;
    }
    if sent {
        connection.end();
    }
    if connection.readable { Next::Again } else { Next::Rest }
}

fn next(connection: &mut Connection, pending: usize, stalled: bool) -> Next {
    let sent = connection.output.is_empty();
    match connection.phase {
        Phase::Leaving(_) => next_of_leaving(connection, pending),
        _ if stalled || pending >= PENDING_PER_CONNECTION => Next::Rest,
        Phase::Finishing if connection.has_frame() => Next::Again,
        Phase::Finishing if sent && (pending == 0 || connection.gone) => Next::Close,
        Phase::Finishing => Next::Rest,
        Phase::Open | Phase::Last if connection.readable || connection.has_frame() => Next::Again,
        Phase::Open | Phase::Last => Next::Rest,
    }
}
