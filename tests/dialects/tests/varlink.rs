//! Varlink: clients of other people, and what no well-meaning client sends.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::{Daemon, Endpoint, Finished, python, run, skip, until};
use nix::sys::signal::Signal;
use serde::Deserialize;
use serde_json::{Value, json};
use varlink::{Connection, MethodCall, OrgVarlinkServiceClient, OrgVarlinkServiceInterface, Reply};

const CERTIFIED: &str = env!("CARGO_BIN_EXE_certified");
const KITCHEN: &str = env!("CARGO_BIN_EXE_canteen");
const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const TICKER: &str = env!("CARGO_BIN_EXE_metronome");

const NO_PYTHON: &str = "varlink (PyPI) is not here";

/// A connection, of which each message ends with a NUL.
struct Peer {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Peer {
    fn connect(daemon: &Daemon) -> Self {
        let stream = UnixStream::connect(socket(daemon)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Peer { stream, received: Vec::new() }
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    fn call(&mut self, call: &Value) {
        self.send(format!("{call}\0"));
    }

    /// Makes a call, and returns the reply.
    #[track_caller]
    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.call(&json!({ "method": method, "parameters": parameters }));
        self.reply()
    }

    /// Returns the next reply.
    #[track_caller]
    fn reply(&mut self) -> Value {
        self.next().unwrap()
    }

    /// Returns the next reply; `None` if the daemon has closed the connection.
    #[track_caller]
    fn next(&mut self) -> Option<Value> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == 0) {
                let message: Vec<u8> = self.received.drain(..=end).collect();
                return Some(serde_json::from_slice(&message[..end]).unwrap());
            }
            let count = self.stream.read(&mut buffer).unwrap();
            if count == 0 {
                assert!(self.received.is_empty(), "{}", String::from_utf8_lossy(&self.received));
                return None;
            }
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    /// Ends our side, and returns what still comes.
    #[track_caller]
    fn rest(&mut self) -> Vec<Value> {
        self.stream.shutdown(Shutdown::Write).unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }
}

fn result(value: impl Into<Value>) -> Value {
    json!({ "parameters": { "result": value.into() } })
}

fn error(name: &str, parameters: &Value) -> Value {
    json!({ "error": name, "parameters": parameters })
}

fn service_error(name: &str, parameters: &Value) -> Value {
    error(&format!("org.varlink.service.{name}"), parameters)
}

/// Checks that a reply is the error for a fault with this code, and with this in its data.
#[track_caller]
fn assert_failed(reply: &Value, code: i32, text: &str) {
    assert_eq!(reply["parameters"]["code"], code, "{reply}");
    assert!(
        reply["error"].as_str().unwrap().ends_with(".Failed") && reply.to_string().contains(text),
        "{reply}"
    );
}

fn socket(daemon: &Daemon) -> &Path {
    let Endpoint::Unix(socket) = &daemon.endpoints()[0] else { panic!("no unix socket") };
    socket
}

fn address(daemon: &Daemon) -> String {
    format!("unix:{}", socket(daemon).display())
}

/// Runs a module of the Python package.
fn module(python: &Path, name: &str, args: &[&str]) -> Finished {
    let mut command = Command::new(python);
    command.args(["-m", name]).args(args);
    run(command)
}

#[test]
fn the_certification_client_runs_through() {
    let Some(python) = python(&["varlink"]) else { return skip(NO_PYTHON) };
    let daemon = Daemon::start(CERTIFIED, &[]);
    let address = format!("--varlink={}", address(&daemon));
    let finished = module(&python, "varlink.tests.test_certification", &["--client", &address]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(finished.stdout.ends_with("Certification passed"), "{}", finished.stdout);
    assert_eq!(finished.stdout.matches("Test10").count(), 10, "{}", finished.stdout);
    daemon.finish();
}

#[test]
fn the_client_of_python_is_understood() {
    let Some(python) = python(&["varlink"]) else { return skip(NO_PYTHON) };
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/over_varlink.py"));
    command.arg(socket(&daemon));
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    daemon.finish();
}

#[test]
fn the_command_line_of_python_is_understood() {
    let Some(python) = python(&["varlink"]) else { return skip(NO_PYTHON) };
    let daemon = Daemon::start(TELLER, &[]);
    let address = address(&daemon);
    let cli = |args: &[&str]| {
        let finished = module(&python, "varlink.cli", args);
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        finished
    };
    assert!(cli(&["info", &address]).stdout.contains("local.teller"));
    let help = cli(&["help", &format!("{address}/local.teller")]).stdout;
    assert!(help.contains("# Reply the text.\nmethod Echo(text: string) -> (result: string)\n"), "{help}");
    let called = cli(&["call", &format!("{address}/local.teller.Echo"), "{\"text\":\"hello\"}"]);
    assert_eq!(called.stdout, "{\n  \"result\": \"hello\"\n}");
    let counted = cli(&["call", "-m", &format!("{address}/local.teller.Count"), "{\"to\":3}"]);
    assert_eq!(counted.stdout.matches("result").count(), 3, "{}", counted.stdout);
    let refused = cli(&["call", &format!("{address}/local.teller.Count"), "{\"to\":3}"]);
    assert!(refused.stderr.contains("org.varlink.service.ExpectedMore"), "{}", refused.stderr);
    daemon.finish();
}

/// Why a call of the Rust client has failed.
#[derive(Debug)]
struct Failed(varlink::Error);

impl From<Reply> for Failed {
    fn from(reply: Reply) -> Self {
        Failed(varlink::ErrorKind::VarlinkErrorReply(reply).into())
    }
}

impl From<varlink::Error> for Failed {
    fn from(error: varlink::Error) -> Self {
        Failed(error)
    }
}

impl Failed {
    /// The error that the daemon has sent.
    #[track_caller]
    fn error(&self) -> &str {
        let varlink::ErrorKind::VarlinkErrorReply(reply) = self.0.kind() else { panic!("{self:?}") };
        reply.error.as_deref().unwrap()
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Counted {
    result: Option<u64>,
    missed: Option<u64>,
}

#[test]
fn a_rust_client_calls_and_reads_every_description() {
    for program in [CERTIFIED, KITCHEN, TELLER, TICKER] {
        let daemon = Daemon::start(program, &[]);
        let connection = Connection::with_address(&address(&daemon)).unwrap();
        let mut service = OrgVarlinkServiceClient::new(connection);
        for name in service.get_info().unwrap().interfaces {
            let reply = service.get_interface_description(name.to_string()).unwrap();
            let description = reply.description.unwrap();
            let interface =
                varlink_parser::IDL::try_from(description.as_str()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(interface.name, name);
        }
        drop(service);
        daemon.finish();
    }
}

#[test]
fn a_rust_client_takes_several_replies() {
    let daemon = Daemon::start(TELLER, &[]);
    let connection = Connection::with_address(&address(&daemon)).unwrap();
    let call = |method: &'static str, parameters: Value| {
        MethodCall::<Value, Counted, Failed>::new(connection.clone(), method, parameters)
    };
    let mut count = call("local.teller.Count", json!({ "to": 3 }));
    let counted: Vec<Counted> = count.more().unwrap().map(Result::unwrap).collect();
    assert_eq!(counted, [1, 2, 3].map(|number| Counted { result: Some(number), missed: None }));
    drop(count);
    let refused = call("local.teller.Count", json!({ "to": 3 })).call().unwrap_err();
    assert_eq!(refused.error(), "org.varlink.service.ExpectedMore");
    let served = call("local.teller.Served", json!({})).call().unwrap();
    assert_eq!(served.result, Some(0));
    drop(connection);
    daemon.finish();
}

#[test]
fn calls_are_answered_in_order_however_they_are_cut() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let calls = [
        json!({ "method": "local.kitchen.Echo", "parameters": { "message": "}{\n\u{0}é" } }),
        json!({ "method": "local.kitchen.Later", "parameters": { "milliseconds": 1 } }),
        json!({ "method": "local.kitchen.Echo", "parameters": { "message": "unheard" }, "oneway": true }),
        json!({ "method": "local.kitchen.Later", "parameters": { "milliseconds": 0 }, "oneway": true }),
        json!({ "method": "local.kitchen.Invert", "parameters": { "truth": true }, "more": true }),
        json!({ "method": "local.kitchen.Resist" }),
    ];
    let stream: String = calls.iter().map(|call| format!("{call}\0")).collect();
    let expected = [result("}{\n\u{0}é"), result("ready"), result(false), json!({ "parameters": {} })];
    for size in [1, 2, 3, 7, 50, stream.len()] {
        let mut peer = Peer::connect(&daemon);
        for piece in stream.as_bytes().chunks(size) {
            peer.send(piece);
        }
        assert_eq!(peer.rest(), expected, "pieces of {size} bytes");
    }
    daemon.finish();
}

#[test]
fn a_call_waits_for_the_reply_before_it() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut peer, mut json) = (Peer::connect(&daemon), daemon.client());
    peer.call(&json!({ "method": "local.kitchen.Park" }));
    peer.call(&json!({ "method": "local.kitchen.Echo", "parameters": { "message": "next" } }));
    peer.call(&json!({ "method": "local.kitchen.Park" }));
    until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    assert_eq!(json.ask("kitchen.release", json!([[1]])), 1);
    assert_eq!(peer.reply(), result(json!([1])));
    assert_eq!(peer.reply(), result("next"));
    until("the next call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    assert_eq!(json.ask("kitchen.forget", json!([])), 1);
    assert_failed(&peer.reply(), -32603, "");
    drop((peer, json));
    daemon.finish();
}

#[test]
fn a_peer_that_hangs_up_leaves_nothing_behind() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut peer, mut json) = (Peer::connect(&daemon), daemon.client());
    peer.call(&json!({ "method": "local.kitchen.Park" }));
    peer.call(&json!({ "method": "local.kitchen.Echo", "parameters": { "message": "never" } }));
    until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    drop((peer, json));
    daemon.assert_no_descriptor_left();
    daemon.finish();
}

