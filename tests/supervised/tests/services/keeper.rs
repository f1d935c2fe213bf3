//! The daemon of these tests, with a file of services.

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Client, Daemon, Ended, until};
use serde_json::{Value, json};

pub(crate) const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

/// A keeper that runs.
pub(crate) struct Keeper {
    daemon: Daemon,
    directory: tempfile::TempDir,
}

impl Keeper {
    /// Starts a keeper with these services. `DIR` in the text is a directory for their files.
    pub(crate) fn start(services: &str) -> Keeper {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("services.toml");
        write(&file, &directory, services);
        let daemon = Daemon::start(KEEPER, &["-v", "--services", file.to_str().unwrap()]);
        Keeper { daemon, directory }
    }

    pub(crate) fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    pub(crate) fn client(&self) -> Client {
        self.daemon.client()
    }

    /// Returns the path of a file of the services.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Replaces the services in the file.
    pub(crate) fn rewrite(&self, services: &str) {
        write(&self.path("services.toml"), &self.directory, services);
    }

    pub(crate) fn info(&self, name: &str) -> Value {
        self.client().ask("service.status", json!([name]))[0].clone()
    }

    pub(crate) fn state(&self, name: &str) -> String {
        self.info(name)["state"].as_str().unwrap().to_owned()
    }

    /// Waits until something is true of a service.
    pub(crate) fn until(&self, name: &str, mut is_so: impl FnMut(&Value) -> bool) {
        let mut client = self.client();
        until(&format!("{name} is as expected"), || is_so(&client.ask("service.status", json!([name]))[0]));
    }

    pub(crate) fn changes(&self) -> Vec<String> {
        let changes = self.client().ask("keeper.changes", json!([]));
        changes.as_array().unwrap().iter().map(|change| change.as_str().unwrap().to_owned()).collect()
    }

    /// Stops a daemon whose services are all gone, and fails if one has left a descriptor or a process.
    pub(crate) fn finish_without_services(self) -> Ended {
        self.daemon.finish()
    }

    /// Waits for the end of a daemon that was asked to stop, and fails if anything is left.
    pub(crate) fn ends_well(self) -> Ended {
        self.daemon.ends_well()
    }

    /// Stops the daemon, and fails if anything is left.
    pub(crate) fn finish(self) -> Ended {
        self.daemon.terminate()
    }
}

fn write(file: &Path, directory: &tempfile::TempDir, services: &str) {
    fs::write(file, services.replace("DIR", directory.path().to_str().unwrap())).unwrap();
}
