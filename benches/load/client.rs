//! The load client: one thread, its own epoll, every buffer made before the first call.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::common::Outcome;
use crate::common::connect::connect;
use crate::common::contender::Contender;

/// The limit of a connection's bytes in flight. A socket takes them in one write.
const BUFFER: usize = 64 * 1024;
const EVENTS: usize = 256;
const WARM_UP: Duration = Duration::from_millis(100);
/// How long the client waits for any reply.
const PATIENCE: u16 = 5000;
/// More rounds than a run of a second has; later ones are counted but not timed.
const TIMED_ROUNDS: usize = 1 << 20;

/// What a connection writes in one round, and the exact bytes that it must receive.
pub(crate) struct Exchange {
    requests: Vec<u8>,
    replies: Vec<u8>,
}

impl Exchange {
    /// A round of `depth` calls to `contender`, with ids from 1.
    pub(crate) fn new(contender: &Contender, depth: usize) -> Outcome<Self> {
        let join = |bytes: fn(usize) -> String| (1..=depth).map(bytes).collect::<String>().into_bytes();
        let exchange = Self { requests: join(contender.request), replies: join(contender.reply) };
        let size = exchange.requests.len().max(exchange.replies.len());
        if size > BUFFER {
            return Err(
                format!("depth {depth} is {size} bytes a round, at most {BUFFER} are possible").into()
            );
        }
        Ok(exchange)
    }
}

/// The rounds that ended within a run.
pub(crate) struct Rounds {
    pub(crate) count: usize,
    /// Including those of the warm-up and the last ones.
    pub(crate) total: usize,
    pub(crate) within: Duration,
    /// How long each took, in nanoseconds.
    pub(crate) times: Vec<u32>,
}

/// All connections of a run, and their shared state.
pub(crate) struct Client<'a> {
    exchange: &'a Exchange,
    epoll: Epoll,
    connections: Vec<Connection>,
    buffer: Box<[u8]>,
}

impl<'a> Client<'a> {
    /// Opens the connections; nothing is sent yet.
    pub(crate) fn connect(socket: &Path, exchange: &'a Exchange, connections: usize) -> Outcome<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let open = |place| {
            let stream = connect(socket)?;
            epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, place))?;
            Ok(Connection { stream, received: 0, started: Instant::now() })
        };
        let connections = (0..connections as u64).map(open).collect::<Outcome<_>>()?;
        Ok(Self { exchange, epoll, connections, buffer: vec![0; BUFFER].into_boxed_slice() })
    }

    /// Keeps every connection busy for the warm-up and then `length`, and waits for the last replies.
    pub(crate) fn run(&mut self, length: Duration) -> Outcome<Rounds> {
        let mut rounds =
            Rounds { count: 0, total: 0, within: length, times: Vec::with_capacity(TIMED_ROUNDS) };
        let start = Instant::now() + WARM_UP;
        let end = start + length;
        let mut busy = self.connections.len();
        for connection in &mut self.connections {
            connection.send(self.exchange, Instant::now())?;
        }
        let mut events = [EpollEvent::empty(); EVENTS];
        while busy > 0 {
            for event in wait(&self.epoll, &mut events)? {
                let connection = &mut self.connections[event.data() as usize];
                if !connection.receive(self.exchange, &mut self.buffer)? {
                    continue;
                }
                let now = Instant::now();
                rounds.total += 1;
                if (start..end).contains(&now) {
                    rounds.add(now - connection.started);
                }
                if now < end {
                    connection.send(self.exchange, now)?;
                } else {
                    busy -= 1;
                }
            }
        }
        Ok(rounds)
    }
}

impl Rounds {
    fn add(&mut self, time: Duration) {
        self.count += 1;
        if self.times.len() < self.times.capacity() {
            self.times.push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
        }
    }
}

/// One connection in the middle of a round.
struct Connection {
    stream: UnixStream,
    received: usize,
    started: Instant,
}

impl Connection {
    fn send(&mut self, exchange: &Exchange, now: Instant) -> Outcome<()> {
        self.started = now;
        self.received = 0;
        let length = self.stream.write(&exchange.requests)?;
        if length < exchange.requests.len() {
            return Err(format!("{length} of {} bytes were taken", exchange.requests.len()).into());
        }
        Ok(())
    }

    /// Reads once and compares; returns true when the round is complete.
    fn receive(&mut self, exchange: &Exchange, buffer: &mut [u8]) -> Outcome<bool> {
        let length = match self.stream.read(buffer) {
            Ok(0) => return Err("the server closed the connection".into()),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return Ok(false);
            }
            Err(error) => return Err(format!("cannot read the answers: {error}").into()),
        };
        let expected = &exchange.replies[self.received..];
        if !expected.starts_with(&buffer[..length]) {
            return Err(unexpected(expected, &buffer[..length]).into());
        }
        self.received += length;
        Ok(self.received == exchange.replies.len())
    }
}

fn wait<'e>(epoll: &Epoll, events: &'e mut [EpollEvent]) -> Outcome<&'e [EpollEvent]> {
    match epoll.wait(events, EpollTimeout::from(PATIENCE)) {
        Ok(0) => Err(format!("no answer for {PATIENCE} ms").into()),
        Ok(count) => Ok(&events[..count]),
        Err(Errno::EINTR) => Ok(&[]),
        Err(errno) => Err(format!("cannot wait for answers: {errno}").into()),
    }
}

fn unexpected(expected: &[u8], got: &[u8]) -> String {
    let start = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    format!("wrong answer: expected {:?}, got {:?}", start(expected), start(got))
}
