//! How many requests the users service answers on its unix socket, and how soon, beside a bare loop that sends back as many
//! bytes: `cargo bench -p microservices --bench requests [-- --quick]`.
//!
//! Each case is measured several times, in turn with the bare loop; the medians are printed. Requests are sent one after the
//! other by one client, or 16 at once by each of some clients.

// A panic here ends the bench.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use harness::{Daemon, Home};

const PROGRAM: &str = env!("CARGO_BIN_EXE_microservices");
const REQUEST: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"users.get\",\"params\":[1]}\n";
const REPLY: &[u8] = b"{\"jsonrpc\":\"2.0\",\"result\":{\"id\":1,\"name\":\"Zeki\"},\"id\":1}\n";

/// How many clients there are, and how many requests each has under way.
const CASES: [(usize, usize); 3] = [(1, 1), (1, 16), (4, 16)];

/// What came out of one measurement.
#[derive(Clone, Copy)]
struct Measured {
    /// Requests a second.
    rate: f64,
    /// How long half of the rounds took at most. A round is as many requests as are under way.
    median: Duration,
}

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (rounds, time) = if is_quick { (1, Duration::from_millis(100)) } else { (5, Duration::from_secs(2)) };
    let home = Home::new(PROGRAM);
    let daemon = Daemon::start_by(&home, home.command(&["users", "-f"]));
    let service = home.path().join("users.sock");
    let bare = home.path().join("bare.sock");
    serve_bare(&bare);
    println!("clients x under way   service 1/s   bare 1/s   ratio   service p50   bare p50");
    for (clients, under_way) in CASES {
        let all: Vec<[Measured; 2]> = (0..rounds)
            .map(|_| [&service, &bare].map(|socket| measure(socket, clients, under_way, time)))
            .collect();
        let rate = |which: usize| middle(all.iter().map(|pair| pair[which].rate).collect());
        let median =
            |which: usize| middle(all.iter().map(|pair| pair[which].median.as_secs_f64() * 1e6).collect());
        println!(
            "{clients:>7} x {under_way:<11} {:>12.0} {:>10.0} {:>7.2} {:>10.1} µs {:>7.1} µs",
            rate(0),
            rate(1),
            rate(0) / rate(1),
            median(0),
            median(1),
        );
    }
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    daemon.ended();
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Sends back a reply for each line, in one thread for each client, as plainly as it can be done.
fn serve_bare(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let (mut bytes, mut replies) = ([0; 65536], Vec::new());
                while let Ok(count) = stream.read(&mut bytes) {
                    let lines = bytes[..count].iter().filter(|byte| **byte == b'\n').count();
                    replies.clear();
                    (0..lines).for_each(|_| replies.extend_from_slice(REPLY));
                    if count == 0 || stream.write_all(&replies).is_err() {
                        break;
                    }
                }
            });
        }
    });
}

fn measure(socket: &Path, clients: usize, under_way: usize, time: Duration) -> Measured {
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let stream = UnixStream::connect(socket).unwrap();
            thread::spawn(move || call(stream, under_way, time))
        })
        .collect();
    let measured: Vec<Measured> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let rate = measured.iter().map(|measured| measured.rate).sum();
    let mut medians: Vec<Duration> = measured.iter().map(|measured| measured.median).collect();
    medians.sort();
    Measured { rate, median: medians[medians.len() / 2] }
}

/// Sends requests for some time, and checks each reply.
fn call(stream: UnixStream, under_way: usize, time: Duration) -> Measured {
    let requests = REQUEST.repeat(under_way);
    let (mut writer, mut reader) = (stream.try_clone().unwrap(), BufReader::new(stream));
    let (mut line, mut took, start) = (Vec::new(), Vec::new(), Instant::now());
    while start.elapsed() < time {
        let begun = Instant::now();
        writer.write_all(&requests).unwrap();
        for _ in 0..under_way {
            line.clear();
            reader.read_until(b'\n', &mut line).unwrap();
            assert_eq!(line.len(), REPLY.len(), "{}", String::from_utf8_lossy(&line));
        }
        took.push(begun.elapsed());
    }
    let count = took.len() * under_way;
    let rate = count as f64 / start.elapsed().as_secs_f64();
    took.sort();
    Measured { rate, median: took[took.len() / 2] }
}
