//! What a daemon does before and after every call, and how it bounds them.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::Daemon;
use nix::unistd::geteuid;
use serde_json::{Value, json};

const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");

#[test]
fn a_hook_before_a_call_may_refuse_it() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    assert!(client.call("system.listMethods", json!([])).is_ok());
    client.ask("guarded.close", json!([true]));
    let fault = client.fault("system.listMethods", json!([]));
    assert_eq!(fault, json!({"code": -32500, "message": "`system.listMethods` is closed"}));
    assert_eq!(client.fault("guarded.panicking", json!([]))["code"], -32603);
    client.ask("guarded.close", json!([false]));
    assert!(client.call("system.listMethods", json!([])).is_ok());
    drop(client);
    daemon.terminate();
}

#[test]
fn a_hook_after_a_call_knows_how_it_ended() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    client.ask("guarded.close", json!([false]));
    client.fault("guarded.close", json!([7]));
    client.fault("nobody.knows", json!([]));
    client.ask("guarded.later", json!([30]));
    daemon.log().wait_for("a hook after a call of `guarded.later` failed: as asked");
    let uid = geteuid().as_raw();
    let ended = |method, code: Value| json!({"method": method, "uid": uid, "code": code});
    let mut calls = client.ask("guarded.ended", json!([]));
    // A quick call may take long on a busy machine.
    let long: Vec<Value> = calls.as_array_mut().unwrap().iter_mut().map(|call| call["long"].take()).collect();
    calls
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|call| drop(call.as_object_mut().unwrap().remove("long")));
    assert_eq!(
        calls,
        json!([
            ended("guarded.close", Value::Null),
            ended("guarded.close", json!(-32602)),
            ended("nobody.knows", json!(-32601)),
            ended("guarded.later", Value::Null),
        ])
    );
    assert_eq!(long[3], true);
    drop(client);
    daemon.terminate();
}

#[test]
fn each_call_in_a_multicall_passes_the_hooks() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    let calls = json!([[{"methodName": "guarded.rare"}, {"methodName": "guarded.later", "params": [1]}]]);
    client.ask("system.multicall", calls);
    let ended = client.ask("guarded.ended", json!([]));
    let methods: Vec<&str> =
        ended.as_array().unwrap().iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(methods[..2], ["guarded.rare", "guarded.later"]);
    drop(client);
    daemon.terminate();
}

#[test]
fn who_calls_too_often_is_told_when_to_come_back() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("guarded.rare", json!([])), true);
    // Another connection of the same user does not help.
    let mut other = daemon.client();
    assert_eq!(other.ask("guarded.rare", json!([])), true);
    let fault = client.fault("guarded.rare", json!([]));
    assert_eq!((&fault["code"], &fault["data"]["method"]), (&json!(-32006), &json!("guarded.rare")));
    let wait = fault["data"]["retry_after"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= 30.0, "{fault}");
    drop((client, other));
    daemon.terminate();
}

#[test]
fn a_handler_that_holds_the_loop_is_named_with_its_caller() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    client.ask("guarded.hold", json!([30]));
    let line = daemon.log().wait_for("a handler held the loop");
    let caller = format!("`guarded.hold`, called by pid {} uid {}", std::process::id(), geteuid().as_raw());
    assert!(line.contains(&caller), "{line}");
    drop(client);
    daemon.terminate();
}
