//! Threads that come back to the state of their daemon.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, until};
use nix::sys::signal::Signal;
use serde_json::json;

const THREADED: &str = env!("CARGO_BIN_EXE_threaded");

#[test]
fn a_flood_of_threads_waits_for_room_and_nothing_is_lost() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    // There is room for sixteen closures.
    assert_eq!(client.ask("threaded.flood", json!([40, 250])), 10_000);
    drop(client);
    daemon.finish();
}

#[test]
fn what_is_not_refused_is_run() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("threaded.refused", json!([40, 250])), 10_000);
    assert_ne!(client.ask("threaded.count", json!([])), 10_000, "some were refused");
    drop(client);
    daemon.finish();
}

#[test]
fn a_closure_that_panics_is_an_error_where_it_was_waited_for() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("threaded.panic", json!([])), "the closure panicked");
    assert_eq!(client.ask("threaded.count", json!([])), 0, "the daemon goes on");
    daemon.log().wait_for("a closure of a handle");
    drop(client);
    daemon.finish();
}

#[test]
fn the_loop_does_not_wait_for_itself() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    let fault = client.fault("threaded.deadlock", json!([]));
    assert!(fault["message"].as_str().unwrap().contains("cannot wait for itself"), "{fault}");
    drop(client);
    daemon.finish();
}

#[test]
fn threads_hear_that_the_daemon_has_stopped() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    for _ in 0..4 {
        client.ask("threaded.go_on", json!([]));
    }
    until("they have begun", || client.ask("threaded.count", json!([])).as_u64() > Some(100));
    drop(client);
    daemon.signal(Signal::SIGTERM);
    // `teardown` waits for the threads, and compares what they heard with what was run.
    daemon.ends_well();
}