#[test]
fn what_cannot_be_called_has_an_error_that_says_why() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut peer = Peer::connect(&daemon);
    let own = "local.kitchen";
    for (method, parameters, expected) in [
        (
            "org.example.None",
            json!({}),
            service_error("InterfaceNotFound", &json!({ "interface": "org.example" })),
        ),
        ("none", json!({}), service_error("InterfaceNotFound", &json!({ "interface": "none" }))),
        ("kitchen.echo", json!({}), service_error("InterfaceNotFound", &json!({ "interface": "kitchen" }))),
        (
            "system.listMethods",
            json!({}),
            service_error("InterfaceNotFound", &json!({ "interface": "system" })),
        ),
        (
            "local.kitchen.echo",
            json!({ "message": "x" }),
            service_error("MethodNotFound", &json!({ "method": "local.kitchen.echo" })),
        ),
        (
            "org.varlink.service.None",
            json!({}),
            service_error("MethodNotFound", &json!({ "method": "org.varlink.service.None" })),
        ),
        (
            "org.varlink.service.GetInterfaceDescription",
            json!({ "interface": "org.example" }),
            service_error("InterfaceNotFound", &json!({ "interface": "org.example" })),
        ),
        (
            "org.varlink.service.GetInterfaceDescription",
            json!({}),
            service_error(
                "InvalidParameter",
                &json!({ "parameter": "interface", "reason": "the name of an interface" }),
            ),
        ),
        (
            "local.kitchen.Echo",
            json!({}),
            service_error("InvalidParameter", &json!({ "parameter": "message", "reason": "it is missing" })),
        ),
        (
            "local.kitchen.Echo",
            json!({ "message": "x", "massage": "y" }),
            service_error(
                "InvalidParameter",
                &json!({
                    "parameter": "massage",
                    "reason": "there is no parameter `massage`; the method takes `message`",
                }),
            ),
        ),
        (
            "local.kitchen.Echo",
            json!(["x"]),
            service_error(
                "InvalidParameter",
                &json!({ "parameter": "parameters", "reason": "parameters are given by name, in an object" }),
            ),
        ),
        (
            "local.kitchen.Fetch",
            json!({ "name": "closed" }),
            error(&format!("{own}.Closed"), &json!({ "message": "the kitchen is closed" })),
        ),
        (
            "local.kitchen.Fault",
            json!({ "code": 5, "message": "no", "data": [1] }),
            error(&format!("{own}.Failed"), &json!({ "code": 5, "message": "no", "data": { "value": [1] } })),
        ),
        // Null is the default of a parameter that has one.
        (
            "local.kitchen.Greet",
            json!({ "name": "you", "greeting": null, "times": null, "tail": null }),
            result("hello you"),
        ),
    ] {
        assert_eq!(peer.ask(method, &parameters), expected, "{method} {parameters}");
    }
    peer.call(&json!({ "method": "local.kitchen.Echo", "parameters": { "message": "x" }, "upgrade": true }));
    assert_failed(&peer.reply(), -32600, "without `upgrade`");
    assert_eq!(peer.ask("local.kitchen.Echo", &json!({ "message": "still here" })), result("still here"));
    drop(peer);
    daemon.finish();
}

