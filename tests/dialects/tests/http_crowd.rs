//! HTTP from very many peers that send slowly, or read nothing: they cost little, are cut in time, and nobody waits for them.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use harness::{DEADLINE, Daemon, raise_descriptor_limit, tell_skipped};
use nix::sys::resource::{Resource, getrlimit};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const SLOW: usize = 10_000;
/// The most memory of a slow connection, in KiB.
const SLOW_MEMORY: u64 = 20;
const GREEDY: usize = 100;
/// The most memory of a connection that reads nothing, in KiB.
const GREEDY_MEMORY: u64 = 512;
/// Descriptors that are no connections of the crowd.
const OTHERS: usize = 200;

/// How slow requests start. They go on with the same byte: in the head, in a body, in a chunk, in its extension.
const STARTS: [&str; 4] = [
    "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ",
    "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
    "POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf000\r\n",
    "POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf000;",
];

/// A peer of the crowd.
struct Peer {
    stream: UnixStream,
    answer: Vec<u8>,
    is_cut: bool,
}

#[test]
fn ten_thousand_slow_senders_are_cut_and_nobody_waits_for_them() {
    let count = room_for(SLOW);
    let limit = format!("connections={}", count + count / 8 + OTHERS);
    let daemon = Daemon::start(TELLER, &["--limit", &limit, "--limit", "half_frame=5s"]);
    let before = daemon.process().memory();
    let mut crowd: Vec<Peer> = (0..count).map(|_| Peer::connect(&daemon)).collect();
    for (peer, start) in crowd.iter_mut().zip(STARTS.iter().cycle()) {
        peer.send(start.as_bytes());
    }
    outlast(&daemon, &mut crowd, |peer| {
        peer.send(b"x");
        peer.receive();
    });
    for peer in &crowd {
        let answer = String::from_utf8_lossy(&peer.answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    assert!(crowd.iter().any(|peer| !peer.answer.is_empty()), "no peer was told why");
    assert_memory(&daemon, before, count, SLOW_MEMORY);
    drop(crowd);
    daemon.finish();
}

#[test]
fn peers_that_read_nothing_are_cut_and_nobody_waits_for_them() {
    let daemon = Daemon::start(TELLER, &["--limit", "output_soft_time=1s"]);
    let before = daemon.process().memory();
    let mut crowd: Vec<Peer> = (0..GREEDY).map(|_| Peer::connect(&daemon)).collect();
    let requests = "GET /openrpc.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    // Where it no longer fits it is cut off, but so much is never read.
    outlast(&daemon, &mut crowd, |peer| peer.send(requests.as_bytes()));
    assert_memory(&daemon, before, GREEDY, GREEDY_MEMORY);
    drop(crowd);
    let log = daemon.finish().log;
    assert_eq!(log.matches("it does not read its replies").count(), GREEDY, "{log}");
}

impl Peer {
    fn connect(daemon: &Daemon) -> Peer {
        let stream = UnixStream::connect(daemon.home().socket()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Peer { stream, answer: Vec::new(), is_cut: false }
    }

    /// Sends as much as fits.
    fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.stream.write(bytes) {
            self.is_cut |= error.kind() != ErrorKind::WouldBlock;
        }
    }

    /// Receives what is there.
    fn receive(&mut self) {
        let mut bytes = [0; 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => self.is_cut = true,
            Ok(count) => self.answer.extend_from_slice(&bytes[..count]),
            Err(error) => self.is_cut |= error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// Lets each peer do something, again and again, until the daemon has cut them all. Another client is answered each time.
fn outlast(daemon: &Daemon, crowd: &mut [Peer], act: impl Fn(&mut Peer)) {
    let deadline = Instant::now() + DEADLINE;
    let mut other = UnixStream::connect(daemon.home().socket()).unwrap();
    other.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut left = crowd.len();
    while left > 0 {
        crowd.iter_mut().filter(|peer| !peer.is_cut).for_each(&act);
        assert_answers(&mut other);
        left = crowd.iter().filter(|peer| !peer.is_cut).count();
        assert!(Instant::now() < deadline, "{left} peers are not cut");
    }
}

#[track_caller]
fn assert_answers(stream: &mut UnixStream) {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok\n") {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "{:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&bytes[..count]);
    }
}

/// Fails if the daemon has ever used more than so many KiB for each peer.
#[track_caller]
fn assert_memory(daemon: &Daemon, before: u64, count: usize, most: u64) {
    let used = daemon.process().peak_memory().saturating_sub(before);
    assert!(used <= most * u64::try_from(count).unwrap(), "{used} KiB for {count} connections");
}

/// Raises the limit of descriptors; returns for how many connections it is enough, at most `wanted`.
fn room_for(wanted: usize) -> usize {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let most = u64::try_from(wanted + 2 * OTHERS).unwrap().min(hard);
    assert!(raise_descriptor_limit(most));
    let count = usize::try_from(most).unwrap().saturating_sub(2 * OTHERS);
    if count < wanted {
        tell_skipped(&format!("{count} connections instead of {wanted}: the limit of descriptors is {hard}"));
    }
    count
}
