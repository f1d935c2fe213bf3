//! What the programs say: that they run.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{Backlog, listen};
use nix::unistd::Pid;

use crate::common::Outcome;

/// How long the slowest supervisor may take to start all programs, or one.
const PATIENCE: Duration = Duration::from_secs(60);

/// The programs that run, as they have reported.
pub(crate) struct Reports {
    pub(crate) socket: PathBuf,
    reports: Receiver<Program>,
}

/// A program that runs.
pub(crate) struct Program {
    name: String,
    pid: i32,
    /// When it said so.
    pub(crate) at: Instant,
    /// It ends when this is closed.
    _stream: UnixStream,
}

impl Reports {
    pub(crate) fn listen(socket: &Path) -> Outcome<Self> {
        let listener = UnixListener::bind(socket)?;
        listen(&listener, Backlog::MAXALLOWABLE)?;
        let (sender, reports) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(program) = stream.map_err(Into::into).and_then(Program::read) else { continue };
                if sender.send(program).is_err() {
                    return;
                }
            }
        });
        Ok(Reports { socket: socket.to_owned(), reports })
    }

    /// Waits for the first report of each of so many programs.
    pub(crate) fn first_of(&self, count: usize) -> Outcome<Vec<Program>> {
        let mut programs = HashMap::new();
        while programs.len() < count {
            let program =
                self.next().map_err(|error| format!("{} of {count} run: {error}", programs.len()))?;
            programs.insert(program.name.clone(), program);
        }
        Ok(programs.into_values().collect())
    }

    /// Kills a program; returns when, and the one that took its place.
    pub(crate) fn kill(&mut self, program: &Program) -> Outcome<(Instant, Program)> {
        let killed = Instant::now();
        kill(Pid::from_raw(program.pid), Signal::SIGKILL)?;
        loop {
            let next = self.next()?;
            if next.name == program.name {
                return Ok((killed, next));
            }
        }
    }

    fn next(&self) -> Outcome<Program> {
        Ok(self.reports.recv_timeout(PATIENCE)?)
    }
}

impl Program {
    fn read(stream: UnixStream) -> Outcome<Program> {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        let at = Instant::now();
        let (name, pid) = line.trim().split_once(' ').ok_or("a program says something else")?;
        Ok(Program { name: name.to_owned(), pid: pid.parse()?, at, _stream: stream })
    }
}
