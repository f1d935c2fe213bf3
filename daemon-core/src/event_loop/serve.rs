//! One connection's share of a turn: read once, serve frames up to a budget, send at once what was answered.

use std::io;

use tracing::debug;

use super::{EventLoop, token};
use crate::caller::ConnectionId;
use crate::declare::Daemon;
use crate::net::{Connection, Phase, Progress, Received};
use crate::rpc::fault::Fault;
use crate::rpc::frame::{self, TooLong};
use crate::rpc::owed::OWED_PER_CONNECTION;
use crate::rpc::{json, reply};

/// Bytes that one read takes at most.
const READ: usize = 64 * 1024;
/// Frames that one connection may have served in one turn; the others get their share before it goes on.
const FRAMES_PER_TURN: usize = 128;
/// A spare buffer that has grown beyond this is not kept.
const SPARE: usize = 256 * 1024;

/// The buffers that all connections share, so that one that is idle needs none.
pub(super) struct Desk {
    /// What the last read brought.
    read: Box<[u8]>,
    /// An empty buffer for answers.
    answers: Vec<u8>,
    /// An empty buffer for the start of a frame whose end has not come.
    rest: Vec<u8>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Desk { read: vec![0; READ].into_boxed_slice(), answers: Vec::new(), rest: Vec::new() }
    }
}

/// Puts a buffer back for the next connection, or drops it.
fn give_back(spare: &mut Vec<u8>, mut buffer: Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > spare.capacity() && buffer.capacity() <= SPARE {
        *spare = buffer;
    }
}

/// What is to become of a connection after its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The poll, a deadline or a late answer tells when there is more to do.
    Rest,
    /// There is more to do.
    Again,
    /// It is over.
    Close,
}

/// How far a share has come in the bytes of a connection.
struct Served {
    /// Bytes of frames that have been served.
    used: usize,
    /// Bytes behind them that are known to hold no line end.
    seen: usize,
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
    pub(super) fn share(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        connection.queued = false;
        match self.work(id) {
            Ok(Next::Rest) => {}
            Ok(Next::Again) => self.enqueue(id),
            Ok(Next::Close) => self.close(id),
            Err(error) => {
                debug!(connection = %id, "lost a connection: {error}");
                self.close(id);
            }
        }
    }

