//! The daemon of `plain_workers.rs` as a running process, and the requests to it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use daemon_core::Client;
use daemon_core::serde_json::{self, Value, json};
use nix::sched::{sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

use crate::common::Outcome;
use crate::common::connect::connect;
use crate::common::contender::{Contender, SOCKET};
use crate::common::cores::Place;
use crate::common::server::Server;

/// How long one request to the daemon may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time for the daemon, and the processes it woke, to settle before a request: the request would wake it.
const SETTLE: Duration = Duration::from_millis(10);
/// How long a replacement may take to be ready.
const REPLACEMENT: Duration = Duration::from_secs(10);

/// A daemon that holds nothing.
pub(crate) const SMALL: Contender = daemon(|directory, _| command(directory, 0));

/// A daemon that holds 1 GiB.
pub(crate) const LARGE: Contender = daemon(|directory, _| command(directory, 1024));

const fn daemon(command: fn(&Path, usize) -> Command) -> Contender {
    Contender {
        name: "crew",
        command,
        ready: "ready on",
        request: |_| String::new(),
        reply: |_| String::new(),
    }
}

fn command(directory: &Path, ballast: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plain-workers"));
    command.arg("--foreground");
    command.arg("--socket").arg(format!("unix:{}", directory.join(SOCKET).display()));
    command.arg("--pidfile").arg(directory.join("crew.pid"));
    command.arg("--ballast").arg(ballast.to_string());
    command
}

/// The time from the SIGKILL of a process until the daemon knew, and until another one was ready.
pub(crate) struct Loss {
    pub(crate) reaped: Duration,
    pub(crate) ready: Duration,
}

/// A running daemon, and a connection to it; dropping it kills the daemon, and so its workers.
pub(crate) struct Daemon {
    server: Server,
    client: Client,
}

impl Daemon {
    /// Starts a daemon, and returns when its workers are ready.
    pub(crate) fn start(contender: &'static Contender, place: &Place) -> Outcome<Self> {
        let server = Server::start(contender, 1, place)?;
        let mut client = Client::connect(&format!("unix:{}", server.socket().display()))?;
        client.set_timeout(Some(PATIENCE))?;
        Ok(Self { server, client })
    }

    /// Returns the daemon's process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Returns the processes of a worker.
    pub(crate) fn workers(&mut self, name: &str) -> Outcome<Vec<u32>> {
        let all: Vec<Value> = self.client.call("worker.info", &[name])?;
        let pid = |one: &Value| one["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        let pids: Option<Vec<u32>> = all.iter().map(pid).collect();
        Ok(pids.ok_or_else(|| format!("a process of `{name}` is down"))?)
    }

    /// Scales a worker to this many processes, and returns when they are ready.
    pub(crate) fn scale(&mut self, name: &str, count: usize) -> Outcome<()> {
        let _done: bool = self.client.call("worker.scale", &json!([name, count]))?;
        Ok(())
    }

    /// Returns the nanoseconds of each call, with a pause before each.
    pub(crate) fn laps(&mut self, count: usize, pause: Duration) -> Outcome<Vec<f64>> {
        let pause = u64::try_from(pause.as_micros())?;
        Ok(self.client.call("plain-workers.laps", &json!([count, pause]))?)
    }

    /// Returns the nanoseconds per call, with `depth` of them in flight.
    pub(crate) fn burst(&mut self, count: usize, depth: usize) -> Outcome<f64> {
        let all: f64 = self.client.call("plain-workers.burst", &[count, depth])?;
        Ok(all / count as f64)
    }

    /// Returns the worker's states since the last query, each with its time on CLOCK_MONOTONIC.
    pub(crate) fn changes(&mut self) -> Outcome<Vec<(String, Duration)>> {
        let all: Vec<(String, u64)> = self.client.call("plain-workers.changes", &json!([]))?;
        Ok(all.into_iter().map(|(state, at)| (state, Duration::from_nanos(at))).collect())
    }

    /// Kills a process of the worker, and waits until another one is ready.
    pub(crate) fn lose(&mut self, pid: u32) -> Outcome<Loss> {
        self.changes()?;
        thread::sleep(SETTLE);
        let killed = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL)?;
        let deadline = Instant::now() + REPLACEMENT;
        let mut changes = Vec::new();
        while changes.last().is_none_or(|(state, _)| state != "looping") {
            if Instant::now() > deadline {
                return Err(format!("no worker is ready {REPLACEMENT:?} after a kill: {changes:?}").into());
            }
            thread::sleep(SETTLE);
            changes.extend(self.changes()?);
        }
        let [(_, reaped), .., (_, ready)] = &changes[..] else {
            return Err(format!("the daemon has not noticed the kill: {changes:?}").into());
        };
        Ok(Loss { reaped: *reaped - killed, ready: *ready - killed })
    }

    /// Makes the pool do this many pieces of work of this many steps, all at once; each reply must be this one.
    pub(crate) fn press(&mut self, pieces: usize, steps: u64, answer: u64) -> Outcome<()> {
        let mut stream = connect(&self.server.socket())?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "plain-workers.press", "params": [steps]});
        stream.write_all(format!("{call}\n").repeat(pieces).as_bytes())?;
        let mut lines = BufReader::new(stream).lines();
        for _ in 0..pieces {
            let line = lines.next().ok_or("the daemon hung up")??;
            let reply: Value = serde_json::from_str(&line)?;
            if reply["result"].as_u64() != Some(answer) {
                return Err(format!("the pool answered {line}").into());
            }
        }
        Ok(())
    }

    /// Stops the daemon.
    pub(crate) fn stop(self) -> Outcome<()> {
        self.server.stop()
    }
}

/// Moves a process to the cores of this thread.
pub(crate) fn bring(pid: u32) -> Outcome<()> {
    let ours = sched_getaffinity(Pid::from_raw(0))?;
    Ok(sched_setaffinity(Pid::from_raw(pid.cast_signed()), &ours)?)
}
