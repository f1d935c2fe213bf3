//! A program and all processes that it starts, followed from system call to system call, as by a debugger (ptrace(2)).
//!
//! At one call of one process, something can be done to it: a signal is sent, or the call fails. Every process of the
//! tree is followed until it has ended, so that every process that outlives a start is known. When the tracer ends, the
//! kernel kills the processes that are still traced.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::calls::Call;
use crate::log::Log;

/// How often a wait checks for changes that no system call reports.
const TURN: Duration = Duration::from_millis(20);

/// What is done to a process at a system call.
#[derive(Debug, Clone, Copy)]
pub enum Blow {
    /// The signal is sent as the call begins.
    Signal(Signal),
    /// The call is not made, and fails with an error of its kind. A call that must not fail is left alone: no two runs
    /// are quite the same, so it may be another call than the one that was expected here.
    Failure,
}

/// A place in the execution of a tree of processes.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Which process: 0 is the first, the others are numbered in the order in which they start.
    pub process: usize,
    /// Which of its system calls.
    pub call: usize,
}

/// How a process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this status.
    Code(i32),
    /// By this signal.
    Signal(Signal),
}

/// A process that is followed.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Its process id.
    pub pid: i32,
    /// The system calls that it has begun; none after the blow, because they are no longer recorded.
    pub calls: Vec<Call>,
    /// How it has ended, if it has.
    pub end: Option<End>,
}

/// What is known of a tree of processes.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// In the order in which they were started.
    pub processes: Vec<Followed>,
    /// The call at which the blow struck.
    pub struck: Option<Call>,
    /// Whether a launcher had been notified that its daemon is ready before the blow struck, or at that call.
    pub told: bool,
    /// Whether all have ended.
    pub over: bool,
    /// Why processes cannot be followed, if they cannot.
    pub refused: Option<String>,
}

/// A tree of processes that is followed.
pub struct Tracer {
    shared: Arc<Shared>,
    log: Log,
}

#[derive(Default)]
struct Shared {
    known: Mutex<Known>,
    changed: Condvar,
}

impl Tracer {
    /// Starts a command and follows it; its output is discarded, and its messages are kept.
    pub fn follow(mut command: Command, blow: Option<(Point, Blow)>) -> Tracer {
        let (reader, writer) = std::io::pipe().unwrap();
        command.stdout(Stdio::null()).stderr(writer);
        let shared = Arc::new(Shared::default());
        let followed = Arc::clone(&shared);
        // Only the thread that has started a process can trace it.
        thread::spawn(move || {
            let result = Follower { shared: &followed, blow, states: BTreeMap::new() }.run(command);
            followed.change(|known| {
                known.over = true;
                known.refused = result.err().map(|error| format!("cannot trace (ptrace): {error}"));
            });
        });
        Tracer { shared, log: Log::of(reader) }
    }

    /// Returns the messages of the processes.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns what is known now.
    pub fn known(&self) -> Known {
        self.shared.lock().clone()
    }

