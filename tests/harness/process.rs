//! A process seen from outside: its exit, as an event, and what `/proc` reports about it.

use std::fs;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::DEADLINE;

/// A process by its id, held by a descriptor so that its exit is noticed even if the number is reused.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    descriptor: OwnedFd,
}

impl Process {
    /// Returns the process with this id; `None` if there is none.
    #[allow(unsafe_code)] // `nix` does not know pidfd_open.
    pub fn open(pid: i32) -> Option<Process> {
        // SAFETY: pidfd_open takes two integers and touches no memory.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let descriptor = i32::try_from(descriptor).ok().filter(|descriptor| *descriptor >= 0)?;
        // SAFETY: the system call has just made this descriptor, and nothing else knows it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        Some(Process { pid, descriptor })
    }

    /// Returns the process id.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it has not ended. A zombie has ended.
    pub fn is_running(&self) -> bool {
        !self.ends_within(Duration::ZERO)
    }

    /// Waits until it exits, at most this long.
    pub fn ends_within(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(self.descriptor.as_fd(), PollFlags::POLLIN)], timeout) {
                Ok(0) => return false,
                Ok(_) => return true,
                Err(nix::Error::EINTR) => {}
                Err(error) => panic!("cannot wait for process {}: {error}", self.pid),
            }
        }
    }

    /// Waits until it exits.
    pub fn wait(&self) {
        assert!(self.ends_within(DEADLINE), "process {} has not ended: {}", self.pid, self.state());
    }

    /// Sends it a signal; nothing happens if it has ended.
    pub fn signal(&self, signal: Signal) {
        if self.is_running() {
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// Returns what its descriptors point to, sorted.
    pub fn descriptors(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", self.pid)) else {
            return Vec::new();
        };
        let links = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
        let mut links: Vec<String> = links.map(|link| link.display().to_string()).collect();
        links.sort();
        links
    }

    /// Returns what one of its descriptors points to.
    pub fn descriptor(&self, number: u32) -> String {
        let link = fs::read_link(format!("/proc/{}/fd/{number}", self.pid));
        link.map(|link| link.display().to_string()).unwrap_or_default()
    }

    /// Returns the processor time it has used so far, in clock ticks (10 ms), including its threads.
    pub fn ticks(&self) -> u64 {
        let fields = self.stat();
        // Fields 14 and 15 of proc_pid_stat(5); the list starts with field 3.
        [11, 12].map(|at: usize| fields[at].parse::<u64>().unwrap()).into_iter().sum()
    }

    /// Returns how often its threads have gone to sleep voluntarily.
    pub fn sleeps(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid)).expect("the process has ended");
        let statuses = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
        statuses.filter_map(|status| field(&status, "voluntary_ctxt_switches")?.parse::<u64>().ok()).sum()
    }

    /// Returns how many threads it has.
    pub fn threads(&self) -> usize {
        self.status("Threads").parse().unwrap()
    }

    /// Returns its resident memory, in KiB, without pages of files: code comes and goes.
    pub fn memory(&self) -> u64 {
        self.status("RssAnon").trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Returns its peak resident memory, in KiB.
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM").trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Returns its child processes.
    pub fn children(&self) -> Vec<i32> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid);
        let children = fs::read_to_string(path).unwrap_or_default();
        children.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Returns its session.
    pub fn session(&self) -> i32 {
        self.stat()[3].parse().unwrap()
    }

    /// Returns its niceness.
    pub fn niceness(&self) -> i32 {
        self.stat()[16].parse().unwrap()
    }

    /// Returns one field of `/proc/<pid>/status`.
    pub fn status(&self, name: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("the process has ended");
        field(&status, name).unwrap_or_else(|| panic!("there is no field {name} in {status}"))
    }

    fn state(&self) -> String {
        fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_else(|_| "it is gone".to_owned())
    }

    /// Returns the fields of `/proc/<pid>/stat` after the name of the program, which may contain blanks.
    fn stat(&self) -> Vec<String> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).expect("the process has ended");
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().map(str::to_owned).collect()
    }
}

fn field(status: &str, name: &str) -> Option<String> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.map(|value| value.trim().to_owned())
}
