//! Calls that take too long for their callers, and those that are cancelled.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon, until};
use serde_json::{Value, json};

const GUARDED: &str = env!("CARGO_BIN_EXE_guarded");

/// Calls a method with this text as the `timeout` of the request; returns the reply.
#[track_caller]
fn call_within(client: &mut Client, timeout: &str, method: &str, params: &Value) -> Value {
    client.send(&format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params},"timeout":{timeout}}}"#
    ));
    serde_json::from_str(&client.line()).unwrap()
}

#[test]
fn a_caller_waits_as_long_as_it_says() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    for timeout in ["0", "0.05", "5e-2"] {
        let reply = call_within(&mut client, timeout, "guarded.later", &json!([60_000]));
        let seconds: f64 = timeout.parse().unwrap();
        let error = json!({"code": -32003, "message": "Call took too long", "data": {"seconds": seconds}});
        assert_eq!(reply, json!({"jsonrpc": "2.0", "id": 7, "error": error}));
    }
    assert_eq!(call_within(&mut client, "60", "guarded.later", &json!([1]))["result"], Value::Null);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_timeout_that_is_none_is_refused() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    for timeout in ["-1", "\"1s\"", "null", "[1]", "1e300"] {
        let reply = call_within(&mut client, timeout, "guarded.left", &json!([]));
        assert_eq!(reply["error"]["code"], -32600, "{timeout}: {reply}");
        assert_eq!(reply["id"], 7);
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_method_that_replies_later_may_have_a_timeout_of_its_own() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    let fault = client.fault("guarded.keep", json!([]));
    assert_eq!((&fault["code"], &fault["data"]), (&json!(-32003), &json!({"seconds": 0.05})));
    let reply = call_within(&mut client, "0.01", "guarded.keep", &json!([]));
    assert_eq!(reply["error"]["data"]["seconds"], 0.01, "the shorter one counts");
    assert_eq!(client.ask("guarded.closed", json!([])), 2);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_handler_knows_how_long_its_caller_waits_also_in_a_pool() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    for method in ["guarded.left", "guarded.left_in_pool", "guarded.left_through_pool"] {
        let left = call_within(&mut client, "30", method, &json!([]))["result"].as_f64().unwrap();
        assert!(left > 0.0 && left <= 30.001, "{method}: {left}");
        assert_eq!(client.ask(method, json!([])), Value::Null, "the next caller does not say");
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_caller_that_has_its_reply_does_not_bound_what_goes_on() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    assert_eq!(call_within(&mut client, "30", "guarded.left_behind", &json!([]))["result"], Value::Null);
    until("it was called", || client.ask("guarded.noted", json!([])) != json!([]));
    assert_eq!(client.ask("guarded.noted", json!([])), json!([null]));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_caller_may_cancel_its_own_calls() {
    let daemon = Daemon::start(GUARDED, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    for id in ["8", "\"a\"", "-1"] {
        client.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"guarded.later","params":[60000]}}"#));
        let given: Value = serde_json::from_str(id).unwrap();
        assert_eq!(other.ask("daemon.cancel", json!([given])), false, "it is not theirs");
        client
            .send(&format!(r#"{{"jsonrpc":"2.0","id":9,"method":"daemon.cancel","params":{{"id":{id}}}}}"#));
        assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":9,"result":true}"#);
        let error = r#"{"code":-32800,"message":"Call cancelled"}"#;
        assert_eq!(client.line(), format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#));
        assert_eq!(client.ask("daemon.cancel", json!([given])), false, "it has ended");
    }
    drop((client, other));
    daemon.terminate();
}

#[test]
fn a_multicall_cannot_cancel_and_a_notification_can() {
    let daemon = Daemon::start(GUARDED, &[]);
    let mut client = daemon.client();
    client.send(r#"{"jsonrpc":"2.0","id":8,"method":"guarded.later","params":[60000]}"#);
    let calls = json!([[{"methodName": "daemon.cancel", "params": [8]}]]);
    assert_eq!(client.ask("system.multicall", calls)[0]["faultCode"], -32600);
    client.send(r#"{"jsonrpc":"2.0","method":"daemon.cancel","params":[8]}"#);
    assert!(client.line().starts_with(r#"{"jsonrpc":"2.0","id":8,"error":{"code":-32800,"#));
    assert_eq!(client.ask("guarded.closed", json!([])), 0, "nothing else came");
    drop(client);
    daemon.terminate();
}
