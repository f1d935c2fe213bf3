//! The daemon of these tests, with a file of services.

#![allow(dead_code)] // Not every test uses all of it.

use std::fs;
use std::path::PathBuf;

use harness::{Client, Daemon, Ended, Home, until};
use serde_json::{Value, json};

pub const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

/// A keeper that runs.
pub struct Keeper {
    daemon: Daemon,
    directory: tempfile::TempDir,
}

impl Keeper {
    /// Starts a keeper with these services. `DIR` in the text is a directory for their files.
    pub fn start(services: &str) -> Keeper {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("services.toml");
        write(&file, &directory, services);
        let daemon = Daemon::start(KEEPER, &["-v", "--services", file.to_str().unwrap()]);
        Keeper { daemon, directory }
    }

    pub fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    pub fn client(&self) -> Client {
        self.daemon.client()
    }

    /// Returns the path of a file of the services.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Replaces the services in the file.
    pub fn rewrite(&self, services: &str) {
        write(&self.path("services.toml"), &self.directory, services);
    }

    pub fn info(&self, name: &str) -> Value {
        self.client().ask("service.status", json!([name]))[0].clone()
    }

    pub fn state(&self, name: &str) -> String {
        self.info(name)["state"].as_str().unwrap().to_owned()
    }

    /// Waits until something is true of a service.
    pub fn until(&self, name: &str, mut is_so: impl FnMut(&Value) -> bool) {
        let mut client = self.client();
        until(&format!("{name} is as expected"), || is_so(&client.ask("service.status", json!([name]))[0]));
    }

    pub fn changes(&self) -> Vec<String> {
        let changes = self.client().ask("keeper.changes", json!([]));
        changes.as_array().unwrap().iter().map(|change| change.as_str().unwrap().to_owned()).collect()
    }

    /// Stops the daemon, and fails if anything is left.
    pub fn finish(self) -> Ended {
        self.daemon.terminate()
    }
}

fn write(file: &PathBuf, directory: &tempfile::TempDir, services: &str) {
    fs::write(file, services.replace("DIR", directory.path().to_str().unwrap())).unwrap();
}

/// Runs the keeper's command line in a home of its own.
pub fn home() -> Home {
    Home::new(KEEPER)
}
