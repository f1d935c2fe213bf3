//! JSON-RPC over HTTP beside hyper on a runtime that echoes the same bytes, and beside the JSON line; and what an idle
//! HTTP connection costs.
//!
//! `cargo bench -p dialects --bench http`: the servers take turns, and the ratio is that of the medians. Each connection
//! has one request under way. `--quick` after `--` only sees whether it runs. The client is pinned to one core, the servers to another, if there are two.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How much is measured.
struct Extent {
    rounds: usize,
    requests: usize,
    idle: usize,
}

const USUAL: Extent = Extent { rounds: 9, requests: 20_000, idle: 10_000 };
/// Only to see that it runs.
const QUICK: Extent = Extent { rounds: 1, requests: 160, idle: 100 };
/// The most connections of a server.
const MOST: usize = 2 * USUAL.idle;
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"teller.echo","params":["hello, world"]}"#;
const REPLY: &str = r#"{"jsonrpc":"2.0","id":1,"result":"hello, world"}"#;

/// A server that runs, in a directory of its own.
struct Server {
    child: Child,
    socket: PathBuf,
    _home: tempfile::TempDir,
}

/// What is sent to a server, and how its answer ends.
struct Exchange {
    request: String,
    end: &'static str,
}

impl Server {
    fn start(make: impl FnOnce(&Path, &Path) -> Command) -> Outcome<Self> {
        let home = tempfile::tempdir()?;
        let socket = home.path().join("socket");
        let mut child = make(&socket, home.path()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        pin(Pid::from_raw(child.id().cast_signed()), 1);
        let output = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Server { child, socket, _home: home })
    }

    fn teller() -> Outcome<Self> {
        let server = Server::start(|socket, home| {
            let mut command = Command::new("sh");
            // Its log goes where the other one says that it is ready.
            command.arg("-c").arg("exec \"$0\" \"$@\" 2>&1").arg(env!("CARGO_BIN_EXE_teller"));
            command.arg("-f").arg("--socket").arg(format!("unix:{}", socket.display()));
            command.arg("--limit").arg(format!("connections={MOST}"));
            command.env("RUNTIME_DIRECTORY", home);
            command
        })?;
        Ok(server)
    }

    fn hyper() -> Outcome<Self> {
        Server::start(|socket, _| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hyper-echo"));
            command.arg(socket);
            command
        })
    }

    fn connect(&self, count: usize) -> Outcome<Vec<UnixStream>> {
        (0..count).map(|_| Ok(UnixStream::connect(&self.socket)?)).collect()
    }

    /// Makes so many exchanges on each connection in turn; returns how many per second.
    fn rate(&self, connections: usize, requests: usize, exchange: &Exchange) -> Outcome<f64> {
        let mut streams = self.connect(connections)?;
        let length = ask(&mut streams[0], exchange)?;
        let mut buffer = vec![0; length];
        let start = Instant::now();
        for _ in 0..requests / connections {
            for stream in &mut streams {
                stream.write_all(exchange.request.as_bytes())?;
            }
            for stream in &mut streams {
                stream.read_exact(&mut buffer)?;
            }
        }
        assert!(buffer.ends_with(exchange.end.as_bytes()), "{}", String::from_utf8_lossy(&buffer));
        Ok(requests as f64 / start.elapsed().as_secs_f64())
    }

    /// Returns its resident memory besides files, in KiB.
    fn memory(&self) -> Outcome<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        // Without the pages of code, which come and go.
        let line = status.lines().find(|line| line.starts_with("RssAnon")).ok_or("no RssAnon")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Makes one exchange; returns how many bytes the answer has.
fn ask(stream: &mut UnixStream, exchange: &Exchange) -> Outcome<usize> {
    stream.write_all(exchange.request.as_bytes())?;
    let mut answer = Vec::new();
    while !answer.ends_with(exchange.end.as_bytes()) {
        let mut piece = [0; 4096];
        match stream.read(&mut piece)? {
            0 => return Err(format!("no answer: {}", String::from_utf8_lossy(&answer)).into()),
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    Ok(answer.len())
}

/// Pins a process to the core of this number, if there is one.
fn pin(process: Pid, core: usize) {
    let mut set = CpuSet::new();
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > core) && set.set(core).is_ok() {
        let _ = sched_setaffinity(process, &set);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn post(body: &str) -> String {
    format!("POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn main() -> Outcome<()> {
    pin(Pid::from_raw(0), 0);
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let Extent { rounds, requests, idle } =
        if std::env::args().any(|arg| arg == "--quick") { QUICK } else { USUAL };
    let (teller, hyper) = (Server::teller()?, Server::hyper()?);
    // The baseline echoes its body, so it gets that of our answer.
    let contenders = [
        ("hyper on a runtime", &hyper, Exchange { request: post(REPLY), end: REPLY }),
        ("JSON-RPC over HTTP", &teller, Exchange { request: post(CALL), end: REPLY }),
        ("JSON-RPC by line", &teller, Exchange { request: format!("{CALL}\n"), end: "world\"}\n" }),
    ];
    for connections in [1, 16] {
        let mut rates = vec![Vec::new(); contenders.len()];
        for _ in 0..rounds {
            for ((_, server, exchange), rates) in contenders.iter().zip(&mut rates) {
                rates.push(server.rate(connections, requests, exchange)?);
            }
        }
        let medians: Vec<f64> = rates.into_iter().map(median).collect();
        for ((name, ..), rate) in contenders.iter().zip(&medians) {
            println!(
                "{connections:>2} connections  {name:<20} {rate:>9.0}/s   ratio {:.2}   (target of HTTP: 0.90)",
                rate / medians[0]
            );
        }
    }
    for (name, request, end) in [("connected only", String::new(), ""), ("answered once", post(CALL), REPLY)]
    {
        let server = Server::teller()?;
        let before = server.memory()?;
        let mut streams = server.connect(idle)?;
        for stream in streams.iter_mut().filter(|_| !request.is_empty()) {
            ask(stream, &Exchange { request: request.clone(), end })?;
        }
        // The last one has been accepted when it is answered.
        ask(&mut server.connect(1)?[0], &contenders[1].2)?;
        let each = server.memory()?.saturating_sub(before) * 1024 / idle;
        println!("{idle} idle HTTP connections, {name}: {each} bytes each (target: under 2048)");
    }
    Ok(())
}
