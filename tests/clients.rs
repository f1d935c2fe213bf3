//! Third-party clients: `nc`, two JSON-RPC libraries for Python, a validator of JSON Schema.
//!
//! They are searched for in `PATH`; `DAEMON_PYTHON` names a Python that has the packages jsonrpcclient, aiorpcx and
//! jsonschema.

// A panic here fails the test.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::{Daemon, Endpoint, Finished, file_in, program, python, run, skip};
use serde_json::json;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const TEAM: &str = env!("CARGO_BIN_EXE_team");

#[test]
fn netcat_gets_its_answer() {
    let Some(nc) = netcat() else {
        return skip("nc of netcat-openbsd is not here");
    };
    let daemon = Daemon::start(ECHO, &[]);
    let request = r#"{"jsonrpc":"2.0","id":1,"method":"my.echo","params":["hi"]}"#;
    let mut command = Command::new(nc);
    command.arg("-N").arg("-U").arg(daemon.home().socket());
    let finished = feed(command, &format!("{request}\n{request}\n"));
    let reply = r#"{"jsonrpc":"2.0","id":1,"result":"hi"}"#;
    assert_eq!(finished.stdout, format!("{reply}\n{reply}"), "{finished:#?}");
    assert_eq!(finished.code, Some(0));
    daemon.finish();
}

#[test]
fn netcat_gets_its_answer_over_tcp() {
    let Some(nc) = netcat() else {
        return skip("nc of netcat-openbsd is not here");
    };
    let daemon = Daemon::start(ECHO, &["--socket", "tcp://127.0.0.1:0"]);
    let (host, port) = address(&daemon);
    let mut command = Command::new(nc);
    command.arg("-N").arg(host).arg(port);
    let finished =
        feed(command, r#"{"jsonrpc":"2.0","id":"x","method":"my.echo","params":{"message":"hi"}}"#);
    assert_eq!(finished.stdout, r#"{"jsonrpc":"2.0","id":"x","result":"hi"}"#, "{finished:#?}");
    daemon.finish();
}

#[test]
fn a_client_library_without_transport_is_understood() {
    let Some(python) = python(&["jsonrpcclient"]) else {
        return skip("jsonrpcclient (PyPI) is not here");
    };
    let daemon = Daemon::start(ECHO, &[]);
    let mut command = Command::new(python);
    command.arg(script("functional.py")).arg(daemon.home().socket());
    assert_well(&run(command));
    daemon.finish();
}

#[test]
fn a_client_library_with_sessions_is_understood() {
    let Some(python) = python(&["aiorpcx"]) else {
        return skip("aiorpcx (PyPI) is not here");
    };
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    let (host, port) = address(&daemon);
    let mut command = Command::new(python);
    command.arg(script("session.py")).arg(host).arg(port);
    assert_well(&run(command));
    daemon.finish();
}

#[test]
fn the_discover_document_is_valid_openrpc_and_true() {
    let Some(python) = python(&["jsonschema", "referencing"]) else {
        return skip("jsonschema (PyPI) is not here");
    };
    let Some(schema) = file_in("DAEMON_OPENRPC") else {
        return skip(
            "DAEMON_OPENRPC names no file with the meta-schema of OpenRPC (npm: @open-rpc/meta-schema)",
        );
    };
    for program in [KITCHEN, ECHO, TEAM] {
        let daemon = Daemon::start(program, &[]);
        let mut client = daemon.client();
        let document = client.ask("rpc.discover", json!([]));
        let mut results = vec![json!(["rpc.discover", document])];
        let mut calls = vec![
            ("system.listMethods", json!([])),
            ("system.getCapabilities", json!([])),
            ("system.methodSignature", json!(["daemon.status"])),
            ("system.methodHelp", json!(["daemon.status"])),
            ("system.multicall", json!([[{"methodName": "daemon.status"}]])),
            ("daemon.reload", json!([])),
            ("daemon.status", json!([])),
        ];
        if program == KITCHEN {
            calls.extend([
                ("subtract", json!([42, 23])),
                ("get_data", json!([])),
                ("update", json!([1, 2, 3, 4, 5])),
                ("kitchen.nothing", json!([])),
                ("kitchen.perhaps", json!([null])),
                ("kitchen.perhaps", json!([3])),
                ("kitchen.order", json!([{"name": "soup", "plates": 1, "size": "Small"}])),
                ("kitchen.extremes", json!([])),
                ("kitchen.settings", json!([])),
                ("kitchen.whoami", json!([])),
                ("kitchen.fetch", json!(["soup"])),
                ("kitchen.later", json!([1])),
            ]);
        }
        if program == TEAM {
            calls.extend([
                ("worker.list", json!([])),
                ("worker.info", json!([])),
                ("worker.status", json!([])),
                ("worker.status", json!(["hands"])),
                ("worker.pause", json!([])),
                ("worker.resume", json!(["hands"])),
                ("worker.resume", json!([])),
                ("worker.scale", json!(["hands", 2])),
                ("hands.double", json!([4])),
                ("hands.notes", json!([])),
                ("team.work", json!([0])),
            ]);
        }
        for (method, params) in calls {
            let result = client.ask(method, params);
            results.push(json!([method, result]));
        }
        let mut command = Command::new(&python);
        command.arg(script("discover.py")).arg(&schema);
        let finished = feed(command, &json!({"document": document, "results": results}).to_string());
        assert_eq!((finished.code, finished.stdout.trim()), (Some(0), ""), "{}", finished.stderr);
        drop(client);
        daemon.terminate();
    }
}

#[test]
fn discover_names_exactly_the_callable_methods() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    let document = client.ask("rpc.discover", json!([]));
    let methods = document["methods"].as_array().unwrap();
    let mut named: Vec<&str> = methods.iter().map(|method| method["name"].as_str().unwrap()).collect();
    named.sort_unstable();
    let listed = client.ask("system.listMethods", json!([]));
    let mut listed: Vec<&str> =
        listed.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(named, listed);
    for method in methods {
        let name = &method["name"];
        let signature = client.ask("system.methodSignature", json!([name]));
        let params = method["params"].as_array().unwrap().len();
        assert_eq!(signature[0].as_array().unwrap().len(), params + 1, "{name}");
        assert!(client.ask("system.methodHelp", json!([name])).is_string(), "{name}");
    }
    drop(client);
    daemon.finish();
}

/// Returns the `nc` that supports unix sockets.
fn netcat() -> Option<PathBuf> {
    let nc = program("nc.openbsd").or_else(|| program("nc"))?;
    let mut help = Command::new(&nc);
    help.arg("-h");
    let finished = run(help);
    (finished.stderr.contains("-N") && finished.stderr.contains("-U")).then_some(nc)
}

/// Runs a command with this input.
fn feed(mut command: Command, input: &str) -> Finished {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    command.stdin(Stdio::from(file));
    run(command)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

fn address(daemon: &Daemon) -> (String, String) {
    let Endpoint::Tcp(address) = &daemon.endpoints()[0] else { panic!("{:?}", daemon.endpoints()) };
    let (host, port) = address.rsplit_once(':').unwrap();
    (host.to_owned(), port.to_owned())
}

#[track_caller]
fn assert_well(finished: &Finished) {
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
}
