//! The sub-command `workers`: a table of the worker processes, once or repeatedly; and the workers' part of `status`.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use super::connect::connect;
use super::output::{aligned, say};
use crate::client::Client;
use crate::daemon::config::Config;
use crate::error::{Error, OrError, Result};
use crate::fault::{Fault, code};
use crate::printable::OneLine;
use crate::workers::ProcessReport;

/// The interval between two tables.
const PERIOD: Duration = Duration::from_secs(1);
/// Moves the cursor of a terminal home and clears what is below (ECMA-48).
const CLEAR: &str = "\x1b[H\x1b[J";

/// Prints the table of one worker, or of all; with `watch` every second, until interrupted.
pub(super) fn workers(config: &Config, worker: Option<&str>, watch: bool) -> Result<ExitCode> {
    let mut client = connect(config)?;
    if !watch {
        return say(&table(&ask(&mut client, worker)?));
    }
    let mut out = io::stdout();
    let clear = if out.is_terminal() { CLEAR } else { "" };
    loop {
        let table = table(&ask(&mut client, worker)?);
        match writeln!(out, "{clear}{table}").and_then(|()| out.flush()) {
            Ok(()) => std::thread::sleep(PERIOD),
            // The reader closed the pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error).or_error(|| "cannot write to standard output".to_owned()),
        }
    }
}

/// The worker processes of a daemon, for `status`.
pub(super) struct Workers(Vec<ProcessReport>);

impl Workers {
    pub(super) fn ask(client: &mut Client) -> Self {
        // A daemon without workers does not have the method.
        Workers(client.call("worker.info", &()).unwrap_or_default())
    }

    /// Whether one of them ended too often.
    pub(super) fn are_degraded(&self) -> bool {
        self.0.iter().any(|worker| worker.degraded)
    }

    /// Counts them by state, and lists those that ended too often, each on its own line; empty if there are none.
    pub(super) fn describe(&self) -> String {
        let mut states: Vec<(String, usize)> = Vec::new();
        for state in self.0.iter().map(|worker| worker.state.to_string()) {
            match states.iter_mut().find(|(known, _)| *known == state) {
                Some((_, count)) => *count += 1,
                None => states.push((state, 1)),
            }
        }
        let states: Vec<String> =
            states.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
        let degraded = self.0.iter().filter(|worker| worker.degraded);
        let degraded: Vec<String> =
            degraded.map(|worker| format!("{}/{}", worker.worker, worker.process)).collect();
        let mut text = String::new();
        if !states.is_empty() {
            text.push_str(&format!("\nworkers: {}", states.join(", ")));
        }
        if !degraded.is_empty() {
            text.push_str(&format!("\ndegraded, as they ended too often: {}", degraded.join(", ")));
        }
        text
    }
}

fn ask(client: &mut Client, worker: Option<&str>) -> Result<Vec<ProcessReport>> {
    client.call("worker.info", &[worker]).map_err(|error| match error.fault().map(Fault::code) {
        Some(code::METHOD_NOT_FOUND) => Error::new("the daemon has no workers"),
        _ => error,
    })
}

const HEAD: [&str; 11] = [
    "WORKER",
    "PID",
    "STATE",
    "SINCE",
    "RESTARTS",
    "LOOPS",
    "CALLS",
    "WORKING",
    "QUEUE",
    "MEMORY",
    "LAST EXIT",
];

fn table(workers: &[ProcessReport]) -> String {
    let rows: Vec<Vec<String>> =
        std::iter::once(HEAD.map(str::to_owned)).chain(workers.iter().map(row)).map(Vec::from).collect();
    aligned(&rows)
}

fn row(worker: &ProcessReport) -> [String; 11] {
    let dash = || "-".to_owned();
    let since = Duration::from_secs_f64(worker.since.max(0.0).trunc());
    [
        format!("{}/{}", worker.worker, worker.process),
        worker.pid.map_or_else(dash, |pid| pid.to_string()),
        match worker.progress {
            Some((done, total)) => format!("{} {done}/{total}", worker.state),
            None => worker.state.to_string(),
        },
        humantime::format_duration(since).to_string(),
        worker.restarts.to_string(),
        worker.loops.to_string(),
        worker.calls.to_string(),
        worker.working.to_string(),
        worker.queue.to_string(),
        worker.memory.map_or_else(dash, |kib| format!("{kib} KiB")),
        // The text comes from the worker and is not trusted.
        worker.last_exit.as_deref().map_or_else(dash, |words| OneLine(words).to_string()),
    ]
}
