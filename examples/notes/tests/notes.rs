//! The notes survive the daemon, and what SQLite refuses is a fault.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, Home};
use serde_json::{Value, json};

const NOTES: &str = env!("CARGO_BIN_EXE_notes");

/// Starts the daemon with its database in its home.
fn start(home: &Home) -> Daemon {
    Daemon::start_at(home, &["--database", home.path().join("notes.sqlite").to_str().unwrap()])
}

#[test]
fn notes_are_there_after_a_restart() {
    let home = Home::new(NOTES);
    let daemon = start(&home);
    let mut client = daemon.client();
    assert_eq!(client.ask("notes.keep", json!(["buy milk"])), 1);
    assert_eq!(client.ask("notes.keep", json!(["sell milk"])), 2);
    assert_eq!(client.ask("notes.read", json!([2])), json!({"number": 2, "text": "sell milk"}));
    assert_eq!(client.ask("notes.read", json!([3])), Value::Null);
    daemon.signal(nix::sys::signal::Signal::SIGKILL);
    drop((client, daemon.ended()));

    let daemon = start(&home);
    let mut client = daemon.client();
    assert_eq!(client.ask("notes.count", json!(["milk"])), 2);
    assert_eq!(client.ask("notes.count", json!(["sell"])), 1);
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    drop(client);
    assert_eq!(daemon.ended().code, Some(0));
}

#[test]
fn an_error_of_the_database_is_a_fault_and_one_of_its_setup_ends_the_start() {
    let home = Home::new(NOTES);
    let daemon = start(&home);
    let mut client = daemon.client();
    client.ask("notes.keep", json!(["once"]));
    let fault = client.fault("notes.keep", json!(["once"]));
    assert!(fault["message"].as_str().unwrap().contains("UNIQUE"), "{fault}");
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    drop(client);
    assert_eq!(daemon.ended().code, Some(0));

    let failed = home.run(&["-f", "--database", "/dev/null/notes"]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.stderr.contains("unable to open database file"), "{}", failed.stderr);
}