    fn work(&mut self, id: ConnectionId) -> io::Result<Next> {
        let connections = self.connections.len();
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(Next::Rest);
        };
        connection.send(self.poll.registry(), token(id), self.now)?;
        let owed = self.dispatcher.owed.count(id);
        if !connection.is_stalled(self.limits.output_soft) && owed < OWED_PER_CONNECTION {
            self.context.enter(Some(connection.caller.clone()), connections);
            self.read_and_answer(id)?;
        }
        self.finish(id)
    }

    /// Reads once, serves the frames that are there, and keeps what is left.
    fn read_and_answer(&mut self, id: ConnectionId) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        let count = match connection.wants_input() {
            true => match connection.receive(&mut self.desk.read, self.now)? {
                Received::Bytes(count) => count,
                Received::End => 0,
            },
            false => 0,
        };
        if !connection.phase.serves() {
            return Ok(());
        }
        connection.output.lend(&mut self.desk.answers);
        let mut held = std::mem::take(&mut connection.input);
        let seen = std::mem::take(&mut connection.seen);
        // Read and served in place, unless the start of a frame was there before.
        let served = if held.is_empty() {
            self.frames(id, None, count, seen)
        } else {
            held.extend_from_slice(&self.desk.read[..count]);
            self.frames(id, Some(&held), count, seen)
        }?;
        self.keep(id, held, count, &served);
        Ok(())
    }

    /// Serves the frames of `held`, or else of what was just read.
    fn frames(
        &mut self,
        id: ConnectionId,
        held: Option<&[u8]>,
        count: usize,
        seen: usize,
    ) -> io::Result<Served> {
        let registry = self.poll.registry();
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(Served { used: 0, seen: 0 });
        };
        let bytes = held.unwrap_or(&self.desk.read[..count]);
        let mut served = Served { used: 0, seen };
        for _ in 0..FRAMES_PER_TURN {
            if connection.output.len() >= self.limits.output_soft {
                connection.send(registry, token(id), self.now)?;
                if connection.is_stalled(self.limits.output_soft) {
                    return Ok(served);
                }
            }
            let left = &bytes[served.used..];
            match frame::split(left, served.seen, self.limits.frame) {
                Ok(Some(frame)) => {
                    let (state, context) = (&mut self.state, &mut self.context);
                    json::serve(&mut self.dispatcher, state, context, frame.body, &mut connection.output);
                    served = Served { used: served.used + frame.len, seen: 0 };
                }
                Ok(None) => {
                    return Ok(Served { seen: left.len(), ..served });
                }
                Err(TooLong) => {
                    let reason = format!("a frame is longer than {} bytes", self.limits.frame);
                    reply::farewell(&mut connection.output, &Fault::transport(reason));
                    connection.leave(self.now);
                    let used = bytes.len();
                    self.watch(id);
                    return Ok(Served { used, seen: 0 });
                }
            }
        }
        Ok(served)
    }

    /// Keeps what a share has left, and says since when the start of a frame waits for its end.
    fn keep(&mut self, id: ConnectionId, mut held: Vec<u8>, count: usize, served: &Served) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if held.is_empty() {
            let rest = &self.desk.read[served.used.min(count)..count];
            if !rest.is_empty() {
                held = std::mem::take(&mut self.desk.rest);
                held.extend_from_slice(rest);
            }
        } else {
            held.drain(..served.used);
        }
        if held.is_empty() {
            give_back(&mut self.desk.rest, held);
            connection.half_since = None;
            return;
        }
        connection.input = held;
        connection.seen = served.seen;
        if connection.has_frame() {
            connection.half_since = None;
        } else if served.used > 0 || connection.half_since.is_none() {
            connection.half_since = Some(self.now);
            self.watch(id);
        }
    }

    /// Sends what was answered, and says what is to become of the connection.
    fn finish(&mut self, id: ConnectionId) -> io::Result<Next> {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(Next::Rest);
        };
        let progress = connection.send(self.poll.registry(), token(id), self.now)?;
        if progress == Progress::Sent {
            give_back(&mut self.desk.answers, connection.output.take());
        }
        let waiting = connection.output.len();
        if waiting > self.limits.output_soft + self.limits.output_hard {
            return Err(io::Error::other("it does not read its replies"));
        }
        let stalled = connection.is_stalled(self.limits.output_soft);
        let was_slow = connection.slow_since.is_some();
        connection.slow_since = stalled.then(|| connection.slow_since.unwrap_or(self.now));
        let owed = self.dispatcher.owed.count(id);
        let next = next(connection, owed, stalled);
        if stalled && !was_slow {
            self.watch(id);
        }
        Ok(next)
    }
}

fn next(connection: &mut Connection, owed: usize, stalled: bool) -> Next {
    let sent = connection.output.is_empty();
    match connection.phase {
        Phase::Leaving(_) if connection.is_at_end() && sent => Next::Close,
        Phase::Leaving(_) => {
            if sent {
                connection.end();
            }
            if connection.readable { Next::Again } else { Next::Rest }
        }
        _ if stalled || owed >= OWED_PER_CONNECTION => Next::Rest,
        Phase::Finishing if connection.has_frame() => Next::Again,
        Phase::Finishing if sent && (owed == 0 || connection.gone) => Next::Close,
        Phase::Finishing => Next::Rest,
        Phase::Open | Phase::Last if connection.readable || connection.has_frame() => Next::Again,
        Phase::Open | Phase::Last => Next::Rest,
    }
}