#[test]
fn who_may_not_call_is_told_so() {
    let daemon = Daemon::start(TELLER, &["--socket", "tcp://127.0.0.1:0"]);
    let Endpoint::Tcp(address) = &daemon.endpoints()[0] else { panic!("no inet socket") };
    let connection = Connection::with_address(&format!("tcp:{address}")).unwrap();
    let refused = MethodCall::<Value, Value, Failed>::new(connection, "local.teller.Secret", json!({}))
        .call()
        .unwrap_err();
    assert_eq!(refused.error(), "org.varlink.service.PermissionDenied");
    daemon.finish();
}

#[test]
fn what_is_no_call_ends_the_connection() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "frame=500", "--limit", "nesting=10"]);
    let hello = "{\"method\":\"local.kitchen.Echo\",\"parameters\":{\"message\":\"hello\"}}\0";
    for (bytes, code, text) in [
        ("{\0", -32700, "EOF"),
        ("hello\0", -32700, "expected value"),
        ("\0", -32700, "EOF"),
        ("[1]\0", -32600, "no call of varlink"),
        ("[\"local.kitchen.Echo\",{},null,null,null]\0", -32600, "a call is an object"),
        ("{}\0", -32600, "missing field `method`"),
        ("{\"method\":1}\0", -32600, "expected a string"),
        ("{\"method\":\"a.b.C\",\"more\":\"yes\"}\0", -32600, "expected a boolean"),
        ("{\"method\":\"a.b.C\"} trailing\0", -32700, "trailing"),
        ("{\"method\":\"a.b.C\",\"parameters\":[[[[[[[[[[[[]]]]]]]]]]]]}\0", -32600, "nested deeper than 10"),
        (&"x".repeat(501), -32300, "longer than 500 bytes"),
        (&format!("{{\"method\":\"{}\"}}\0", "x".repeat(500)), -32300, "longer than 500 bytes"),
    ] {
        let mut peer = Peer::connect(&daemon);
        peer.send(hello);
        assert_eq!(peer.reply(), result("hello"));
        peer.send(format!("{bytes}{hello}"));
        assert_failed(&peer.reply(), code, text);
        assert_eq!(peer.next(), None, "{bytes}");
    }
    for end in 1..hello.len() {
        let mut peer = Peer::connect(&daemon);
        peer.send(format!("{hello}{}", &hello[..end]));
        let replies = peer.rest();
        assert_eq!((replies.len(), &replies[0]), (2, &result("hello")), "{replies:?}");
        assert_failed(&replies[1], -32700, "a NUL comes after each");
    }
    // What no NUL follows may be white space.
    let mut peer = Peer::connect(&daemon);
    peer.send(format!("\n{hello}\n"));
    assert_eq!(peer.rest(), [result("hello")]);
    daemon.finish();
}