    /// Waits until a condition holds for the processes, or until they have all ended; returns whether that was in time.
    pub fn wait(&self, patience: Duration, enough: impl Fn(&Known) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        let mut known = self.shared.lock();
        while !known.over && !enough(&known) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let turn = left.min(TURN);
            known = self.shared.changed.wait_timeout(known, turn).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Sends a signal to one of the processes, if it has not ended.
    pub fn signal(&self, process: usize, signal: Signal) {
        let known = self.shared.lock();
        if let Some(process) = known.processes.get(process).filter(|process| process.end.is_none()) {
            let _ = kill(Pid::from_raw(process.pid), signal);
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        for process in 0..self.known().processes.len() {
            self.signal(process, Signal::SIGKILL);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }
}

/// The thread that follows.
struct Follower<'a> {
    shared: &'a Shared,
    blow: Option<(Point, Blow)>,
    states: BTreeMap<i32, State>,
}

/// What the follower knows of a process.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Its place in the order of starts.
    number: usize,
    /// Whether it has made its first stop.
    met: bool,
    /// How often it has set up a signal stack since its program began: the runtime does so right before `main`.
    stacks: Option<usize>,
    /// The error with which its call must fail when it returns.
    failing: Option<Errno>,
}

impl Follower<'_> {
    fn run(&mut self, mut command: Command) -> std::io::Result<()> {
        follow_me(&mut command);
        let child = command.spawn()?;
        // The far end of the pipe stays open here as long as the command exists.
        drop(command);
        let first = Pid::from_raw(i32::try_from(child.id()).unwrap());
        waitpid(first, Some(WaitPidFlag::__WALL))?;
        ptrace::setoptions(first, options())?;
        self.state(first).met = true;
        self.state(first).stacks = Some(0);
        ptrace::syscall(first, None)?;
        loop {
            // Other threads have their own children.
            match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
                Ok(status) => self.react(status),
                Err(Errno::ECHILD) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn react(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::PtraceSyscall(pid) => {
                self.call(pid);
                resume(pid, None);
            }
            WaitStatus::Stopped(pid, Signal::SIGSTOP) if !self.state(pid).met => {
                self.state(pid).met = true;
                resume(pid, None);
            }
            WaitStatus::Stopped(pid, signal) => resume(pid, Some(signal)),
            WaitStatus::PtraceEvent(pid, _, event) => {
                if event == libc::PTRACE_EVENT_EXEC {
                    self.state(pid).stacks = Some(0);
                } else if let Ok(child) = ptrace::getevent(pid) {
                    self.state(Pid::from_raw(i32::try_from(child).unwrap()));
                }
                resume(pid, None);
            }
            WaitStatus::Exited(pid, code) => self.ended(pid, End::Code(code)),
            WaitStatus::Signaled(pid, signal, _) => self.ended(pid, End::Signal(signal)),
            WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
        }
    }

    /// Handles a process that enters a system call, or returns from one.
    fn call(&mut self, pid: Pid) {
        let number = self.state(pid).number;
        if let Some(error) = self.state(pid).failing.take() {
            set_result(pid, error);
            return;
        }
        let Some(call) = self.begun(pid) else { return };
        let (place, struck) = self.shared.change(|known| {
            let process = &mut known.processes[number];
            process.calls.push(call);
            let place = process.calls.len() - 1;
            if known.struck.is_none() && call.tells_ready(pid) {
                known.told = true;
            }
            (place, known.struck.is_some())
        });
        match self.blow {
            Some((point, blow)) if !struck && (point.process, point.call) == (number, place) => {
                self.strike(pid, call, blow);
            }
            _ => {}
        }
    }

    fn strike(&mut self, pid: Pid, call: Call, blow: Blow) {
        match (blow, call.error()) {
            (Blow::Failure, None) => return,
            (Blow::Failure, Some(error)) => {
                leave_out(pid);
                self.state(pid).failing = Some(error);
            }
            (Blow::Signal(_), _) => {}
        }
        self.shared.change(|known| known.struck = Some(call));
        if let Blow::Signal(signal) = blow {
            kill(pid, signal).unwrap();
        }
    }

    /// Returns the call that a process enters; `None` if it returns from one.
    fn begun(&mut self, pid: Pid) -> Option<Call> {
        let mut call = Call::begun(pid)?;
        let state = self.state(pid);
        call.in_main = state.stacks.is_none_or(|stacks| stacks >= 2);
        if call.name() == "sigaltstack" {
            state.stacks = state.stacks.map(|stacks| stacks + 1);
        }
        Some(call)
    }

    fn state(&mut self, pid: Pid) -> &mut State {
        let shared = self.shared;
        self.states.entry(pid.as_raw()).or_insert_with(|| {
            let number = shared.change(|known| {
                known.processes.push(Followed { pid: pid.as_raw(), calls: Vec::new(), end: None });
                known.processes.len() - 1
            });
            State { number, met: false, stacks: None, failing: None }
        })
    }

    fn ended(&mut self, pid: Pid, end: End) {
        let number = self.state(pid).number;
        self.states.remove(&pid.as_raw());
        self.shared.change(|known| known.processes[number].end = Some(end));
    }
}

fn options() -> Options {
    Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL
}

/// Lets a process continue; one that was killed meanwhile is waited for like any other.
fn resume(pid: Pid, signal: Option<Signal>) {
    let _ = ptrace::syscall(pid, signal);
}

#[allow(unsafe_code)] // Between fork and exec, only async-signal-safe functions are allowed.
fn follow_me(command: &mut Command) {
    // SAFETY: it makes one system call, and allocates nothing.
    unsafe { command.pre_exec(|| Ok(ptrace::traceme()?)) };
}

/// Makes the kernel skip this call.
#[cfg(target_arch = "x86_64")]
fn leave_out(pid: Pid) {
    if let Ok(mut registers) = ptrace::getregs(pid) {
        registers.orig_rax = u64::MAX;
        let _ = ptrace::setregs(pid, registers);
    }
}

/// Makes a call return an error.
#[cfg(target_arch = "x86_64")]
fn set_result(pid: Pid, error: Errno) {
    if let Ok(mut registers) = ptrace::getregs(pid) {
        registers.rax = i64::from(-(error as i32)).cast_unsigned();
        let _ = ptrace::setregs(pid, registers);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn leave_out(_: Pid) {
    panic!("calls can be made to fail on x86_64 only");
}

#[cfg(not(target_arch = "x86_64"))]
fn set_result(_: Pid, _: Errno) {}
