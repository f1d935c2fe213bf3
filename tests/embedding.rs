//! Daemons in programs that have a panic hook of their own.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;

use harness::{Daemon, Home};
use serde_json::json;
use tempfile::TempDir;

const EMBEDDED: &str = env!("CARGO_BIN_EXE_embedded");

#[test]
fn the_panic_hook_of_the_program_is_called_after_our_own() {
    let (home, elsewhere) = (Home::new(EMBEDDED), TempDir::new().unwrap());
    let file = elsewhere.path().join("panics");
    let mut command = home.command(&["-f"]);
    command.env("HOOK", &file);
    let daemon = Daemon::start_by(&home, command);
    let mut client = daemon.client();
    client.fault("embedded.panic", json!([]));
    let fault = client.fault("embedded.panic_there", json!([]));
    assert!(fault["data"]["reason"].as_str().unwrap().contains("over there"), "{fault}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "as it was asked to\nas it was asked to, over there\n");
    daemon.log().wait_for("panic: as it was asked to");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_panic_is_logged_once_if_the_program_has_no_hook() {
    let daemon = Daemon::start(EMBEDDED, &[]);
    daemon.client().fault("embedded.panic", json!([]));
    let log = daemon.terminate().log;
    assert_eq!(log.matches("as it was asked to").count(), 1, "{log}");
}
