//! A FIFO that a daemon waits for, so that a test decides how long something lasts.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use crate::DEADLINE;

/// A FIFO in its own directory.
pub struct Fifo {
    path: PathBuf,
    _directory: TempDir,
}

/// The process that reads the FIFO waits until this is dropped.
pub struct Held(File);

impl Fifo {
    /// Creates a new FIFO.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Fifo {
        let directory = TempDir::with_prefix("fifo-").unwrap();
        let path = directory.path().join("fifo");
        mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        Fifo { path, _directory: directory }
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until a process has opened the FIFO for reading, and holds it there.
    pub fn hold(&self) -> Held {
        let (opened, wait) = mpsc::channel();
        let path = self.path.clone();
        thread::spawn(move || opened.send(OpenOptions::new().write(true).open(path).unwrap()));
        Held(wait.recv_timeout(DEADLINE).expect("no process opens the FIFO"))
    }
}

impl Held {
    /// Lets the reader continue.
    pub fn release(self) {
        drop(self.0);
    }
}