#[test]
fn json_rpc_that_looks_like_it_goes_on_as_before() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (request, separator, code) in [
        ("{\"method\":\"kitchen.echo\",\"id\":1,\"params\":[\"x\"]}", "\0", -32600),
        ("{\"method\":\"kitchen.echo\",\"id\":1}", "\0", -32600),
        ("{\"method\":\"kitchen.echo\",\"params\":[\"x\"]}", "\n", -32600),
        ("{\"method\":\"kitchen.echo\"}", "\n", -32600),
        // The peer waits after the value.
        ("{\"method\":\"kitchen.echo\"}", "", -32600),
    ] {
        let mut peer = Peer::connect(&daemon);
        peer.send(format!("{request}{separator}"));
        let mut buffer = [0; 1000];
        let mut reply = String::new();
        while !reply.ends_with('\n') && !reply.ends_with('\0') {
            let count = peer.stream.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "{request}: {reply}");
            reply.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        assert!(
            reply.contains(&format!("\"code\":{code}")) && reply.contains("jsonrpc"),
            "{request}: {reply}"
        );
    }
    let mut peer = Peer::connect(&daemon);
    peer.send("{\"id\":1,\"method\":\"kitchen.invert\",\"params\":[true],\"jsonrpc\":\"2.0\"}\0");
    assert_eq!(peer.reply(), json!({ "jsonrpc": "2.0", "id": 1, "result": false }));
    drop(peer);
    daemon.finish();
}

