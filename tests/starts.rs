//! A start that is interrupted at each of its system calls: by SIGTERM, and by a call that fails.
//!
//! A start is traced once, to learn which system calls each of its processes makes until the daemon is ready. Then it
//! is repeated once for each of them, and interrupted there. Wherever that is: all processes end in time, nothing is
//! left, and the launcher's report is true. A place that a run does not reach, because no two runs are quite the
//! same, is counted but is not a failure; an assertion checks that most were reached.

// A panic here fails the test. The amount of work done is printed.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Blow, Call, End, Home, Known, Point, Tracer, skip};
use nix::sys::signal::Signal;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const COPY: &str = env!("CARGO_BIN_EXE_copy");

/// How long a start, or an end, may take before it counts as hanging. A traced start takes about 50 ms.
const PATIENCE: Duration = Duration::from_secs(10);
/// Concurrent starts. Most of the time is spent in the kernel, and starts that hang only wait.
const AT_ONCE: usize = 3;
/// The least number of places that a start of any daemon has for a signal, and for a failure.
const FEWEST: usize = 60;

#[test]
fn term_at_any_call_of_a_start_in_the_foreground_ends_it() {
    terminate_everywhere(&FOREGROUND_ECHO);
}

#[test]
fn term_at_any_call_of_a_detached_start_ends_it_and_the_launcher_says_so() {
    terminate_everywhere(&DETACHED_ECHO);
}

#[test]
fn term_at_any_call_of_a_start_with_a_worker_ends_it() {
    terminate_everywhere(&FOREGROUND_COPY);
}

#[test]
fn term_at_any_call_of_a_detached_start_with_a_worker_ends_it_and_the_launcher_says_so() {
    terminate_everywhere(&DETACHED_COPY);
}

#[test]
fn any_call_of_a_start_in_the_foreground_may_fail() {
    fail_everywhere(&FOREGROUND_ECHO);
}

#[test]
fn any_call_of_a_detached_start_may_fail() {
    fail_everywhere(&DETACHED_ECHO);
}

#[test]
fn any_call_of_a_start_with_a_worker_may_fail() {
    fail_everywhere(&FOREGROUND_COPY);
}

#[test]
fn any_call_of_a_detached_start_with_a_worker_may_fail() {
    fail_everywhere(&DETACHED_COPY);
}

static FOREGROUND_ECHO: Case = Case { program: ECHO, detached: false };
static DETACHED_ECHO: Case = Case { program: ECHO, detached: true };
static FOREGROUND_COPY: Case = Case { program: COPY, detached: false };
static DETACHED_COPY: Case = Case { program: COPY, detached: true };

/// A way to start a daemon.
struct Case {
    program: &'static str,
    detached: bool,
}

impl Case {
    fn mode(&self) -> &'static str {
        if self.detached { "-d" } else { "-f" }
    }

    /// The index of the daemon among the processes of its start: with `-d`, two forks come before it.
    fn daemon(&self) -> usize {
        if self.detached { 2 } else { 0 }
    }

    /// Returns the role of a process of the start.
    fn role(&self, process: usize) -> &'static str {
        match (self.detached, process) {
            (true, 0) => "launcher",
            (true, 1) => "intermediate",
            (true, 2) | (false, 0) => "daemon",
            _ => "worker",
        }
    }

    fn start(&'static self, blow: Option<(Point, Blow)>) -> Start {
        let home = Home::new(self.program);
        let tracer = Tracer::follow(home.command(&[self.mode()]), blow);
        Start { case: self, home, tracer }
    }
}

/// Sends SIGTERM at every call.
fn terminate_everywhere(case: &'static Case) {
    let Some(places) = places(case) else { return };
    let blows = places.into_iter().map(|(point, call)| (point, call, Blow::Signal(Signal::SIGTERM)));
    strike_everywhere(case, &blows.collect::<Vec<_>>(), Start::after_term);
}

/// Makes every call fail that may fail.
fn fail_everywhere(case: &'static Case) {
    let Some(places) = places(case) else { return };
    let may_fail = places.into_iter().filter(|(_, call)| call.error().is_some());
    let blows = may_fail.map(|(point, call)| (point, call, Blow::Failure));
    strike_everywhere(case, &blows.collect::<Vec<_>>(), Start::after_failure);
}

