//! The Model Context Protocol: the official clients, the sub-command `mcp`, and what no well-meaning client sends.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::{Client, Daemon, Endpoint, Home, NO_NODE, Piped, node, node_modules, python, run, skip, until};
use serde_json::{Value, json};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const KITCHEN: &str = env!("CARGO_BIN_EXE_canteen");

const MODERN: &str = "2026-07-28";

/// Starts a daemon on a unix and on an inet socket; returns it and the address of the latter.
fn start(args: &[&str]) -> (Daemon, String) {
    let home = Home::new(TELLER);
    let unix = format!("unix:{}", home.socket().display());
    let sockets = ["--socket", &unix, "--socket", "tcp://127.0.0.1:0"];
    let daemon = Daemon::start_at(&home, &[&sockets, args].concat());
    let Endpoint::Tcp(address) = daemon.endpoints()[1].clone() else { panic!("no inet socket") };
    (daemon, address)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Returns the words of the sub-command that an assistant would be configured with.
fn words(home: &Home, socket: &str) -> Vec<String> {
    let program = home.program().to_str().unwrap();
    [program, "mcp", "--socket", socket].map(str::to_owned).to_vec()
}

fn unix(home: &Home) -> String {
    format!("unix:{}", home.socket().display())
}

/// Starts the sub-command.
fn bridge(home: &Home, socket: &str) -> Piped {
    let words = words(home, socket);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    Piped::start(command)
}

fn request(id: u64, method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn call(id: u64, tool: &str, arguments: &Value) -> String {
    request(id, "tools/call", &json!({ "name": tool, "arguments": arguments }))
}

/// Waits for the response to the request with this id.
#[track_caller]
fn response(bridge: &Piped, id: u64) -> Value {
    let line = bridge.stdout().wait_for(&format!("\"id\":{id},"));
    serde_json::from_str(&line).unwrap()
}

/// Connects to the unix socket of a daemon, and greets it.
fn greeted(daemon: &Daemon) -> Client {
    let mut client = daemon.client();
    client.send("MCP");
    assert_eq!(client.line(), "MCP");
    client
}

fn ask(client: &mut Client, message: &str) -> Value {
    client.send(message);
    serde_json::from_str(&client.line()).unwrap()
}

#[track_caller]
fn assert_well(mut client: Command, words: &[String]) {
    let finished = run({
        client.args(words);
        client
    });
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
}

#[test]
fn the_sdk_of_python_is_served_in_both_eras_by_both_doors() {
    let Some(python) = python(&["mcp", "mcp.client.client"]) else {
        return skip("the Python SDK (PyPI: mcp, version 2) is not here");
    };
    let (daemon, address) = start(&[]);
    for (mode, version) in [("legacy", "2025-11-25"), ("auto", MODERN)] {
        for server in [words(daemon.home(), &unix(daemon.home())), vec![format!("http://{address}/mcp")]] {
            let mut client = Command::new(&python);
            client.arg(script("mcp_client.py")).args([mode, version]);
            assert_well(client, &server);
        }
    }
    daemon.finish();
}

#[test]
fn the_sdk_of_typescript_is_served_by_both_doors() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let (daemon, address) = start(&[]);
    for server in [words(daemon.home(), &unix(daemon.home())), vec![format!("http://{address}/mcp")]] {
        let mut client = node(&modules);
        client.arg(script("mcp_client.js"));
        assert_well(client, &server);
    }
    daemon.finish();
}

#[test]
fn without_a_daemon_the_sub_command_says_how_to_start_it_and_finds_it_later() {
    let home = Home::new(TELLER);
    let mut bridge = bridge(&home, &unix(&home));
    bridge.say(&request(1, "initialize", &json!({ "protocolVersion": "2025-06-18" })));
    assert_eq!(response(&bridge, 1)["result"]["protocolVersion"], "2025-06-18");
    bridge.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    bridge.say(&request(2, "tools/list", &json!({})));
    assert!(response(&bridge, 2)["result"]["tools"].to_string().contains("teller-echo"));
    bridge.say(&call(3, "teller-echo", &json!({ "text": "a" })));
    let refused = response(&bridge, 3);
    assert_eq!(refused["result"]["isError"], true);
    let text = refused["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("it is not running; `teller -d` starts it"), "{text}");
    bridge.say(&request(4, "resources/list", &json!({})));
    assert_eq!(response(&bridge, 4)["error"]["code"], -32601);
    bridge.say("{");
    bridge.stdout().wait_for("-32700");

    let daemon = Daemon::start_at(&home, &["--socket", &unix(&home)]);
    bridge.say(&call(5, "teller-echo", &json!({ "text": "a" })));
    assert_eq!(response(&bridge, 5)["result"]["structuredContent"], json!({ "result": "a" }));
    // What waits when the daemon ends gets a response, too.
    bridge.say(&call(6, "teller-silence", &json!({})));
    bridge.say(&call(7, "teller-later", &json!({ "text": "a", "milliseconds": 3_600_000 })));
    bridge.say(&call(8, "teller-echo", &json!({ "text": "sync" })));
    response(&bridge, 8);
    daemon.terminate();
    assert!(response(&bridge, 7)["result"]["isError"] == true || response(&bridge, 7)["error"].is_object());
    response(&bridge, 6);
    bridge.say(&call(9, "teller-echo", &json!({ "text": "a" })));
    assert_eq!(response(&bridge, 9)["result"]["isError"], true);

    let daemon = Daemon::start_at(&home, &["--socket", &unix(&home)]);
    bridge.say(&call(10, "teller-echo", &json!({ "text": "b" })));
    assert_eq!(response(&bridge, 10)["result"]["structuredContent"], json!({ "result": "b" }));
    let finished = bridge.finish();
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    daemon.finish();
}

#[test]
fn a_socket_without_the_protocol_is_named() {
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    let Endpoint::Tcp(address) = &daemon.endpoints()[0] else { panic!("no inet socket") };
    let home = Home::new(TELLER);
    let mut bridge = bridge(&home, &format!("tcp://{address}"));
    bridge.say(&call(1, "teller-echo", &json!({ "text": "a" })));
    let text = response(&bridge, 1).to_string();
    assert!(text.contains("this socket does not speak MCP"), "{text}");
    bridge.finish();
    daemon.finish();
}

#[test]
fn a_message_that_is_too_long_for_the_daemon_gets_an_error_and_the_next_one_is_served() {
    let (daemon, _) = start(&["--limit", "frame=1000"]);
    let mut bridge = bridge(daemon.home(), &unix(daemon.home()));
    bridge.say(&call(1, "teller-echo", &json!({ "text": "x".repeat(2000) })));
    let text = response(&bridge, 1)["error"]["message"].to_string();
    assert!(text.contains("the daemon hung up: a message is longer than 1000 bytes"), "{text}");
    bridge.stderr().wait_for("a message is longer than 1000 bytes");
    bridge.say(&call(2, "teller-echo", &json!({ "text": "a" })));
    assert_eq!(response(&bridge, 2)["result"]["structuredContent"]["result"], "a");
    assert_eq!(bridge.finish().code, Some(0));
    daemon.finish();
}

#[test]
fn a_revision_is_agreed_on() {
    let (daemon, _) = start(&[]);
    let mut client = greeted(&daemon);
    for (asked, agreed) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("2024-01-01", "2025-11-25"),
        (MODERN, "2025-11-25"),
    ] {
        let answer = ask(&mut client, &request(1, "initialize", &json!({ "protocolVersion": asked })));
        assert_eq!(answer["result"]["protocolVersion"], agreed, "{asked}");
        assert!(answer["result"].get("resultType").is_none(), "{answer}");
    }
    let meta = |version: &str| {
        json!({ "_meta": {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {} } })
    };
    let found = ask(&mut client, &request(1, "server/discover", &meta(MODERN)));
    assert_eq!(found["result"]["supportedVersions"][0], MODERN);
    assert_eq!(found["result"]["resultType"], "complete");
    assert_eq!(found["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "teller");
    let ping = ask(&mut client, &request(1, "ping", &meta(MODERN)));
    assert_eq!(ping["result"]["resultType"], "complete");
    let unknown = ask(&mut client, &request(1, "ping", &meta("1900-01-01")));
    assert_eq!(
        (&unknown["error"]["code"], &unknown["error"]["data"]["requested"]),
        (&json!(-32022), &json!("1900-01-01"))
    );
    assert_eq!(ask(&mut client, &request(1, "server/discover", &json!({})))["error"]["code"], -32602);
    drop(client);
    daemon.finish();
}

#[test]
fn malformed_messages_are_answered_and_the_next_one_is_served() {
    let (daemon, _) = start(&[]);
    let mut client = greeted(&daemon);
    let deep = "[".repeat(200) + &"]".repeat(200);
    for (message, code) in [
        ("{".to_owned(), -32700),
        ("\u{1}".to_owned(), -32700),
        ("5".to_owned(), -32600),
        (format!("[{}]", request(1, "ping", &json!({}))), -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#.to_owned(), -32600),
        (request(1, "nothing", &json!({})), -32601),
        (request(1, "teller.echo", &json!({ "text": "a" })), -32601),
        (request(1, "tools/call", &json!({})), -32602),
        (request(1, "tools/call", &json!([])), -32602),
        (request(1, "initialize", &json!(["2025-06-18"])), -32602),
        (request(1, "tools/call", &json!({ "name": 5 })), -32602),
        (request(1, "tools/call", &json!({ "name": "teller-echo", "arguments": ["a"] })), -32602),
        (request(1, "tools/call", &json!({ "name": "teller.echo", "arguments": { "text": "a" } })), -32602),
        (
            request(
                1,
                "tools/call",
                &json!({ "name": "teller-count", "arguments": { "to": 1 }, "_meta": { "progressToken": {} } }),
            ),
            -32602,
        ),
        (request(1, "tools/list", &json!({ "cursor": "x" })), -32602),
        (request(1, "tools/list", &json!({ "cursor": 5 })), -32602),
        (call(1, "teller-echo", &json!({ "text": 5 })).replace('5', &deep), -32600),
    ] {
        let answer = ask(&mut client, &message);
        assert_eq!(answer["error"]["code"], code, "{message}: {answer}");
    }
    // These get no answer.
    for message in [
        "",
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[5]}"#,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"teller-reset"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    ] {
        client.send(message);
    }
    let echo = ask(&mut client, &call(1, "teller-echo", &json!({ "text": "still here" })));
    assert_eq!(echo["result"]["structuredContent"]["result"], "still here");
    drop(client);
    daemon.finish();
}

#[test]
fn a_conversation_is_the_same_however_it_is_cut() {
    let (daemon, _) = start(&[]);
    let lines = [
        "MCP".to_owned(),
        request(1, "initialize", &json!({ "protocolVersion": "2025-06-18" })),
        call(2, "teller-echo", &json!({ "text": "é" })),
        "{".to_owned(),
        request(3, "ping", &json!({})),
    ];
    let stream = lines.join("\n");
    let mut expected: Option<Vec<String>> = None;
    for size in [1, 2, 3, 7, 50, stream.len()] {
        let mut client = daemon.client();
        for piece in stream.as_bytes().chunks(size) {
            client.send_bytes(piece);
        }
        client.close_writing();
        let answers = client.rest();
        assert_eq!(answers.len(), lines.len(), "{answers:?}");
        assert_eq!(&answers, expected.get_or_insert(answers.clone()), "pieces of {size} bytes");
    }
    // Cut off at any byte, what was complete is answered, and the rest is an error at most.
    for end in 0..stream.len() {
        let mut client = daemon.client();
        client.send_bytes(&stream.as_bytes()[..end]);
        client.close_writing();
        let complete = stream.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count();
        assert!(client.rest().len() >= complete, "{end} bytes");
    }
    daemon.finish();
}

#[test]
fn limits_hold() {
    let (daemon, _) = start(&[
        "--limit",
        "frame=2000",
        "--limit",
        "half_frame=300ms",
        "--limit",
        "output_hard=3000",
        "--limit",
        "items=5",
    ]);
    let mut long = greeted(&daemon);
    let _ = long.try_send(&[b'x'; 3000]);
    assert!(long.rest()[0].contains("a message is longer than 2000 bytes"));
    let mut half = greeted(&daemon);
    half.send_bytes(b"{");
    assert!(half.rest()[0].contains("the message has no end"));
    let mut client = greeted(&daemon);
    // Its JSON is in the response twice.
    let text = "\"".repeat(700);
    let big = ask(&mut client, &call(1, "teller-echo", &json!({ "text": text })));
    assert_eq!(big["result"]["isError"], true, "{big}");
    assert!(big.to_string().contains("longer than 3000 bytes"), "{big}");
    let many = ask(&mut client, &call(2, "teller-count", &json!({ "to": 100 })));
    let structured = &many["result"]["structuredContent"];
    assert_eq!(
        (structured["items"].as_array().unwrap().len(), &structured["more"]),
        (5, &json!(true)),
        "{many}"
    );
    drop(client);
    daemon.finish();
}

#[test]
fn a_cancelled_call_gets_no_response_and_a_subscription_of_it_ends() {
    let (daemon, _) = start(&["--limit", "subscriptions=1"]);
    let mut client = greeted(&daemon);
    for id in 1..4 {
        // Each would be refused if the one before were left.
        client.send(&call(id, "teller-silence", &json!({})));
        let cancel =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        client.send(&cancel.to_string());
    }
    client.send(&call(4, "teller-later", &json!({ "text": "a", "milliseconds": 3_600_000 })));
    client.send(
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4,"reason":"no need"}}"#,
    );
    assert_eq!(ask(&mut client, &request(5, "ping", &json!({})))["id"], 5);
    client.assert_silence(Duration::from_millis(50));
    // One that has sent too much does not count either.
    for id in 6..8 {
        let many = ask(&mut client, &call(id, "teller-count", &json!({ "to": 2000 })));
        assert_eq!(many["result"]["structuredContent"]["more"], true, "{}", many["result"]["content"]);
    }
    drop(client);
    daemon.finish();
}

#[test]
fn the_sub_command_answers_every_request_before_it_ends() {
    let (daemon, _) = start(&[]);
    let mut bridge = bridge(daemon.home(), &unix(daemon.home()));
    let deep = "[".repeat(70) + &"]".repeat(70);
    bridge.say(&call(1, "teller-echo", &json!({ "text": 5 })).replace('5', &deep));
    assert_eq!(response(&bridge, 1)["error"]["code"], -32600);
    bridge.say(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#);
    bridge.stdout().wait_for(r#""id":1.5,"#);
    bridge.say(r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#);
    bridge.say(&call(2, "teller-later", &json!({ "text": "late", "milliseconds": 2500 })));
    bridge.say(&call(3, "teller-drip", &json!({ "to": 3, "milliseconds": 50 })));
    let finished = bridge.finish();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(finished.stdout.contains(r#""structuredContent":{"result":"late"}"#), "{}", finished.stdout);
    assert!(finished.stdout.contains(r#""structuredContent":{"items":[1,2,3]}"#), "{}", finished.stdout);
    daemon.finish();
}

#[test]
fn the_sub_command_says_why_the_daemon_hung_up() {
    let (daemon, _) = start(&["--limit", "connections=1"]);
    let mut other = greeted(&daemon);
    let mut bridge = bridge(daemon.home(), &unix(daemon.home()));
    bridge.say(&call(1, "teller-echo", &json!({ "text": "a" })));
    let text = response(&bridge, 1).to_string();
    assert!(text.contains("1 connections are open, which is the limit"), "{text}");
    assert_eq!(ask(&mut other, &request(1, "ping", &json!({})))["id"], 1);
    drop(other);
    bridge.finish();
}

#[test]
fn ids_and_tokens_are_bounded() {
    let (daemon, _) = start(&[]);
    let mut client = greeted(&daemon);
    let long = "x".repeat(255);
    let refused = ask(&mut client, &json!({ "jsonrpc": "2.0", "id": long, "method": "ping" }).to_string());
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(long), &json!(-32600)), "{refused}");
    let params =
        json!({ "name": "teller-count", "arguments": { "to": 1 }, "_meta": { "progressToken": long } });
    let refused = ask(&mut client, &request(1, "tools/call", &params)).to_string();
    assert!(refused.contains("`progressToken` is longer than 256 bytes"), "{refused}");
    drop(client);
    daemon.finish();
}

#[test]
fn a_stream_that_the_daemon_ends_says_that_there_is_more() {
    let (daemon, _) = start(&[]);
    let structured = |answer: Value| answer["result"]["structuredContent"].clone();
    let cut = json!({ "items": [], "more": true, "reason": "the daemon ended the stream" });
    let (mut client, mut ended) = (greeted(&daemon), greeted(&daemon));
    ended.send(&call(1, "teller-drip", &json!({ "to": 1, "milliseconds": 3_600_000 })));
    ended.close_writing();
    assert_eq!(structured(serde_json::from_str(&ended.line()).unwrap()), cut);
    client.send(&call(1, "teller-silence", &json!({})));
    assert_eq!(ask(&mut client, &request(2, "ping", &json!({})))["id"], 2);
    daemon.terminate();
    assert_eq!(structured(serde_json::from_str(&client.line()).unwrap()), cut);
}

/// Sends a request over HTTP, and returns its status, its head and its body.
fn post(mut stream: impl Read + Write, head: &str, body: &str) -> (u16, String, String) {
    let request =
        format!("{head}Host: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

#[test]
fn a_post_is_checked_before_it_is_served() {
    let (daemon, address) = start(&[]);
    let modern = |method: &str, version: &str| {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        request(1, method, &json!({ "name": "teller-served", "_meta": meta }))
    };
    let json = "Content-Type: application/json\r\n";
    let version = "MCP-Protocol-Version: 2026-07-28\r\n";
    let method = "Mcp-Method: tools/call\r\n";
    let name = "Mcp-Name: teller-served\r\n";
    for (headers, body, status, text) in [
        (json.to_owned(), request(1, "ping", &json!({})), 200, "\"result\":{}"),
        (json.to_owned(), request(1, "nothing", &json!({})), 200, "-32601"),
        (json.to_owned(), r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned(), 202, ""),
        (json.to_owned(), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(), 202, ""),
        (json.to_owned(), "{".to_owned(), 400, "-32700"),
        (json.to_owned(), String::new(), 400, "the body is empty"),
        (
            json.to_owned() + "MCP-Protocol-Version: 2025-06-18\r\n",
            request(1, "ping", &json!({})),
            200,
            "\"result\"",
        ),
        (
            json.to_owned() + "MCP-Protocol-Version: 1900-01-01\r\n",
            request(1, "ping", &json!({})),
            400,
            "-32022",
        ),
        (json.to_owned() + version + method + name, modern("tools/call", MODERN), 200, "structuredContent"),
        (json.to_owned() + version, modern("tools/call", MODERN), 400, "-32020"),
        (json.to_owned() + version + method, modern("tools/call", MODERN), 400, "-32020"),
        (
            json.to_owned() + version + method + "Mcp-Name: teller-reset\r\n",
            modern("tools/call", MODERN),
            400,
            "-32020",
        ),
        (json.to_owned() + method + name, modern("tools/call", MODERN), 400, "-32020"),
        (json.to_owned() + version + "Mcp-Method: ping\r\n", request(1, "ping", &json!({})), 400, "-32020"),
        (json.to_owned() + version + "Mcp-Method: nothing\r\n", modern("nothing", MODERN), 404, "-32601"),
        (
            json.to_owned() + "Origin: http://evil.example\r\n",
            request(1, "ping", &json!({})),
            403,
            "evil.example",
        ),
        ("Content-Type: text/plain\r\n".to_owned(), request(1, "ping", &json!({})), 415, "application/json"),
    ] {
        let stream = TcpStream::connect(&address).unwrap();
        let (found, head, answer) = post(stream, &format!("POST /mcp HTTP/1.1\r\n{headers}"), &body);
        assert_eq!(found, status, "{headers}{body}: {answer}");
        assert!(answer.contains(text), "{headers}{body}: {answer}");
        assert!(answer.is_empty() || head.contains("content-type: application/"), "{head}");
    }
    for method in ["GET", "DELETE"] {
        let stream = UnixStream::connect(daemon.home().socket()).unwrap();
        let (status, head, _) = post(stream, &format!("{method} /mcp HTTP/1.1\r\n"), "");
        assert!(status == 405 && head.contains("allow: post, options"), "{method}: {status} {head}");
    }
    daemon.finish();
}

#[test]
fn a_peer_that_hangs_up_cancels_its_call() {
    let (daemon, address) = start(&[]);
    let mut json = daemon.client();
    let body =
        request(1, "tools/call", &json!({ "name": "teller-silence", "_meta": { "progressToken": 1 } }));
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n";
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    until("the connection is gone", || json.ask("daemon.status", json!([]))["connections"] == 1);
    drop(json);
    daemon.finish();
}
