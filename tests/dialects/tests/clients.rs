//! HTTP by clients of other people: curl, requests with a JSON-RPC library, a crate, a browser's way of streaming.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::{
    Daemon, Endpoint, Finished, Home, NO_NODE, node, node_modules, program, python, run, run_within, skip,
};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");

/// Starts a daemon on a unix and on an inet socket; returns it and the address of the latter.
fn start() -> (Daemon, String) {
    let home = Home::new(TELLER);
    let unix = format!("unix:{}", home.socket().display());
    let daemon = Daemon::start_at(&home, &["--socket", &unix, "--socket", "tcp://127.0.0.1:0"]);
    let Endpoint::Tcp(address) = daemon.endpoints()[1].clone() else { panic!("no inet socket") };
    (daemon, address)
}

/// Runs curl on the unix socket and on the inet socket; returns what it printed.
fn curl(daemon: &Daemon, address: &str, path: &str, args: &[&str]) -> Option<[Finished; 2]> {
    let curl = program("curl")?;
    let ask = |socket: Option<&Path>| {
        let mut command = Command::new(&curl);
        command.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "30"]).args(args);
        if let Some(socket) = socket {
            command.arg("--unix-socket").arg(socket);
        }
        command.arg(format!("http://{address}{path}"));
        run(command)
    };
    Some([ask(Some(&daemon.home().socket())), ask(None)])
}

#[test]
fn curl_calls_and_reads() {
    let (daemon, address) = start();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"teller.echo","params":["hi"]}"#;
    let stream = r#"{"jsonrpc":"2.0","id":1,"method":"teller.count","params":[2]}"#;
    let long =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"teller.echo","params":["{}"]}}"#, "x".repeat(100_000));
    let json = ["--header", "Content-Type: application/json", "--data"];
    let events = ["--header", "Accept: text/event-stream"];
    for (path, args, expected) in [
        ("/rpc", [&json[..], &[call]].concat(), r#"{"jsonrpc":"2.0","id":1,"result":"hi"}"#),
        ("/", [&json[..], &[call, "--http1.0"]].concat(), "\"hi\""),
        ("/", [&json[..], &[&long]].concat(), "xxxxxxxx\"}"),
        ("/", [&json[..], &[stream], &events].concat(), "\"end\":true"),
        ("/healthz", vec![], "ok"),
        ("/openrpc.json", vec!["--compressed"], "\"openrpc\""),
    ] {
        let Some(both) = curl(&daemon, &address, path, &args) else { return skip("there is no curl") };
        for finished in both {
            assert_eq!(finished.code, Some(0), "{path}: {finished:#?}");
            assert!(finished.stdout.contains(expected), "{path}: {}", finished.stdout);
        }
    }
    // Many requests on one connection.
    let urls = format!("/healthz http://{address}/healthz http://{address}/healthz");
    let Some([unix, _]) = curl(&daemon, &address, "/healthz", &urls.split(' ').skip(1).collect::<Vec<_>>())
    else {
        return skip("there is no curl");
    };
    assert_eq!(unix.stdout.matches("ok").count(), 3, "{unix:#?}");
    daemon.finish();
}

#[test]
fn a_library_over_requests_is_understood() {
    let Some(python) = python(&["jsonrpcclient", "requests"]) else {
        return skip("jsonrpcclient and requests (PyPI) are not here");
    };
    let (daemon, address) = start();
    let mut command = Command::new(python);
    command.arg(script("over_http.py")).arg(format!("http://{address}/rpc"));
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    daemon.finish();
}

#[test]
fn the_metrics_are_read_by_the_parser_of_prometheus() {
    let Some(python) = python(&["prometheus_client"]) else {
        return skip("prometheus-client (PyPI) is not here");
    };
    let (daemon, address) = start();
    let mut client = daemon.client();
    for number in 0..7 {
        client.ask("teller.echo", json!([number.to_string()]));
    }
    client.fault("teller.echo", json!([]));
    client.fault("teller.nope", json!([]));
    let mut command = Command::new(python);
    command.arg(script("metrics.py")).arg("teller").arg(format!("http://{address}/metrics"));
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    drop(client);
    daemon.finish();
}

#[test]
fn xml_rpc_over_http_is_understood() {
    let Some(python) = python(&["xmlrpc.client"]) else { return skip("Python is not here") };
    let (daemon, address) = start();
    let mut command = Command::new(python);
    command.arg(script("xml_over_http.py")).arg(&address).arg(daemon.home().socket());
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    daemon.finish();
}

#[test]
fn a_crate_is_understood() {
    let (daemon, address) = start();
    let transport = jsonrpc::simple_http::SimpleHttpTransport::builder().url(&address).unwrap().build();
    let client = jsonrpc::Client::with_transport(transport);
    for number in 0..10 {
        let params = to_raw_value(&json!([number.to_string()])).unwrap();
        assert_eq!(client.call::<String>("teller.echo", Some(&params)).unwrap(), number.to_string());
    }
    let error = client.call::<Value>("teller.nope", Some(&to_raw_value(&json!([])).unwrap())).unwrap_err();
    assert!(error.to_string().contains("Method not found"), "{error}");
    drop(client);
    daemon.finish();
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

#[test]
fn a_client_that_the_official_generator_writes_calls_over_http() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let (daemon, address) = start();
    let place = tempfile::tempdir().unwrap();
    let told = json!([{
        "name": "teller",
        "socket": daemon.home().socket(),
        "address": address,
        "calls": [["teller.echo", ["hi"], "hi"], ["teller.later", ["late", 1], "late"], ["teller.served", [], 1]],
    }]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openrpc/client.js");
    let mut command = node(&modules);
    command.arg(script).arg(place.path()).arg(told.to_string());
    let finished = run_within(command, Duration::from_secs(300));
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
    daemon.terminate();
}
