//! A daemon that has detached itself: it is not a child of the test, and is found by its pid file.

use std::ffi::OsStr;

use nix::sys::signal::Signal;

use crate::client::{Client, Endpoint};
use crate::home::Home;
use crate::process::Process;

/// A detached daemon; when it is dropped it is killed.
pub struct Detached {
    home: Home,
    process: Process,
    baseline: Vec<String>,
}

impl Detached {
    /// Starts the program of a home with `-d`, and fails unless it reports that it is ready.
    #[track_caller]
    pub fn start<A: AsRef<OsStr>>(home: &Home, args: &[A]) -> Detached {
        let mut all = vec![OsStr::new("-d")];
        all.extend(args.iter().map(AsRef::as_ref));
        let launcher = home.run(&all);
        assert_eq!(launcher.code, Some(0), "{launcher:#?}");
        Detached::find(home)
    }

    /// Returns the daemon that the pid file of a home names.
    #[track_caller]
    pub fn find(home: &Home) -> Detached {
        let pid = home.pid().expect("there is no pid in the pid file");
        let process = Process::open(pid).expect("the process of the pid file does not run");
        let baseline = process.descriptors();
        Detached { home: home.clone(), process, baseline }
    }

    /// Returns its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Opens a new connection to its usual socket.
    pub fn client(&self) -> Client {
        Client::connect(&Endpoint::Unix(self.home.socket()))
    }

    /// Fails unless it has ended and left nothing. The process that called `stop` has waited for this.
    #[track_caller]
    pub fn assert_gone(&self) {
        assert!(!self.process.is_running(), "the daemon still runs");
        self.home.assert_empty();
    }

    /// Stops the daemon by SIGTERM, and fails if a file or a descriptor is left. All clients must have hung up before.
    #[track_caller]
    pub fn finish(self) {
        let mut client = self.client();
        client.wait_until_alone();
        let now = self.process.descriptors();
        assert!(
            now.len() <= self.baseline.len() + 1,
            "descriptors are left; at the start {:#?}, now {now:#?}",
            self.baseline
        );
        assert_eq!(self.process.children(), [0; 0], "the daemon has children");
        drop(client);
        self.process.signal(Signal::SIGTERM);
        self.process.wait();
        self.home.assert_empty();
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        self.process.signal(Signal::SIGKILL);
    }
}
