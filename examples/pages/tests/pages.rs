//! The daemon against servers that answer, are slow, close early, or are not there.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use harness::{Client, Daemon, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const PAGES: &str = env!("CARGO_BIN_EXE_pages");

/// A server that handles each connection with `serve`, and the address of a page of it.
fn server(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/page", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    url
}

fn answers(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
}

fn closes_early(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
}

/// Keeps the connection, and never answers.
fn hangs(stream: TcpStream) {
    std::mem::forget(stream);
}

#[test]
fn a_page_is_fetched_once() {
    let url = server(answers);
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    for _ in 0..2 {
        assert_eq!(client.ask("pages.fetch", json!([url])), json!({"status": 200, "length": 5}));
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn what_goes_wrong_with_a_server_is_a_fault() {
    let nobody = {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/page", closed.local_addr().unwrap())
    };
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    for url in [nobody, server(closes_early)] {
        let fault = client.fault("pages.fetch", json!([url]));
        assert_eq!(fault["code"], -32500);
        assert!(
            fault["message"].as_str().unwrap().starts_with(&format!("cannot fetch `{url}`: ")),
            "{fault}"
        );
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_future_that_never_ends_is_dropped_when_its_time_is_up() {
    let url = server(hangs);
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    let fault = client.fault("pages.fetch", json!([url]));
    assert_eq!((&fault["code"], &fault["data"]), (&json!(-32003), &json!({"seconds": 2.0})));
    until("it is dropped", || client.ask("pages.fetching", json!([])) == 0);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_future_is_dropped_when_its_caller_hangs_up() {
    let url = server(hangs);
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    let mut other = daemon.client();
    other.request(1, "pages.fetch", &json!([url]));
    until("it runs", || client.ask("pages.fetching", json!([])) == 1);
    drop(other);
    until("it is dropped", || client.ask("pages.fetching", json!([])) == 0);
    drop(client);
    daemon.terminate();
}

#[test]
fn slow_calls_hold_up_nobody_else() {
    let url = server(hangs);
    let daemon = Daemon::start(PAGES, &["--limit", "futures=3"]);
    let mut client = daemon.client();
    let mut waiting: Vec<_> = (0..3).map(|_| daemon.client()).collect();
    for other in &mut waiting {
        other.request(1, "pages.fetch", &json!([url]));
    }
    until("they run", || client.ask("pages.fetching", json!([])) == 3);
    let fault = client.fault("pages.fetch", json!([url]));
    assert_eq!(fault["code"], -32300, "one too many: {fault}");
    assert!(fault.to_string().contains("the limit `futures`"), "{fault}");
    drop((client, waiting));
    daemon.terminate();
}

#[test]
fn a_panic_is_one_fault() {
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    let fault = client.fault("pages.panic", json!([]));
    assert_eq!(
        (&fault["code"], &fault["data"]),
        (&json!(-32603), &json!({"reason": "the handler panicked"}))
    );
    assert_eq!(client.ask("pages.fetching", json!([])), 0, "the daemon goes on");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_stop_waits_for_futures_and_a_second_signal_does_not() {
    let url = server(hangs);
    let daemon = Daemon::start(PAGES, &["--limit", "drain=1h"]);
    let mut client = daemon.client();
    client.request(1, "pages.fetch", &json!([url]));
    let mut other = daemon.client();
    until("it runs", || other.ask("pages.fetching", json!([])) == 1);
    daemon.signal(Signal::SIGTERM);
    daemon.log().wait_for("stopping");
    let reply = client.line();
    assert!(reply.contains("-32003"), "it was answered while the daemon stopped: {reply}");
    drop((client, other));
    daemon.ends_well();
}

#[test]
fn a_future_may_stop_the_daemon() {
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("pages.close", json!([])), json!(null));
    drop(client);
    daemon.ends_well();
}

#[test]
fn the_runtime_starts_after_the_daemon_has_detached() {
    let url = server(answers);
    let home = harness::Home::new(PAGES);
    let daemon = harness::Detached::start(&home, &[""; 0]);
    assert_eq!(daemon.client().ask("pages.fetch", json!([url]))["length"], 5);
    assert_eq!(home.run(&["stop"]).code, Some(0));
    daemon.assert_gone();
}

/// Begins a subscription; returns its number.
fn subscribe(client: &mut Client, method: &str, params: Value) -> u64 {
    client.ask(method, params).as_u64().unwrap()
}

/// Returns the parameters of the next notification.
fn item(client: &mut Client) -> Value {
    let mut line: Value = serde_json::from_str(&client.line()).unwrap();
    line["params"].take()
}

#[test]
fn a_stream_waits_for_a_caller_that_reads_slowly() {
    let daemon = Daemon::start(PAGES, &["--limit", "items=16"]);
    let mut client = daemon.client();
    let id = subscribe(&mut client, "pages.count", json!([20_000]));
    // The daemon serves others meanwhile.
    assert_eq!(daemon.client().ask("pages.fetching", json!([])), 0);
    for number in 1..=20_000 {
        assert_eq!(item(&mut client), json!({"subscription": id, "result": number}), "no gap");
    }
    assert_eq!(item(&mut client), json!({"subscription": id, "end": true}));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_stream_ends_with_its_first_error_or_when_nobody_listens() {
    let url = server(answers);
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    let id = subscribe(&mut client, "pages.watch", json!([url, "1ms"]));
    for _ in 0..3 {
        assert_eq!(item(&mut client)["result"], json!({"status": 200, "length": 5}));
    }
    // Items may come before its reply.
    client.request(7, "daemon.unsubscribe", &json!([id]));
    until("it is answered", || client.line().contains("\"id\":7"));

    subscribe(&mut client, "pages.watch", json!([server(closes_early), "1ms"]));
    let end = item(&mut client);
    assert_eq!((&end["end"], &end["error"]["code"]), (&json!(true), &json!(-32500)), "{end}");

    // A caller that hangs up ends the stream: the stop does not wait for it.
    subscribe(&mut client, "pages.watch", json!([url, "1h"]));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_stream_is_described_by_the_type_of_its_items() {
    let daemon = Daemon::start(PAGES, &[]);
    let mut client = daemon.client();
    let help = client.ask("system.methodHelp", json!(["pages.count"]));
    assert!(help.as_str().unwrap().contains("Count up to a number"), "{help}");
    let document = client.ask("rpc.discover", json!([]));
    let methods = document["methods"].as_array().unwrap();
    let watch = methods.iter().find(|method| method["name"] == "pages.watch").unwrap();
    assert_eq!(watch["result"]["schema"]["type"], "integer", "{watch}");
    assert!(watch["x-stream"].is_object(), "{watch}");
    drop(client);
    daemon.terminate();
}
