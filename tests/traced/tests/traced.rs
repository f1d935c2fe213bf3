//! One trace goes from a client through the daemon to its worker.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon};
use serde_json::{Value, json};

const TRACED: &str = env!("CARGO_BIN_EXE_traced");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Calls a method as the caller's span; returns the reply.
fn call(client: &mut Client, method: &str, params: &Value) -> Value {
    client.send(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params},"traceparent":"00-{TRACE}-{CALLER}-01"}}"#
    ));
    serde_json::from_str(&client.line()).unwrap()
}

/// Returns the span with this name that a method has returned.
#[track_caller]
fn span(client: &mut Client, recorded: &str, name: &str) -> Value {
    let spans = client.ask(recorded, json!([]));
    let found = spans.as_array().unwrap().iter().find(|span| span["name"] == name).cloned();
    assert!(found.is_some(), "there is no span `{name}` in {spans}");
    found.unwrap()
}

#[test]
fn one_trace_goes_through_client_daemon_and_worker() {
    let daemon = Daemon::start(TRACED, &[]);
    let mut client = daemon.client();
    assert_eq!(call(&mut client, "traced.double", &json!([21]))["result"], 42);
    let in_daemon = span(&mut client, "traced.recorded", "traced.double");
    assert_eq!((&in_daemon["trace"], &in_daemon["parent"]), (&json!(TRACE), &json!(CALLER)));
    assert_eq!(in_daemon["remote"], true);
    let in_worker = span(&mut client, "helper.recorded", "double");
    assert_eq!((&in_worker["trace"], &in_worker["parent"]), (&json!(TRACE), &in_daemon["span"]));
    assert_ne!(in_worker["span"], in_daemon["span"]);
    drop(client);
    daemon.terminate();
}

#[test]
fn spans_of_the_handler_are_below_that_of_the_call_which_knows_that_it_failed() {
    let daemon = Daemon::start(TRACED, &[]);
    let mut client = daemon.client();
    assert_eq!(call(&mut client, "traced.fail", &json!([]))["error"]["message"], "as asked");
    let failed = span(&mut client, "traced.recorded", "traced.fail");
    assert_eq!(failed["status"], "Error { description: \"\" }");
    let step = span(&mut client, "traced.recorded", "step");
    assert_eq!((&step["trace"], &step["parent"]), (&json!(TRACE), &failed["span"]));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_future_stays_within_its_call() {
    let daemon = Daemon::start(TRACED, &[]);
    let mut client = daemon.client();
    let trace = call(&mut client, "traced.later", &json!([]))["result"].take();
    let later = span(&mut client, "traced.recorded", "traced.later");
    for name in ["ahead", "behind"] {
        assert_eq!(span(&mut client, "traced.recorded", name)["parent"], later["span"], "{name}");
    }
    assert_eq!(trace, format!("00-{TRACE}-{}-01", later["span"].as_str().unwrap()));
    drop(client);
    daemon.terminate();
}

#[test]
fn the_calls_of_a_multicall_are_spans_below_it() {
    let daemon = Daemon::start(TRACED, &[]);
    let mut client = daemon.client();
    let calls = json!([[{"methodName": "traced.double", "params": [1]}, {"methodName": "traced.fail"}]]);
    call(&mut client, "system.multicall", &calls);
    let whole = span(&mut client, "traced.recorded", "system.multicall");
    assert_eq!((&whole["trace"], &whole["parent"]), (&json!(TRACE), &json!(CALLER)));
    for name in ["traced.double", "traced.fail"] {
        assert_eq!(span(&mut client, "traced.recorded", name)["parent"], whole["span"], "{name}");
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_call_without_a_trace_is_the_root_of_one() {
    let daemon = Daemon::start(TRACED, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("traced.double", json!([4])), 8);
    let root = span(&mut client, "traced.recorded", "traced.double");
    assert_eq!(root["parent"], "0000000000000000");
    let below = span(&mut client, "helper.recorded", "double");
    assert_eq!((&below["trace"], &below["parent"]), (&root["trace"], &root["span"]));
    drop(client);
    daemon.terminate();
}
