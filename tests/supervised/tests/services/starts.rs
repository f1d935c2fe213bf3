//! SIGTERM at every system call of a start with services: of the daemon, and of the processes that become services.
//!
//! A start is traced once, to learn the calls until both services run, one of which needs the other. Then it is repeated
//! once for each of them. If the daemon is hit, all ends; if a service is hit, it is started again, and the daemon goes on.

// The amount of work done is printed.
#![allow(clippy::print_stderr)]

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Blow, End, Home, Known, Point, Tracer, skip};
use nix::sys::signal::Signal;

use crate::keeper::KEEPER;

/// How long a start, or an end, may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(20);
/// Starts at the same time: most of the time they wait.
const AT_ONCE: usize = 3;
/// The least number of places that a start has.
const FEWEST: usize = 100;

#[test]
fn term_at_any_call_of_a_start_with_services_ends_it_and_leaves_none() {
    let Some(places) = places() else { return };
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(point) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Start::new(Some((*point, Blow::Signal(Signal::SIGTERM))));
                    let judged = start.judge(*point);
                    struck.fetch_add(usize::from(start.tracer.known().struck.is_some()), Ordering::Relaxed);
                    if let Err(why) = judged {
                        let log = start.tracer.log().lines().join("\n");
                        let call = start.tracer.known().struck;
                        wrong.lock().unwrap().push(format!("{point:?}, {call:?}: {why}\n{log}"));
                    }
                }
            });
        }
    });
    let (struck, wrong) = (struck.into_inner(), wrong.into_inner().unwrap());
    eprintln!("{struck} of {} places hit", places.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(struck >= FEWEST && struck * 10 >= places.len() * 9, "{struck} of {} places hit", places.len());
}

/// Returns the places of all calls until both services run; `None` if they cannot be traced.
fn places() -> Option<Vec<Point>> {
    let start = Start::new(None);
    assert!(start.tracer.wait(PATIENCE, |_| start.is_up()), "a start without a blow hangs");
    let known = start.tracer.known();
    if let Some(why) = known.refused {
        skip(&why);
        return None;
    }
    start.stop().unwrap();
    let calls = known.processes.iter().enumerate().flat_map(|(process, followed)| {
        // After its exec, a process runs the service's program, whose calls are not part of the start.
        let exec = followed.calls.iter().position(|call| call.name() == "execve");
        let calls = exec.filter(|_| process > 0).map_or(followed.calls.len(), |exec| exec + 1);
        (0..calls).map(move |call| Point { process, call })
    });
    Some(calls.collect())
}

/// A traced start of a daemon with two services.
struct Start {
    home: Home,
    _directory: tempfile::TempDir,
    tracer: Tracer,
}

impl Start {
    fn new(blow: Option<(Point, Blow)>) -> Start {
        let (home, directory) = (Home::new(KEEPER), tempfile::tempdir().unwrap());
        let file = directory.path().join("services.toml");
        let services = "[service.first]\ncommand = \"sleep 1000\"\n\
             [service.second]\ncommand = \"sleep 1000\"\nneeds = [\"first\"]\n";
        fs::write(&file, services).unwrap();
        let arguments = ["-f", "-v", "--services", file.to_str().unwrap()];
        let tracer = Tracer::follow(home.command(&arguments), blow);
        Start { home, _directory: directory, tracer }
    }

    /// Whether the daemon is ready, and has said that the second service runs.
    fn is_up(&self) -> bool {
        let lines = self.tracer.log().lines();
        let says = |text: &str| lines.iter().any(|line| line.contains(text));
        says("ready on ") && says("second is running")
    }

    /// Checks what must be true of a start that was hit.
    fn judge(&self, point: Point) -> Result<(), String> {
        let is_struck = |known: &Known| known.struck.is_some() || self.is_up();
        self.within("nothing happens", is_struck)?;
        match self.tracer.known().struck {
            // A later blow hits the end, or another process than was expected.
            None => self.stop(),
            Some(_) if point.process == 0 => self.ends(),
            Some(_) => {
                self.within("the services do not run", |_| self.is_up())?;
                self.stop()
            }
        }
    }

    fn stop(&self) -> Result<(), String> {
        self.tracer.signal(0, Signal::SIGTERM);
        self.ends()
    }

    /// All processes end, and the daemon says so.
    fn ends(&self) -> Result<(), String> {
        self.within("a process is left", |_| false)?;
        match self.tracer.known().processes[0].end {
            Some(End::Code(0) | End::Signal(Signal::SIGTERM)) => {}
            other => return Err(format!("the daemon ended with {other:?}")),
        }
        let left = self.home.files();
        if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
    }

    fn within(&self, otherwise: &str, enough: impl Fn(&Known) -> bool) -> Result<(), String> {
        let came = self.tracer.wait(PATIENCE, enough);
        came.then_some(()).ok_or_else(|| format!("{otherwise} within {PATIENCE:?}"))
    }
}
