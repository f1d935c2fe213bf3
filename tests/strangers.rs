//! Foreign peers: a web page, another user, a client that does not end its lines.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use harness::{Client, Daemon, Home};
use nix::sys::signal::Signal;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use serde_json::{Value, json};

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");

const INET: &str = "tcp://127.0.0.1:0";

/// Starts a daemon on a unix and on an inet socket; returns it and a client of each.
fn on_both(program: &str, args: &[&str]) -> (Daemon, Client, Client) {
    let home = Home::new(program);
    let unix = format!("unix:{}", home.socket().display());
    let daemon = Daemon::start_at(&home, &[&["--socket", &unix, "--socket", INET], args].concat());
    let [unix, inet] = [0, 1].map(|at: usize| Client::connect(&daemon.endpoints()[at]));
    (daemon, unix, inet)
}

#[test]
fn a_web_page_calls_nothing() {
    let (daemon, mut owner, _) = on_both(ECHO, &[]);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"my.echo","params":["called by a web page"]}"#;
    // What a browser lets any page send: a simple request, as the Fetch standard calls it.
    let headers = "Host: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Type: text/plain;charset=UTF-8";
    for first in ["POST / HTTP/1.1", "GET /x?\n HTTP/1.1"] {
        let mut page = Client::connect(&daemon.endpoints()[1]);
        page.send_bytes(
            format!("{first}\r\n{headers}\r\nContent-Length: 9999\r\n\r\n\n{call}\n{call}\n").as_bytes(),
        );
        let answer = page.rest();
        assert!(!answer.iter().any(|line| line.contains("called by")), "{answer:#?}");
        if first.starts_with("POST") {
            assert_eq!(answer[0], "HTTP/1.1 400 Bad Request\r", "{answer:#?}");
        }
    }
    assert_eq!(owner.ask("echo.served", json!([])), 0);
    drop(owner);
    daemon.finish();
}

#[test]
fn an_inet_connection_ends_at_a_line_that_is_no_message() {
    let (daemon, mut unix, mut inet) = on_both(ECHO, &[]);
    for client in [&mut unix, &mut inet] {
        client.send("");
        client.send("Host: 127.0.0.1");
        let fault: Value = serde_json::from_str(&client.line()).unwrap();
        assert_eq!(fault["error"]["code"], -32700);
    }
    assert_eq!(inet.rest(), [""; 0]);
    assert_eq!(unix.ask("echo.served", json!([])), 0);
    drop((unix, inet));
    daemon.finish();
}

#[test]
fn a_client_that_does_not_end_its_message_gets_a_fault_before_it_is_cut() {
    let daemon = Daemon::start(ECHO, &["--limit", "half_frame=50ms"]);
    let mut client = daemon.client();
    client.send_bytes(br#"{"jsonrpc":"2.0","id":1,"method":"echo.served""#);
    let fault: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(fault["error"]["code"], -32300);
    let reason = fault["error"]["data"]["reason"].as_str().unwrap();
    assert!(reason.contains("the message has no end"), "{reason}");
    assert_eq!(client.rest(), [""; 0]);
    drop(client);
    daemon.finish();
}

#[test]
fn inet_clients_leave_room_for_the_owner() {
    let (daemon, mut owner, first) = on_both(ECHO, &["--limit", "connections=32"]);
    let inet = || Client::connect(&daemon.endpoints()[1]);
    let mut others: Vec<Client> = (0..20).map(|_| inet()).collect();
    let admitted = others.iter_mut().filter_map(|client| client.is_admitted().then_some(())).count();
    assert_eq!(admitted, 15, "with the first they have half");
    let mut refused = inet();
    let fault: Value = serde_json::from_str(&refused.line()).unwrap();
    let reason = fault["error"]["data"]["reason"].as_str().unwrap();
    assert!(reason.contains("16 connections are open from inet sockets"), "{reason}");
    assert_eq!(owner.ask("daemon.status", json!([]))["connections"], 17);
    drop((first, others, refused, owner));
    daemon.finish();
}

#[test]
fn a_refused_command_says_why() {
    let (daemon, mut owner, mut first) = on_both(ECHO, &["--limit", "connections=2"]);
    assert!(owner.is_admitted() && first.is_admitted());
    let socket = format!("unix:{}", daemon.home().socket().display());
    let finished = daemon.home().run(&["call", "my.echo", "hello", "--socket", &socket]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("2 connections are open, which is the limit"), "{finished:#?}");
    drop((owner, first));
    daemon.finish();
}

#[test]
fn a_stop_loses_no_answer_on_an_inet_socket() {
    let (daemon, owner, mut inet) = on_both(KITCHEN, &[]);
    let text = "x".repeat(2000);
    let mut writer = inet.writer();
    let calls = std::thread::spawn(move || {
        // More than the sockets hold: the daemon stops while much of it is unread. Requests that it does not read are
        // not answered.
        (0..20_000)
            .take_while(|id| {
                let call = json!({ "jsonrpc": "2.0", "id": id, "method": "kitchen.same", "params": [text] });
                writer.try_send(format!("{call}\n").as_bytes()).is_ok()
            })
            .count()
    });
    let first: Value = serde_json::from_str(&inet.line()).unwrap();
    assert_eq!(first["id"], 0);
    drop(owner);
    let process = daemon.process();
    process.signal(Signal::SIGTERM);
    daemon.log().wait_for("stopping");
    let mut answers = 1;
    while let Some(line) = inet.next_line() {
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], answers, "in order, and none left out");
        answers += 1;
    }
    drop(inet);
    calls.join().unwrap();
    let log = daemon.ends_well().log;
    assert!(!log.contains("does not hang up"), "{log}");
}

/// Returns a socket that accepts nothing, and whose queue is full.
fn full(path: &Path) -> (OwnedFd, UnixStream) {
    let listener = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    bind(listener.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    (listener, UnixStream::connect(path).unwrap())
}

#[test]
fn a_socket_that_accepts_nobody_holds_up_no_start_and_no_command() {
    let home = Home::new(ECHO);
    let (_listener, _waiting) = full(&home.socket());
    for way in ["-f", "-d"] {
        let finished = home.run(&[way]);
        assert_eq!(finished.code, Some(1), "{way}: {finished:#?}");
        assert!(finished.stderr.contains("another process listens on it"), "{way}: {finished:#?}");
    }
    for command in [&["call", "my.echo", "x"][..], &["methods"], &["reload"]] {
        let finished = home.run(&[command, &["--timeout", "50ms"]].concat());
        assert_eq!(finished.code, Some(124), "{command:?}: {finished:#?}");
        assert!(
            finished.stderr.contains("has accepted no connection for 50ms"),
            "{command:?}: {finished:#?}"
        );
    }
    assert_eq!(home.run(&["status"]).code, Some(3));
}

#[test]
fn a_daemon_that_does_not_answer_holds_up_no_command() {
    let daemon = Daemon::start(ECHO, &[]);
    daemon.signal(Signal::SIGSTOP);
    for command in ["call my.echo x", "my.echo --message x", "methods", "reload", "status"] {
        let words: Vec<&str> = command.split(' ').chain(["--timeout", "50ms"]).collect();
        let finished = daemon.home().run(&words);
        assert_ne!(finished.code, Some(0), "{command}: {finished:#?}");
        let said = finished.stdout + &finished.stderr;
        assert!(said.contains("no reply in time"), "{command}: {said}");
    }
    daemon.signal(Signal::SIGCONT);
    daemon.finish();
}
