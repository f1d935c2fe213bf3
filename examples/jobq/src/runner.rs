//! Runs a command, in a process of the pool.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use daemon_core::prelude::*;
use nix::unistd::getpgrp;

/// What a running command tells the queue.
#[rpc_type]
pub(crate) struct Line {
    /// The job.
    pub(crate) id: u64,
    /// The process group of the command, once, when it begins.
    pub(crate) group: Option<i32>,
    /// A line that it wrote.
    pub(crate) text: Option<String>,
}

/// How a command ended.
#[rpc_type]
pub(crate) struct Exit {
    code: Option<i32>,
    signal: Option<i32>,
    timed_out: bool,
}

impl Exit {
    pub(crate) fn is_success(&self) -> bool {
        self.code == Some(0) && !self.timed_out
    }

    /// Describes it.
    pub(crate) fn words(&self) -> String {
        match (self.timed_out, self.code, self.signal) {
            (true, ..) => "took too long".to_owned(),
            (false, Some(code), _) => format!("exit status {code}"),
            (false, None, signal) => format!("signal {}", signal.unwrap_or_default()),
        }
    }

    fn of(status: ExitStatus, timed_out: bool) -> Self {
        Exit { code: status.code(), signal: status.signal(), timed_out }
    }
}

/// The longest line that is passed on, in bytes.
const LONGEST: u64 = 1024;

/// Runs a command for a job, and sends the daemon what it writes.
pub(crate) fn run(id: u64, command: &str, timeout: Duration, context: &mut Context) -> io::Result<Exit> {
    let deadline = Instant::now() + timeout;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = shell.spawn()?;
    // It is in the group of this process, and so is what it starts, unless that leaves.
    let group = Some(getpgrp().as_raw());
    context.emit("job", &Line { id, group, text: None });
    let lines = lines(&mut child);
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(text) => {
                context.alive();
                context.emit("job", &Line { id, group: None, text: Some(text) });
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::of(child.wait()?, false)),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                // What the command has started ends with the group, when another process has taken the place of this one.
                context.stop();
                return Ok(Exit::of(child.wait()?, true));
            }
        }
    }
}

/// Reads the lines of a command in a thread; the channel ends when the command has closed its output.
fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(16);
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        thread::spawn(move || {
            let mut line = Vec::new();
            while matches!(output.by_ref().take(LONGEST).read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}
