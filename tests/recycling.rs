//! Processes of workers that are replaced although they are well: no call is lost by that.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use harness::{Client, Daemon, until};
use serde_json::{Value, json};

const RECYCLED: &str = env!("CARGO_BIN_EXE_recycled");

/// Makes so many calls of a method at once; returns how many each process has answered.
#[track_caller]
fn answered(client: &mut Client, method: &str, calls: u64) -> HashMap<u64, u64> {
    for id in 1..=calls {
        client.request(id, method, &json!([]));
    }
    let mut answered = HashMap::new();
    for _ in 1..=calls {
        let reply: Value = serde_json::from_str(&client.line()).unwrap();
        *answered.entry(reply["result"].as_u64().unwrap()).or_default() += 1;
    }
    answered
}

#[test]
fn a_process_of_a_pool_is_replaced_after_its_calls() {
    let daemon = Daemon::start(RECYCLED, &[]);
    let mut client = daemon.client();
    let answered = answered(&mut client, "recycled.pid", 60);
    assert!(answered.values().all(|calls| *calls <= 3), "{answered:?}");
    daemon.log().wait_for("replace short/0: it has answered 3 calls");
    daemon.log().wait_for("replace short/1: it has answered 3 calls");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_answers_the_calls_that_it_has_before_it_is_replaced() {
    let daemon = Daemon::start(RECYCLED, &[]);
    let mut client = daemon.client();
    let answered = answered(&mut client, "busy.pid", 250);
    assert!(answered.len() > 1, "{answered:?}");
    // At most as many as one process gets before it has answered any.
    assert!(answered.values().all(|calls| *calls < 10 + 64), "{answered:?}");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_that_uses_too_much_memory_is_replaced() {
    let daemon = Daemon::start(RECYCLED, &[]);
    let mut client = daemon.client();
    let small = client.ask("hoarder.hoard", json!([1]));
    assert_eq!(client.ask("hoarder.hoard", json!([100])), small);
    let line = daemon.log().wait_for("replace hoarder/0: it uses ");
    assert!(line.ends_with(" KiB of memory"), "{line}");
    until("it is another process", || client.ask("hoarder.hoard", json!([1])) != small);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_that_has_run_for_long_is_replaced_though_it_is_idle() {
    let daemon = Daemon::start(RECYCLED, &[]);
    let mut client = daemon.client();
    let first = client.ask("old.pid", json!([]));
    daemon.log().wait_for_all(2, "replace old/0: it has run for 200ms");
    assert_ne!(client.ask("old.pid", json!([])), first);
    drop(client);
    daemon.terminate();
}
