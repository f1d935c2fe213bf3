//! The baseline of calls: two processes and a blocking socketpair.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Outcome;

/// The echoed text: what the worker gets, in the same form.
const WORDS: &[u8] = b"[\"hello, world\"]";

/// The echo's process, and this side of its socketpair; dropping it kills the process.
pub(crate) struct Pair {
    child: Child,
    stream: UnixStream,
}

impl Pair {
    /// Starts the echo on the cores that this thread may use.
    pub(crate) fn start() -> Outcome<Self> {
        let (stream, far) = UnixStream::pair()?;
        let child =
            Command::new(env!("CARGO_BIN_EXE_pair-echo")).stdin(Stdio::from(OwnedFd::from(far))).spawn()?;
        Ok(Self { child, stream })
    }

    /// Returns its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends the text, and waits until it has come back.
    pub(crate) fn trip(&mut self) -> Outcome<()> {
        let mut answer = [0; WORDS.len()];
        self.stream.write_all(WORDS)?;
        self.stream.read_exact(&mut answer)?;
        if answer == *WORDS { Ok(()) } else { Err(format!("the pair echoed {answer:?}").into()) }
    }

    /// Returns the nanoseconds of each trip, with a pause before each.
    pub(crate) fn laps(&mut self, count: usize, pause: Duration) -> Outcome<Vec<f64>> {
        let mut lap = || {
            thread::sleep(pause);
            let start = Instant::now();
            self.trip()?;
            Ok(start.elapsed().as_nanos() as f64)
        };
        (0..count).map(|_| lap()).collect()
    }

    /// Returns the nanoseconds of a trip, in quick succession.
    pub(crate) fn burst(&mut self, count: usize) -> Outcome<f64> {
        let start = Instant::now();
        (0..count).try_for_each(|_| self.trip())?;
        Ok(start.elapsed().as_nanos() as f64 / count as f64)
    }

    /// Kills the process; returns when it was sent the signal, and when it was reaped.
    pub(crate) fn kill(&mut self) -> Outcome<(Instant, Instant)> {
        let killed = Instant::now();
        self.child.kill()?;
        self.child.wait()?;
        Ok((killed, Instant::now()))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // Killing a process that was already killed and reaped is an error; it can be ignored.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
