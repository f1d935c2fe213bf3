//! The trace of a call: in log lines, in replies, and on its way to others.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use daemon_core::TraceContext;
use harness::{Client, Daemon, Home};
use serde_json::{Value, json};

const LOGGED: &str = env!("CARGO_BIN_EXE_logged");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Calls a method within the trace; returns its result.
#[track_caller]
fn call_traced(client: &mut Client, method: &str, params: &Value) -> Value {
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    client.send(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"traceparent":"{traceparent}","method":"{method}","params":{params}}}"#
    ));
    let mut reply: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(reply["id"], 1, "{reply}");
    reply["result"].take()
}

/// Asserts that a context which a method returned is another span of the trace.
#[track_caller]
fn assert_child(returned: &Value) {
    let trace: TraceContext = returned.as_str().unwrap().parse().unwrap();
    assert_eq!(format!("{:032x}", trace.trace_id()), TRACE);
    assert_ne!(trace.span_id(), 0x00f0_67aa_0ba9_02b7);
    assert!(trace.is_sampled());
}

#[test]
fn everything_that_is_logged_for_a_call_has_its_trace() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    assert_child(&call_traced(&mut client, "logged.here", &json!([])));
    assert_child(&call_traced(&mut client, "logged.in_thread", &json!([])));
    assert_child(&call_traced(&mut client, "logged.ask", &json!([])));
    assert_child(&call_traced(&mut client, "scribe.write", &json!([])));
    call_traced(&mut client, "logged.panic", &json!([]));
    for line in [
        "in the handler",
        "after `logged.here`",
        "in a thread",
        "in a closure",
        "after `logged.in_thread`",
        "in the worker",
        "after the worker",
        "after `logged.ask`",
        "after `scribe.write`",
    ] {
        daemon.log().wait_for(&format!("{line} trace_id={TRACE}"));
    }
    let panic = daemon.log().wait_for("panic: as asked");
    assert!(panic.ends_with(&format!(" trace_id={TRACE}")), "{panic}");
    drop(client);
    daemon.terminate();
}

#[test]
fn what_does_not_run_for_a_call_has_no_trace() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("logged.later", json!([])), Value::Null, "a closure of another thread");
    drop(client);
    let log = daemon.terminate().log;
    let ready = log.lines().find(|line| line.contains("ready on")).unwrap();
    assert!(!ready.contains("trace_id"), "{ready}");
}

#[test]
fn a_call_without_a_trace_begins_one() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    let mut ids = Vec::new();
    for method in ["logged.here", "logged.in_thread", "logged.ask"] {
        let trace: TraceContext = client.ask(method, json!([])).as_str().unwrap().parse().unwrap();
        assert!(!trace.is_sampled(), "nobody records it");
        daemon.log().wait_for(&format!("after `{method}` trace_id={:032x}", trace.trace_id()));
        ids.push(trace.trace_id());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each call has its own");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_trace_that_cannot_be_read_is_ignored() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    for sent in ["\"\"", "7", "null", "[]", "\"00-4bf92f35-00f067aa0ba902b7-01\"", "\"\\u0030\""] {
        client.send(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"logged.here","traceparent":{sent}}}"#));
        let reply: Value = serde_json::from_str(&client.line()).unwrap();
        assert!(reply["result"].is_string(), "{sent}: {reply}");
    }
    client.send(r#"{"jsonrpc":"2.0","id":1,"method":"logged.here","traceparent":"","traceparent":""}"#);
    let reply: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(reply["error"]["code"], -32600, "{reply}");
    drop(client);
    daemon.terminate();
}

#[test]
fn the_calls_of_a_batch_and_of_a_multicall_share_a_trace() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    let calls = json!([[{"methodName": "logged.here"}, {"methodName": "scribe.write"}]]);
    for returned in call_traced(&mut client, "system.multicall", &calls).as_array().unwrap() {
        assert_child(&returned[0]);
    }
    let one = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"logged.here","traceparent":"00-{TRACE}-00f067aa0ba902b7-01"}}"#
    );
    client.send(&format!("[{one},{one}]"));
    let replies: Value = serde_json::from_str(&client.line()).unwrap();
    for reply in replies.as_array().unwrap() {
        assert_child(&reply["result"]);
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_client_passes_the_trace_of_its_handler_on() {
    let daemon = Daemon::start(LOGGED, &[]);
    let mut client = daemon.client();
    let address = format!("unix:{}", daemon.home().socket().display());
    assert_child(&call_traced(&mut client, "logged.forward", &json!([address])));
    let trace = TraceContext::root();
    let mut own = daemon_core::Client::connect(&address).unwrap();
    own.set_trace(Some(trace));
    let returned: String = own.call("logged.here", &()).unwrap();
    assert_eq!(returned.parse::<TraceContext>().unwrap().trace_id(), trace.trace_id());
    drop((client, own));
    daemon.terminate();
}

#[test]
fn the_command_line_takes_the_trace_from_the_environment() {
    let home = Home::new(LOGGED);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let mut command = std::process::Command::new(LOGGED);
    command.arg("logged.here").env("RUNTIME_DIRECTORY", home.path());
    command.env("TRACEPARENT", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let output = harness::run(command);
    assert!(output.stdout.contains(TRACE), "{} {}", output.stdout, output.stderr);
    daemon.terminate();
}
