//! A contender as a running process in its own temporary directory, which is removed however a bench ends.

use std::io::{BufRead, BufReader, PipeReader, pipe};
use std::path::PathBuf;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::Outcome;
use super::contender::{Contender, SOCKET};
use super::cores::Place;

/// How long a contender may take to start serving, and to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running contender; dropping it kills it.
pub(crate) struct Server {
    contender: &'static Contender,
    child: Child,
    /// The instant before its process was started.
    pub(crate) spawned: Instant,
    output: Receiver<String>,
    home: TempDir,
}

impl Server {
    /// Starts `contender` with room for this many connections and returns when it reports that it serves.
    pub(crate) fn start(contender: &'static Contender, connections: usize, place: &Place) -> Outcome<Self> {
        let server = Self::spawn(contender, connections, place)?;
        server.await_ready()?;
        Ok(server)
    }

    /// Starts `contender` and does not wait for it.
    pub(crate) fn spawn(contender: &'static Contender, connections: usize, place: &Place) -> Outcome<Self> {
        let home = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let (reader, writer) = pipe()?;
        let mut command = (contender.command)(home.path(), connections);
        command.stdout(writer.try_clone()?).stderr(writer);
        let (spawned, child) = place.start_server(|| (Instant::now(), command.spawn()))?;
        let child = child.map_err(|cause| format!("cannot start {:?}: {cause}", command.get_program()))?;
        Ok(Self { contender, child, spawned, output: drain(reader, contender.ready), home })
    }

    /// Returns its socket, which may not exist yet.
    pub(crate) fn socket(&self) -> PathBuf {
        self.home.path().join(SOCKET)
    }

    /// Returns its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and returns when the process has ended.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM)?;
        let deadline = Instant::now() + PATIENCE;
        // Its output ends when it does.
        while let Err(RecvTimeoutError::Timeout) | Ok(_) = self.output.recv_timeout(until(deadline)) {
            if until(deadline).is_zero() {
                return Err(format!("{} still runs {PATIENCE:?} after SIGTERM", self.contender.name).into());
            }
        }
        self.child.wait()?;
        Ok(())
    }

    fn await_ready(&self) -> Outcome<()> {
        let deadline = self.spawned + PATIENCE;
        let mut said = String::new();
        while let Ok(line) = self.output.recv_timeout(until(deadline)) {
            if line.contains(self.contender.ready) {
                return Ok(());
            }
            said.push_str(&line);
        }
        let Contender { name, ready, .. } = self.contender;
        Err(format!("{name} ended or took over {PATIENCE:?} without saying `{ready}`; it said: {said}")
            .into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` both do nothing; a failure here would only concern a bench that is already failing.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads all of a server's output, so that it never blocks on a full pipe, and passes on the output until the line that
/// contains `ready`. The channel closes when the output ends.
fn drain(reader: PipeReader, ready: &'static str) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        let mut starting = true;
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if starting {
                let text = String::from_utf8_lossy(&line).into_owned();
                starting = !text.contains(ready);
                drop(sender.send(text));
            }
            line.clear();
        }
    });
    receiver
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
