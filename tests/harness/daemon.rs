//! A daemon in the foreground, as a child of the test.

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::client::{Client, Endpoint};
use crate::home::{Home, end, process_of};
use crate::log::Log;
use crate::process::Process;
use crate::{DEADLINE, until};

/// Lines of a daemon's log that are shown when its test fails.
const SAID_AT_FAILURE: usize = 40;

/// A running daemon; when it is dropped it is killed.
pub struct Daemon {
    home: Home,
    child: Child,
    process: Process,
    log: Log,
    sockets: usize,
    endpoints: Vec<Endpoint>,
    baseline: Vec<String>,
}

/// A daemon that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Everything it printed.
    pub log: String,
}

impl Daemon {
    /// Starts a program as a daemon in its own home, and waits until it serves.
    pub fn start(program: &str, args: &[&str]) -> Daemon {
        Daemon::start_at(&Home::new(program), args)
    }

    /// Starts the program of a home as a daemon there, and waits until it serves.
    pub fn start_at<A: AsRef<OsStr>>(home: &Home, args: &[A]) -> Daemon {
        let mut command = home.command(&["-f"]);
        command.args(args);
        Daemon::start_by(home, command)
    }

    /// Starts a daemon by a command, and waits until it serves.
    pub fn start_by(home: &Home, command: Command) -> Daemon {
        let mut daemon = Daemon::spawn(home, command);
        daemon.wait_until_ready();
        daemon
    }

    /// Starts a daemon by a command, and does not wait.
    pub fn spawn(home: &Home, mut command: Command) -> Daemon {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let process = process_of(&child);
        let log = Log::of(child.stderr.take().unwrap());
        let sockets = command.get_args().filter(|argument| *argument == "--socket").count().max(1);
        let (endpoints, baseline) = (Vec::new(), Vec::new());
        Daemon { home: home.clone(), child, process, log, sockets, endpoints, baseline }
    }

    /// Waits until the daemon reports that it serves on every socket that was configured.
    pub fn wait_until_ready(&mut self) {
        let lines = self.log.wait_for_all(self.sockets, "ready on ");
        let uri = |line: &String| Some(line.rsplit_once("ready on ")?.1.trim().to_owned());
        self.endpoints = lines.iter().filter_map(|line| Endpoint::parse(&uri(line)?)).collect();
        self.baseline = self.process.descriptors();
    }

    /// Returns its home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Returns what it prints.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Returns the addresses that it reports to serve.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Opens a new connection to the first of its sockets.
    pub fn client(&self) -> Client {
        Client::connect(&self.endpoints[0])
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Opens a new connection, and waits until it is the only one: until the daemon has noticed that all others are
    /// closed.
    pub fn alone(&self) -> Client {
        let mut client = self.client();
        until("there is room for one more", || {
            let admitted = client.is_admitted();
            if !admitted {
                client = self.client();
            }
            admitted
        });
        client.wait_until_alone();
        client
    }

    /// Fails if the daemon has more descriptors than at its start, after all clients have hung up.
    #[track_caller]
    pub fn assert_no_descriptor_left(&self) {
        let client = self.alone();
        let now = self.process.descriptors();
        // One more: the connection needed to find out.
        assert!(
            now.len() <= self.baseline.len() + 1,
            "descriptors are left; at the start {:#?}, now {now:#?}",
            self.baseline
        );
        drop(client);
    }

    /// Stops the daemon by SIGTERM and fails if anything is left: a file, a descriptor, a child; or if it did not end
    /// well. All clients must have hung up before.
    #[track_caller]
    pub fn finish(self) -> Ended {
        self.assert_no_descriptor_left();
        assert_eq!(self.process.children(), [0; 0], "the daemon has children");
        self.terminate()
    }

    /// Stops the daemon by SIGTERM, even with clients connected, and fails if it did not end well or leaves a file.
    #[track_caller]
    pub fn terminate(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ends_well()
    }

    /// Waits for the end of a daemon that was asked to stop, and fails if it did not end well or leaves a file.
    #[track_caller]
    pub fn ends_well(self) -> Ended {
        let home = self.home.clone();
        let ended = self.ended();
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        home.assert_empty();
        ended
    }

    /// Waits until it ends, for whatever reason.
    pub fn ended(mut self) -> Ended {
        let (code, signal) = end(&mut self.child);
        Ended { code, signal, log: self.log.whole() }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if thread::panicking() {
            let lines = self.log.lines();
            let last = &lines[lines.len().saturating_sub(SAID_AT_FAILURE)..];
            eprintln!("the last that the daemon printed:\n{}", last.join("\n"));
        }
        // Both do nothing if the child has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    /// Asks until this connection is the daemon's only one. Every request is a round trip, so that the daemon makes
    /// progress in between.
    pub fn wait_until_alone(&mut self) {
        let until = Instant::now() + DEADLINE;
        loop {
            let status = self.ask("daemon.status", json!([]));
            if status["connections"] == 1 {
                return;
            }
            assert!(Instant::now() < until, "other connections stay open: {status:#}");
        }
    }
}
