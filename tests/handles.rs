//! Threads that come back to the state of their daemon.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, Fifo, until};
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

#[test]
fn a_method_in_a_thread_replies_and_may_come_back_to_the_state() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "hello").unwrap();
    assert_eq!(client.ask("threaded.read", json!([file])), "hello");
    assert_eq!(client.ask("threaded.count", json!([])), 1);
    let missing = client.fault("threaded.read", json!(["/nonexistent"]));
    assert_eq!(
        (&missing["code"], &missing["message"]),
        (&json!(-32500), &json!("No such file or directory (os error 2)"))
    );
    drop(client);
    daemon.finish();
}

#[test]
fn a_thread_that_takes_too_long_is_not_waited_for() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    let fifo = Fifo::new();
    let fault = client.fault("threaded.read", json!([fifo.path()]));
    assert_eq!((&fault["code"], &fault["data"]), (&json!(-32003), &json!({"seconds": 0.2})));
    // It goes on all the while, and ends when it can.
    std::fs::write(fifo.path(), "late").unwrap();
    until("it has ended", || client.ask("threaded.count", json!([])) == 1);
    drop(client);
    daemon.finish();
}

#[test]
fn threads_have_a_limit() {
    let daemon = Daemon::start(THREADED, &["--limit", "threads=2"]);
    let mut waiting: Vec<_> = (0..2).map(|_| (daemon.client(), Fifo::new())).collect();
    for (client, fifo) in &mut waiting {
        client.request(1, "threaded.read_on", &json!([fifo.path()]));
        // The reply shows that the call before it has begun.
        assert_eq!(client.ask("threaded.count", json!([])), 0);
    }
    let mut client = daemon.client();
    let fault = client.fault("threaded.read_on", json!(["/dev/null"]));
    assert_eq!(fault["code"], -32300);
    assert!(fault.to_string().contains("the limit `threads`"), "{fault}");
    for (mut client, fifo) in waiting {
        std::fs::write(fifo.path(), "").unwrap();
        assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":""}"#);
    }
    until("there is room", || client.call("threaded.read_on", json!(["/dev/null"])) == Ok(json!("")));
    drop(client);
    daemon.finish();
}

#[test]
fn a_panic_in_a_thread_is_one_fault() {
    let daemon = Daemon::start(THREADED, &[]);
    let mut client = daemon.client();
    let fault = client.fault("threaded.panic_there", json!([]));
    assert_eq!(
        (&fault["code"], &fault["data"]),
        (&json!(-32603), &json!({"reason": "the handler panicked"}))
    );
    drop(client);
    daemon.finish();
}
