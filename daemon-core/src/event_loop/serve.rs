//! One connection's share of a turn: read once, serve frames up to a budget, send the replies at once.

use std::io;
use std::time::{Duration, Instant};

use mio::Registry;
use tracing::debug;

use super::rpc_server::RpcServer;
use super::user_code::UserCode;
use crate::caller::ConnectionId;
use crate::dialect::{self, Rest};
use crate::logs::Throttled;
use crate::net::{Connection, Delivery, Phase};
use crate::rpc::calls::CALLS_PER_CONNECTION;
use crate::rpc::dispatch::Server;
use crate::settings::limits::{LINGER, Limits};
use crate::timers::after;

/// How long connections are served before the other parts get their turn.
const SERVING: Duration = Duration::from_millis(10);
/// The most bytes that one read takes.
const READ: usize = 64 * 1024;
/// The most requests of one connection in one turn; the other connections get their share before it continues.
const REQUESTS_PER_TURN: usize = 128;
/// How long its requests may take together; a request that has begun is finished.
const TIME_PER_TURN: Duration = Duration::from_millis(1);
/// A spare buffer that has grown larger than this is not kept.
const SPARE: usize = 256 * 1024;

/// The buffers that all connections share, so that an idle one needs none.
pub(super) struct Buffers {
    /// The bytes from the last read.
    read: Box<[u8]>,
    /// An empty buffer for replies.
    replies: Vec<u8>,
    /// An empty buffer for an incomplete frame.
    leftover: Vec<u8>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Buffers { read: vec![0; READ].into_boxed_slice(), replies: Vec::new(), leftover: Vec::new() }
    }
}

/// Returns a buffer for use by the next connection, or drops it if it is too large.
fn put_back(spare: &mut Vec<u8>, mut buffer: Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > spare.capacity() && buffer.capacity() <= SPARE {
        *spare = buffer;
    }
}

/// What happens to a connection after its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// There is nothing to do until the poll, a deadline or a late reply says so.
    Wait,
    /// There is more to do.
    Again,
    /// It waits until this time, as something wrong was shown on it.
    Late(Instant),
    /// It has ended.
    Close,
}

/// What became of the bytes of a connection.
struct Served {
    /// How many of them the dialect has finished with.
    used: usize,
    /// How many requests they were.
    requests: usize,
}

impl<S: 'static> RpcServer<S> {
    /// Gives each connection that has work its share. If that takes long, signals and timers get their turn in between.
    pub(super) fn serve_connections(&mut self, user: &mut UserCode<S>) {
        self.dispatcher.wake(user.now());
        let end = after(self.dispatcher.now(), SERVING);
        for _ in 0..self.ready.len() {
            let Some(id) = self.ready.pop_front() else { return };
            self.serve_connection(id, user);
            if self.dispatcher.now() > end {
                return;
            }
        }
    }

    /// Gives one connection its share.
    fn serve_connection(&mut self, id: ConnectionId, user: &mut UserCode<S>) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.queued = false;
        if connection.is_muted {
            return;
        }
        connection.set_limits(&self.dispatcher.limits);
        user.enter(Some(connection.caller.clone()));
        let now = user.now();
        let mut turn = ConnectionTurn {
            id,
            connection,
            server: Server {
                dispatcher: &mut self.dispatcher,
                state: &mut user.state,
                context: &mut user.context,
                trace: None,
                streams: true,
            },
            buffers: &mut self.buffers,
            wrong: &mut self.wrong,
            registry: &self.registry,
            now,
            deadline_changed: false,
        };
        let next = turn.run();
        if turn.deadline_changed {
            self.arm_deadline(id);
        }
        match next {
            Ok(Next::Wait) => {}
            Ok(Next::Again) => self.enqueue(id),
            Ok(Next::Late(until)) => self.muted.set(id, Some(until)),
            Ok(Next::Close) => self.close(id, user),
            Err(error) => {
                debug!(connection = %id, "lost a connection: {error}");
                self.close(id, user);
            }
        }
    }
}

/// The state of one connection during its share.
pub(super) struct ConnectionTurn<'l, S: 'static> {
    id: ConnectionId,
    pub(super) connection: &'l mut Connection,
    pub(super) server: Server<'l, S>,
    buffers: &'l mut Buffers,
    /// The callers that have shown something wrong, for the log.
    pub(super) wrong: &'l mut Throttled<String>,
    registry: &'l Registry,
    pub(super) now: Instant,
    /// Whether a deadline has begun that may be earlier than the one the connection is scheduled for.
    pub(super) deadline_changed: bool,
}