/// Returns all system calls of a start until the daemon is ready; `None` if they cannot be traced here.
fn places(case: &'static Case) -> Option<Vec<(Point, Call)>> {
    let start = case.start(None);
    assert!(start.tracer.wait(PATIENCE, |known| start.is_ready(known)), "a start without a blow hangs");
    let known = start.tracer.known();
    if let Some(why) = known.refused {
        skip(&why);
        return None;
    }
    start.stop().unwrap();
    let calls = known.processes.iter().enumerate().flat_map(|(process, followed)| {
        let place = move |call| Point { process, call };
        followed.calls.iter().enumerate().map(move |(call, made)| (place(call), *made))
    });
    Some(calls.collect())
}

/// Makes a start for each blow, and fails with everything that went wrong.
fn strike_everywhere(case: &'static Case, blows: &[(Point, Call, Blow)], judge: Judge) {
    let (next, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((point, _, blow)) = blows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = case.start(Some((*point, *blow)));
                    let came = start.comes_to_the_blow();
                    let call = start.tracer.known().struck;
                    struck.fetch_add(usize::from(call.is_some()), Ordering::Relaxed);
                    if let Err(why) = came.and_then(|()| start.judged(*point, call, judge)) {
                        wrong.lock().unwrap().push(start.report(*point, call, *blow, &why));
                    }
                }
            });
        }
    });
    let (struck, wrong) = (struck.into_inner(), wrong.into_inner().unwrap());
    let tally = format!("{} {}: {struck} of {} places hit", case.program, case.mode(), blows.len());
    eprintln!("{tally}");
    assert!(wrong.is_empty(), "{tally}, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(struck >= FEWEST && struck * 10 >= blows.len() * 9, "{tally}");
}

/// What must be true of a start that was hit in one of its processes.
type Judge = fn(&Start, usize) -> Result<(), String>;

/// A traced start.
struct Start {
    case: &'static Case,
    home: Home,
    tracer: Tracer,
}

impl Start {
    /// Waits for the blow, or until it is too late for one.
    fn comes_to_the_blow(&self) -> Result<(), String> {
        self.within("nothing happens", |known| known.struck.is_some() || self.is_ready(known))
    }

    /// Judges the effect of a blow, if there was one during the start, and checks what is left.
    fn judged(&self, point: Point, call: Option<Call>, judge: Judge) -> Result<(), String> {
        if call.is_none() {
            // A later blow hits the end, which is not tested here.
            let _ = self.stop();
            return Ok(());
        }
        judge(self, point.process)?;
        self.nothing_is_left()
    }

    /// A SIGTERM to a worker ends that worker; to any other process, the start.
    fn after_term(&self, process: usize) -> Result<(), String> {
        match self.case.role(process) {
            "worker" => self.worker_ends(process),
            _ if self.case.detached => self.launcher_is_right(process),
            _ => {
                self.within("the daemon does not end", |_| false)?;
                match self.end(0) {
                    Some(End::Code(0) | End::Signal(Signal::SIGTERM)) => Ok(()),
                    other => Err(format!("the daemon ended with {other:?}")),
                }
            }
        }
    }

    /// The worker ends by itself, and is not killed in the end; the daemon starts, or says why not.
    fn worker_ends(&self, process: usize) -> Result<(), String> {
        self.within("the worker does not end", |known| known.processes[process].end.is_some())?;
        match self.end(process) {
            Some(End::Code(0) | End::Signal(Signal::SIGTERM)) => {}
            other => return Err(format!("the worker ended with {other:?}")),
        }
        self.comes_up_or_says_why()
    }

    /// Status 0 of a launcher means that the daemon was ready when SIGTERM came, or answers now.
    fn launcher_is_right(&self, process: usize) -> Result<(), String> {
        self.within("the launcher does not end", |known| known.processes[0].end.is_some())?;
        match (self.end(0), self.case.role(process)) {
            (Some(End::Code(0)), "daemon") if !self.tracer.known().told => {
                Err("the launcher says 0, and the SIGTERM came before the daemon was ready".to_owned())
            }
            (Some(End::Code(0)), "daemon") => self.within("the daemon does not end", |_| false),
            (Some(End::Code(0)), _) => self.serves_until_stopped(),
            (Some(End::Code(_)), _) => self.ends_with_words(),
            // The launcher may be hit after the daemon has notified it.
            (Some(End::Signal(Signal::SIGTERM)), "launcher") => self.ends_or_serves(),
            (other, _) => Err(format!("the launcher ended with {other:?}")),
        }
    }