#[test]
fn items_come_one_by_one_until_either_side_ends_them() {
    let daemon = Daemon::start(TICKER, &[]);
    let (mut peer, mut publisher) = (Peer::connect(&daemon), daemon.client());
    peer.call(&json!({ "method": "local.ticker.Watch", "more": true }));
    until("it listens", || publisher.ask("ticker.publish", json!([0])) == 1);
    for _ in 0..2 {
        assert_eq!(publisher.ask("ticker.publish", json!([1])), 1);
        assert_eq!(
            peer.reply(),
            json!({ "parameters": { "number": 1, "beside": "" }, "continues": true }),
            "as soon as it is published"
        );
    }
    // The next call waits, and whoever hangs up no longer listens.
    peer.call(&json!({ "method": "local.ticker.Kept" }));
    drop(peer);
    until("nobody listens", || publisher.ask("ticker.publish", json!([0])) == 0);

    let mut peer = Peer::connect(&daemon);
    peer.call(&json!({ "method": "local.ticker.Fail", "more": true }));
    assert_eq!(peer.reply(), json!({ "parameters": { "result": 1 }, "continues": true }));
    assert_failed(&peer.reply(), 7, "no more");
    peer.call(&json!({ "method": "local.ticker.Refuse", "more": true }));
    assert_failed(&peer.reply(), -32500, "not now");
    peer.call(&json!({ "method": "local.ticker.Count", "parameters": { "to": 0 }, "more": true }));
    assert_eq!(peer.reply(), json!({ "parameters": {} }), "an end without an item");
    peer.call(
        &json!({ "method": "local.ticker.Count", "parameters": { "to": 2 }, "more": true, "oneway": true }),
    );
    assert_eq!(peer.ask("local.ticker.Kept", &json!({})), result(1));
    peer.call(&json!({ "method": "local.ticker.Watch", "more": true }));
    until("it listens", || publisher.ask("ticker.publish", json!([0])) == 1);
    drop(publisher);
    daemon.signal(Signal::SIGTERM);
    let farewell = json!({ "number": 0, "beside": "farewell" });
    let last: Vec<Value> = std::iter::from_fn(|| peer.next()).collect();
    assert_eq!(last[0]["parameters"], farewell);
    assert_eq!(last.last().unwrap()["continues"], Value::Null);
    daemon.ends_well();
}

#[test]
fn who_reads_too_slowly_sees_the_gap() {
    let daemon = Daemon::start(TICKER, &["--limit", "items=8", "--limit", "output_soft_time=1min"]);
    let (mut slow, mut quick) = (Peer::connect(&daemon), daemon.client());
    slow.call(&json!({ "method": "local.ticker.Watch", "more": true }));
    until("it listens", || quick.ask("ticker.publish", json!([0])) == 1);
    // Far more than the system and the daemon keep for a peer that does not read.
    let count = 2000;
    assert_eq!(quick.ask("ticker.publish", json!([count, 4096])), 1);
    let (mut next, mut gaps) = (1, 0);
    while next <= count {
        let item = slow.reply()["parameters"].take();
        let missed = item["missed"].as_u64().unwrap_or_default();
        gaps += missed;
        assert_eq!(item["number"], next + missed, "the gap is as long as it says");
        next += missed + 1;
    }
    assert!(gaps > 0);
    drop((slow, quick));
    daemon.finish();
}