impl<S> ConnectionTurn<'_, S> {
    fn run(&mut self) -> io::Result<Next> {
        self.connection.begin_turn();
        if self.connection.has_output() {
            self.send()?;
        }
        let held = self.is_stalled() || self.in_flight() >= CALLS_PER_CONNECTION;
        self.connection.hold(held, self.now);
        // Input that will be discarded is read in any case.
        if !held || !self.connection.phase().serves() {
            self.read_and_serve()?;
        }
        self.finish()
    }

    fn limits(&self) -> &Limits {
        &self.server.dispatcher.limits
    }

    fn send(&mut self) -> io::Result<Delivery> {
        self.connection.send(self.registry, self.now)
    }

    fn is_stalled(&self) -> bool {
        self.connection.is_stalled(self.limits().output_soft)
    }

    fn in_flight(&self) -> usize {
        self.server.dispatcher.calls.count(self.id)
    }

    /// Reads once, serves the complete requests, and keeps the rest.
    fn read_and_serve(&mut self) -> io::Result<()> {
        let mut read = std::mem::take(&mut self.buffers.read);
        let result = self.read_into(&mut read);
        self.buffers.read = read;
        result
    }

    fn read_into(&mut self, read: &mut [u8]) -> io::Result<()> {
        let count = match self.connection.wants_input() {
            true => self.receive(read)?,
            false => 0,
        };
        if !self.connection.phase().serves() {
            return Ok(());
        }
        self.connection.output.lend(&mut self.buffers.replies);
        let mut held = std::mem::take(&mut self.connection.input);
        // Served in place, unless the start of a request was kept before.
        if held.is_empty() {
            let Served { used, requests } = self.serve(&read[..count])?;
            let leftover = &read[used..count];
            if !leftover.is_empty() {
                held = std::mem::take(&mut self.buffers.leftover);
                held.extend_from_slice(leftover);
            }
            self.keep(held, requests);
        } else {
            held.extend_from_slice(&read[..count]);
            let Served { used, requests } = self.serve(&held)?;
            held.drain(..used);
            self.keep(held, requests);
        }
        Ok(())
    }

    /// Reads once; returns how many bytes came.
    fn receive(&mut self, read: &mut [u8]) -> io::Result<usize> {
        match self.connection.receive(read, self.now) {
            // TLS has failed, and the peer has an alert, which it would lose if the system reset the connection.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                debug!(caller = %self.connection.caller, "TLS failed: {error}");
                self.leave();
                Ok(0)
            }
            received => received,
        }
    }

    /// Serves nothing more.
    pub(super) fn leave(&mut self) {
        self.connection.leave(self.now, LINGER);
        self.end_subscriptions();
        self.deadline_changed = true;
    }

    /// Serves the requests in these bytes, up to the budget.
    fn serve(&mut self, bytes: &[u8]) -> io::Result<Served> {
        let (mut used, mut requests) = (0, 0);
        let end = after(self.server.dispatcher.now(), TIME_PER_TURN);
        for _ in 0..REQUESTS_PER_TURN {
            if self.server.dispatcher.now() > end || self.is_full()? {
                break;
            }
            let Connection { dialect, output, .. } = &mut *self.connection;
            if used == bytes.len() && dialect.rest(0) != Rest::Request {
                break;
            }
            let step = dialect.input(&bytes[used..], &mut self.server, output);
            used += step.used;
            match step.next {
                dialect::Next::Again if self.server.dispatcher.has_wrong() => break,
                dialect::Next::Again => requests += 1,
                dialect::Next::More => break,
                dialect::Next::End => {
                    self.leave();
                    break;
                }
            }
        }
        Ok(Served { used, requests })
    }

    /// Whether nothing more is served until the peer has read.
    fn is_full(&mut self) -> io::Result<bool> {
        if self.connection.output.len() < self.limits().output_soft {
            return Ok(false);
        }
        self.send()?;
        Ok(self.is_stalled())
    }

    /// Keeps the bytes that remain, and records since when a request has been incomplete.
    fn keep(&mut self, leftover: Vec<u8>, requests: usize) {
        match leftover.is_empty() {
            true => put_back(&mut self.buffers.leftover, leftover),
            false => self.connection.input = leftover,
        }
        if self.connection.rest() != Rest::Start {
            self.connection.half_since = None;
        } else if requests > 0 || self.connection.half_since.is_none() {
            self.connection.half_since = Some(self.now);
            self.deadline_changed = true;
        }
    }

    /// Ends the subscriptions, after the items that wait.
    pub(super) fn end_subscriptions(&mut self) {
        for queue in self.server.dispatcher.subscriptions.finish(self.id) {
            self.connection.send_items(queue);
        }
    }

    /// Sends the replies, and decides what happens to the connection.
    fn finish(&mut self) -> io::Result<Next> {
        self.keep_shown();
        if let Some(wrong) = self.server.dispatcher.take_wrong()
            && let Some(until) = self.slow_down(wrong)
        {
            return Ok(Next::Late(until));
        }
        // A peer that sends nothing more could not end them, and may wait for us to close the connection.
        if self.connection.phase() == Phase::Ended && !self.connection.has_request() {
            self.end_subscriptions();
        }
        if self.connection.phase() != Phase::Open {
            self.connection.end_waiting();
        }
        self.deadline_changed |= self.connection.watch_end(self.now);
        if self.send()? == Delivery::Sent {
            put_back(&mut self.buffers.replies, self.connection.output.take());
        }
        let stalled = self.is_stalled();
        self.deadline_changed |= stalled && self.connection.slow_since.is_none();
        self.connection.slow_since = stalled.then(|| self.connection.slow_since.unwrap_or(self.now));
        let in_flight = self.in_flight();
        let before = self.connection.phase();
        // A peer that has not read everything when the daemon stops has the whole drain time.
        let patience = self.limits().drain;
        self.connection.finish(self.server.dispatcher.owed(self.id), self.now, patience);
        if self.connection.phase() != before {
            self.deadline_changed = true;
            // The end of our side may have left something to be sent.
            self.send()?;
        }
        Ok(next(self.connection, in_flight, stalled))
    }
}

fn next(connection: &Connection, in_flight: usize, stalled: bool) -> Next {
    let has_more = match connection.phase() {
        Phase::Closed => return Next::Close,
        _ if connection.has_items() && !stalled => true,
        Phase::Leaving => connection.readable,
        // Nothing more comes.
        Phase::Flushing => false,
        _ if stalled || in_flight >= CALLS_PER_CONNECTION => false,
        Phase::Finishing | Phase::Ended => connection.has_request(),
        Phase::Open | Phase::Last => {
            (connection.readable && connection.has_room()) || connection.has_request()
        }
    };
    if has_more { Next::Again } else { Next::Wait }
}
