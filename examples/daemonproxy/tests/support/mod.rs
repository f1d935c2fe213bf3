//! Drives the program from outside: its three pipes, its sockets, its files.
//!
//! Every wait is for an event, with a deadline.

// A panic here fails the test. Not every test uses everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unreachable_pub)]

use std::any::Any;
use std::fs;
use std::io::{IoSlice, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use nix::unistd::Pid;
use tempfile::TempDir;

pub const PATIENCE: Duration = Duration::from_secs(10);

/// A running program, in a directory of its own.
pub struct Program {
    pub directory: TempDir,
    /// The first line, if it is interactive.
    pub greeting: String,
    child: Option<Child>,
    input: Option<ChildStdin>,
    output: Lines<ChildStdout>,
    errors: Lines<ChildStderr>,
}

impl Program {
    /// Makes the directory.
    pub fn prepare() -> Self {
        Program {
            directory: TempDir::new().unwrap(),
            greeting: String::new(),
            child: None,
            input: None,
            output: Lines::default(),
            errors: Lines::default(),
        }
    }

    /// Starts the program with these arguments.
    pub fn run(arguments: &[&str]) -> Self {
        let mut program = Program::prepare();
        program.start(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>());
        program
    }

    pub fn start(&mut self, arguments: &[String]) {
        self.start_binary(env!("CARGO_BIN_EXE_daemonproxy"), arguments);
    }

    pub fn start_binary(&mut self, binary: &str, arguments: &[String]) {
        close_inherited();
        let mut child = Command::new(binary)
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.input = child.stdin.take();
        self.output = Lines::of(child.stdout.take().unwrap());
        self.errors = Lines::of(child.stderr.take().unwrap());
        self.child = Some(child);
        if arguments.iter().any(|argument| argument == "-i") {
            self.greeting = self.output.next().unwrap_or_default();
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Sends a line.
    #[track_caller]
    pub fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).and_then(|()| input.write_all(b"\n")).unwrap();
    }

    /// Sends lines from a thread, so that events can be read meanwhile.
    pub fn send_in_background(&mut self, lines: &str) {
        let input = self.input.as_ref().unwrap().as_fd().try_clone_to_owned().unwrap();
        let lines = format!("{lines}\n");
        std::thread::spawn(move || fs::File::from(input).write_all(lines.as_bytes()));
    }

    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Expects the next line of the output; the greeting does not count.
    #[track_caller]
    pub fn expect(&mut self, pattern: &str) -> String {
        loop {
            let line = self.output.next();
            if !line.as_ref().is_some_and(|line| line.starts_with("info\t")) {
                return check(line, pattern, &self.output, &self.errors);
            }
        }
    }

    /// Expects this line next among the lines of the errors that match.
    #[track_caller]
    pub fn expect_error(&mut self, pattern: &str) -> String {
        loop {
            let line = self.errors.next();
            let Some(line) = line else {
                panic!("not on standard error: {pattern:?}; seen: {:#?}", self.errors.seen)
            };
            if matches(&line, pattern) {
                return line;
            }
        }
    }

    /// Returns the next line of the output; `None` at its end or after a while.
    pub fn next(&mut self) -> Option<String> {
        self.output.next()
    }

    /// Returns what the output has until its end.
    pub fn rest(&mut self) -> String {
        self.output.rest()
    }

    /// Returns the next line of the errors.
    pub fn next_error(&mut self) -> Option<String> {
        self.errors.next()
    }

    /// Sends lines, and waits until they were carried out; returns the lines that come meanwhile.
    #[track_caller]
    pub fn ask(&mut self, lines: &[&str]) -> Vec<String> {
        lines.iter().for_each(|line| self.send(line));
        self.send("echo\t<done>");
        let mut seen = Vec::new();
        loop {
            match self.next() {
                Some(line) if line == "<done>" => return seen,
                Some(line) => seen.extend(Some(line).filter(|line| !line.starts_with("info\t"))),
                None => panic!("no end; seen: {seen:#?}, {:#?}", self.errors.seen),
            }
        }
    }

    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Connects to a socket of the program.
    pub fn connect(&self, name: &str) -> Client {
        Client::connect(self.path(name))
    }

    #[track_caller]
    pub fn expect_file(&self, name: &str, content: &str) {
        let read = || fs::read_to_string(self.path(name)).unwrap_or_default();
        until(&format!("{name} holds {content:?}"), || read() == content);
    }

    /// Waits for the end, and returns the exit code; 128 and the number for a signal.
    #[track_caller]
    pub fn wait(&mut self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        let mut child = self.child.take().unwrap();
        let mut status = None;
        let mut ended = || {
            status = child.try_wait().unwrap();
            status.is_some()
        };
        until("the program ends", &mut ended);
        let status = status.unwrap();
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A client of the control socket.
pub struct Client {
    pub lines: Lines<UnixStream>,
}

impl Client {
    pub fn connect(path: PathBuf) -> Self {
        let mut stream = None;
        until("the socket can be connected to", || {
            stream = UnixStream::connect(&path).ok();
            stream.is_some()
        });
        Client { lines: Lines::of(stream.unwrap()) }
    }

    pub fn stream(&self) -> &UnixStream {
        self.lines.source.as_ref().unwrap()
    }

    pub fn send(&mut self, line: &str) {
        let mut stream = self.stream();
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    #[track_caller]
    pub fn expect(&mut self, pattern: &str) -> String {
        let line = self.lines.next();
        match line {
            Some(line) if matches(&line, pattern) => line,
            other => panic!("expected {pattern:?}, got {other:?} after {:#?}", self.lines.seen),
        }
    }

    pub fn next(&mut self) -> Option<String> {
        self.lines.next()
    }
}

/// Reads lines, and keeps them all.
pub struct Lines<R> {
    source: Option<R>,
    buffer: Vec<u8>,
    pub seen: Vec<String>,
    pub ended: bool,
}

impl<R> Default for Lines<R> {
    fn default() -> Self {
        Lines { source: None, buffer: Vec::new(), seen: Vec::new(), ended: false }
    }
}

impl<R: Read + AsFd> Lines<R> {
    pub fn of(source: R) -> Self {
        Lines { source: Some(source), ..Lines::default() }
    }

    /// Returns the next line; `None` at the end, or if none comes.
    pub fn next(&mut self) -> Option<String> {
        self.next_within(PATIENCE)
    }

    pub fn next_within(&mut self, patience: Duration) -> Option<String> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line[..end]).into_owned();
                self.seen.push(line.clone());
                return Some(line);
            }
            if self.ended || !self.read(deadline) {
                return None;
            }
        }
    }

    /// Returns what comes until the end, as it is.
    pub fn rest(&mut self) -> String {
        while !self.ended && self.read(Instant::now() + PATIENCE) {}
        String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned()
    }

    fn read(&mut self, deadline: Instant) -> bool {
        let Some(source) = &mut self.source else { return false };
        if !readable(source.as_fd(), deadline) {
            return false;
        }
        let mut bytes = [0; 4096];
        let count = source.read(&mut bytes).unwrap_or(0);
        self.ended = count == 0;
        self.buffer.extend_from_slice(&bytes[..count]);
        true
    }
}