    /// Either the daemon comes up as if nothing had happened, or the start ends with a status and a message.
    fn after_failure(&self, _: usize) -> Result<(), String> {
        self.comes_up_or_says_why()?;
        let known = self.tracer.known();
        let killed = |end| matches!(end, End::Signal(signal) if signal != Signal::SIGTERM && signal != Signal::SIGKILL);
        match known.processes.iter().position(|process| process.end.is_some_and(killed)) {
            Some(process) => {
                Err(format!("the {} ended with {:?}", self.case.role(process), self.end(process)))
            }
            None => Ok(()),
        }
    }

    fn comes_up_or_says_why(&self) -> Result<(), String> {
        self.within("it neither starts nor ends", |known| self.is_ready(known))?;
        match self.end(0) {
            None => self.serves_until_stopped(),
            Some(End::Code(0)) if self.case.detached => self.serves_until_stopped(),
            Some(End::Code(code)) if code > 0 => self.ends_with_words(),
            other => Err(format!("the start ended with {other:?}")),
        }
    }

    /// Whether the daemon is ready, as far as its starter can see; a launcher that reports a failure has done so.
    fn is_ready(&self, known: &Known) -> bool {
        if self.case.detached {
            return known.processes.first().is_some_and(|launcher| launcher.end.is_some());
        }
        self.tracer.log().lines().iter().any(|line| line.contains("ready on "))
    }

    fn serves_until_stopped(&self) -> Result<(), String> {
        if !answers(&self.home.socket()) {
            return Err("it is said to be ready, and does not answer".to_owned());
        }
        self.stop()
    }

    /// Ends a running daemon.
    fn stop(&self) -> Result<(), String> {
        self.tracer.signal(self.case.daemon(), Signal::SIGTERM);
        self.within("it does not hear SIGTERM later", |_| false)?;
        match self.end(self.case.daemon()) {
            Some(End::Code(0)) => Ok(()),
            other => Err(format!("after SIGTERM later it ended with {other:?}")),
        }
    }

    fn ends_with_words(&self) -> Result<(), String> {
        self.within("processes are left", |_| false)?;
        match self.tracer.log().whole() {
            words if words.trim().is_empty() => Err("it ends without a word".to_owned()),
            words if words.contains("panic") => Err(format!("it panics: {words}")),
            _ => Ok(()),
        }
    }

    fn ends_or_serves(&self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if answers(&self.home.socket()) {
                return self.stop();
            }
            if self.tracer.wait(PATIENCE / 100, |_| false) {
                return Ok(());
            }
        }
        Err("the launcher is gone, and its daemon neither answers nor ends".to_owned())
    }

    fn nothing_is_left(&self) -> Result<(), String> {
        let pids: Vec<String> =
            self.tracer.known().processes.iter().map(|process| process.pid.to_string()).collect();
        let named =
            |name: &String| name.split(['.', '-', '_']).any(|part| pids.iter().any(|pid| pid == part));
        let shared = fs::read_dir("/dev/shm").unwrap().flatten();
        let shared = shared.map(|entry| entry.file_name().display().to_string()).filter(named);
        let left: Vec<String> = self.home.files().into_iter().chain(shared).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left:?}")) }
    }

    /// Waits for a condition, or for the end of all processes; fails with this message.
    fn within(&self, otherwise: &str, enough: impl Fn(&Known) -> bool) -> Result<(), String> {
        let came = self.tracer.wait(PATIENCE, enough);
        came.then_some(()).ok_or_else(|| format!("{otherwise} within {PATIENCE:?}"))
    }

    fn end(&self, process: usize) -> Option<End> {
        self.tracer.known().processes.get(process)?.end
    }

    /// Returns a line that says where a start was hit, and what was wrong.
    fn report(&self, point: Point, call: Option<Call>, blow: Blow, why: &str) -> String {
        let role = self.case.role(point.process);
        let known = self.tracer.known();
        let made = known.processes.get(point.process).map_or(&[][..], |process| &process.calls);
        let name = call.map(|call| call.name());
        let index = made.iter().take(point.call + 1).filter(|made| Some(made.name()) == name).count();
        let place = format!("call {} of the {role}, its {index}. {call:?}", point.call + 1);
        format!("{} {place}, {blow:?}: {why}", self.case.mode())
    }
}

/// Whether a daemon answers here.
fn answers(socket: &Path) -> bool {
    let ask = || {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"daemon.status\"}\n")?;
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer)?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer[..length]).contains("\"result\""))
    };
    ask().unwrap_or(false)
}
