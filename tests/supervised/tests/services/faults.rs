//! Every system call of a supervisor fails once, while services start, end and are restarted: none is lost.
//!
//! A run is traced once, to learn which calls the daemon makes from the moment that it is ready. Then it is repeated once for
//! each of them, which fails. Whatever it is, the daemon lives, one service still runs, the other one is still restarted, and
//! both end with the daemon.

// The amount of work done is printed.
#![allow(clippy::print_stderr)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Blow, End, Home, Known, Point, Tracer, skip};
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::keeper::KEEPER;

/// How long anything may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Runs at the same time: most of the time they wait.
const AT_ONCE: usize = 3;
/// How often the second service is started before the calls of a run are counted.
const STARTS: usize = 4;
/// The least number of places that a run has for a failure.
const FEWEST: usize = 40;

#[test]
fn any_call_may_fail_while_services_start_end_and_are_restarted() {
    let Some(places) = places() else { return };
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(call) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = Run::start(Some((Point { process: 0, call: *call }, Blow::Failure)));
                    let judged = run.judge();
                    let call = run.tracer.known().struck;
                    struck.fetch_add(usize::from(call.is_some()), Ordering::Relaxed);
                    if let (Some(call), Err(why)) = (call, judged) {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{call:?}: {why}\n{}", run.tracer.log().lines().join("\n")));
                    }
                }
            });
        }
    });
    let (struck, wrong) = (struck.into_inner(), wrong.into_inner().unwrap());
    eprintln!("{struck} of {} places hit", places.len());
    assert!(wrong.is_empty(), "{struck} of {} places hit:\n{}", places.len(), wrong.join("\n"));
    assert!(struck >= FEWEST && struck * 10 >= places.len() * 8, "{struck} of {} places hit", places.len());
}

/// Returns the places of the daemon's calls that may fail, from the moment that it is ready; `None` if they cannot be traced.
fn places() -> Option<Vec<usize>> {
    let run = Run::start(None);
    assert!(
        run.tracer.wait(PATIENCE, |_| run.tracer.log().lines().iter().any(|line| line.contains("ready on ")))
    );
    let known = run.tracer.known();
    if let Some(why) = known.refused {
        skip(&why);
        return None;
    }
    let ready = known.processes[0].calls.len();
    run.wait_for_starts(STARTS).unwrap();
    let calls = run.tracer.known().processes[0].calls.clone();
    run.stop().unwrap();
    Some((ready..calls.len()).filter(|call| calls[*call].error().is_some()).collect())
}

/// A daemon with two services, traced.
struct Run {
    home: Home,
    directory: tempfile::TempDir,
    tracer: Tracer,
}

impl Run {
    /// Starts a daemon with one service that lives, and one that ends at once and is restarted.
    fn start(blow: Option<(Point, Blow)>) -> Run {
        let (home, directory) = (Home::new(KEEPER), tempfile::tempdir().unwrap());
        let file = directory.path().join("services.toml");
        let starts = directory.path().join("starts");
        let services = format!(
            "[service.steady]\ncommand = \"sleep 1000\"\n\
             [service.ends]\ncommand = [\"sh\", \"-c\", \"echo >> {}; exit 3\"]\nbackoff = {{ from = \"20ms\", to = \"20ms\" }}\n",
            starts.display()
        );
        fs::write(&file, services).unwrap();
        let tracer = Tracer::follow(home.command(&["-f", "--services", file.to_str().unwrap()]), blow);
        Run { home, directory, tracer }
    }

    /// Checks what must be true of a run, whatever has failed in it.
    fn judge(&self) -> Result<(), String> {
        self.wait_for_starts(STARTS + 2)?;
        self.steady_runs()?;
        let before = self.starts();
        self.wait_for_starts(before + 2)?;
        self.stop()
    }

    fn starts(&self) -> usize {
        fs::read(self.directory.path().join("starts")).map_or(0, |lines| lines.len())
    }

    fn wait_for_starts(&self, count: usize) -> Result<(), String> {
        let came = self.tracer.wait(PATIENCE, |_| self.starts() >= count);
        let ended = self.tracer.known().processes.first().and_then(|daemon| daemon.end);
        match (came, ended) {
            (true, None) => Ok(()),
            (_, Some(end)) => Err(format!("the daemon ended with {end:?}")),
            (false, None) => Err(format!("the second service is not restarted: {} starts", self.starts())),
        }
    }

    /// Asks the daemon for its first service; one connection may be lost to the failure.
    fn steady_runs(&self) -> Result<(), String> {
        let answer = (0..2).find_map(|_| self.ask().ok()).ok_or("the daemon does not answer")?;
        let info: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        let info = &info["result"][0];
        match (info["state"].as_str(), info["pid"].as_i64()) {
            (Some("running"), Some(pid)) if fs::exists(format!("/proc/{pid}")).unwrap_or(false) => Ok(()),
            _ => Err(format!("the first service does not run: {info}")),
        }
    }

    fn ask(&self) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(self.home.socket())?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"service.status\",\"params\":[\"steady\"]}\n",
        )?;
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    /// Ends the daemon; its services end with it, and nothing is left.
    fn stop(&self) -> Result<(), String> {
        self.tracer.signal(0, Signal::SIGTERM);
        if !self.tracer.wait(PATIENCE, |_: &Known| false) {
            return Err("a process is left".to_owned());
        }
        match self.tracer.known().processes[0].end {
            Some(End::Code(0)) => {}
            end => return Err(format!("the daemon ended with {end:?}")),
        }
        match self.home.files() {
            files if files.is_empty() => Ok(()),
            files => Err(format!("left behind: {files:?}")),
        }
    }
}