fn readable(descriptor: BorrowedFd<'_>, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = PollTimeout::try_from(left.as_millis()).unwrap_or(PollTimeout::MAX);
    poll(&mut [PollFd::new(descriptor, PollFlags::POLLIN)], timeout).is_ok_and(|count| count > 0)
}

/// Whether there is room to write, now or soon.
pub fn writable(descriptor: &impl AsFd, patience: Duration) -> bool {
    let timeout = PollTimeout::try_from(patience.as_millis()).unwrap();
    poll(&mut [PollFd::new(descriptor.as_fd(), PollFlags::POLLOUT)], timeout).is_ok_and(|count| count > 0)
}

/// Sends bytes and descriptors.
pub fn pass(stream: &UnixStream, bytes: &[u8], descriptors: &[i32]) {
    let with = [ControlMessage::ScmRights(descriptors)];
    sendmsg::<()>(stream.as_raw_fd(), &[IoSlice::new(bytes)], &with, MsgFlags::empty(), None).unwrap();
}

#[track_caller]
fn check(
    line: Option<String>,
    pattern: &str,
    output: &Lines<ChildStdout>,
    errors: &Lines<ChildStderr>,
) -> String {
    match line {
        Some(line) if matches(&line, pattern) => line,
        other => panic!(
            "expected {pattern:?}, got {other:?} after {:#?}\nerrors: {:#?}{}",
            output.seen,
            errors.seen,
            String::from_utf8_lossy(&errors.buffer)
        ),
    }
}

/// Whether a line is as the pattern says, in which `#` stands for digits.
pub fn matches(line: &str, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('#') else { return line == pattern };
    let Some(rest) = line.strip_prefix(before) else { return false };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && matches(&rest[digits..], after)
}

/// Closes what this test was started with, once: the program would have handles for it.
fn close_inherited() {
    static ONCE: Once = Once::new();
    const CLOEXEC: u32 = 0o2_000_000;
    ONCE.call_once(|| {
        let numbers = fs::read_dir("/proc/self/fdinfo").unwrap();
        for number in numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok()) {
            let Ok(facts) = fs::read_to_string(format!("/proc/self/fdinfo/{number}")) else { continue };
            let flags = facts.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
            if number > 2 && u32::from_str_radix(flags, 8).unwrap() & CLOEXEC == 0 {
                nix::unistd::close(number).unwrap();
            }
        }
    });
}

/// Asks until it is so. Each question is a system call, so that others get on meanwhile.
#[track_caller]
pub fn until(what: &str, mut ask: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !ask() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        poll(&mut [], PollTimeout::from(1_u8)).unwrap();
    }
}

/// Sends a signal to a process that was not waited for.
pub fn signal(pid: u32, name: &str) {
    let signal: Signal = format!("SIG{}", name.trim_start_matches("SIG")).parse().unwrap();
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// Returns the second of the clock of all time stamps.
pub fn now() -> u64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).unwrap();
    u64::try_from(time.tv_sec()).unwrap()
}

/// Returns the message of a panic.
pub fn message(panic: &Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// Returns a Python, if there is one.
pub fn python() -> Option<String> {
    let found = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
    Some(String::from_utf8(found.stdout).ok()?.trim().to_owned()).filter(|path| !path.is_empty())
}

/// Waits, where only time can show that nothing happens.
pub fn pass_time(time: Duration) {
    let timeout = PollTimeout::try_from(time.as_millis()).unwrap();
    poll(&mut [], timeout).unwrap();
}
