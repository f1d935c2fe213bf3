//! Where a daemon's messages go, and what happens to them when nothing reads them.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use harness::{Daemon, Detached, Home, until};
use nix::sys::signal::Signal;
use serde_json::json;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const TEAM: &str = env!("CARGO_BIN_EXE_team");

/// Creates a directory for logs, separate from the daemon's files.
fn logs() -> Home {
    Home::new(ECHO)
}

#[test]
fn a_detached_daemon_and_its_workers_write_to_the_file_they_are_given() {
    let (home, logs) = (Home::new(TEAM), logs());
    let (path, moved) = (logs.path().join("team.log"), logs.path().join("team.log.1"));
    let daemon = Detached::start(&home, &["-v", "--log", path.to_str().unwrap()]);
    let text = || fs::read_to_string(&path).unwrap_or_default();
    let mut client = daemon.client();
    until("the daemon has said that it is ready", || {
        client.ask("team.ping", json!([]));
        text().contains("ready on unix:")
    });
    // From the worker, not the daemon's message about the worker's end.
    let panics = |text: &str| {
        text.lines().filter(|line| line.contains("ERROR") && line.contains("panic: the end is near")).count()
    };
    client.fault("hands.end", json!(["panic"]));
    assert_eq!(panics(&text()), 1, "{}", text());
    fs::rename(&path, &moved).unwrap();
    daemon.process().signal(Signal::SIGHUP);
    until("the daemon has opened it again", || {
        client.ask("team.ping", json!([]));
        path.exists()
    });
    client.ask("hands.double", json!([2]));
    client.fault("hands.end", json!(["panic"]));
    assert_eq!((panics(&text()), panics(&fs::read_to_string(&moved).unwrap())), (1, 1), "{}", text());
    drop(client);
    daemon.process().signal(Signal::SIGTERM);
    daemon.process().wait();
    daemon.assert_gone();
    assert!(text().contains("stopped"), "{}", text());
}

#[test]
fn syslog_gets_the_start_and_the_end() {
    let (home, logs) = (Home::new(ECHO), logs());
    for system in ["syslog", "journal"] {
        let path = logs.path().join(system);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let daemon = Detached::start(&home, &["--log", &format!("{system}:{}", path.display())]);
        daemon.finish();
        let next = || {
            let mut message = [0; 4096];
            let count = socket.recv(&mut message).unwrap();
            String::from_utf8_lossy(&message[..count]).into_owned()
        };
        let mut said = Vec::new();
        while !said.last().is_some_and(|last: &String| last.contains("stopped")) {
            said.push(next());
        }
        assert!(said[0].contains("ready on unix:"), "{said:?}");
        let head =
            if system == "syslog" { "<30>echo[" } else { "PRIORITY=6\nSYSLOG_IDENTIFIER=echo\nMESSAGE=" };
        assert!(said.iter().all(|message| message.starts_with(head)), "{said:?}");
    }
}

#[test]
fn a_log_that_cannot_be_opened_fails_the_start() {
    let home = Home::new(ECHO);
    for (target, reason) in [
        ("/nowhere/x.log", "cannot write the log to `/nowhere/x.log`: No such file"),
        ("syslog:/nowhere/log", "cannot write the log to `syslog:/nowhere/log`"),
        ("/", "Is a directory"),
    ] {
        for way in ["-f", "-d"] {
            let finished = home.run(&[way, "--log", target]);
            assert_eq!(finished.code, Some(1), "{way} {target}: {finished:#?}");
            assert!(finished.stderr.contains(reason), "{way} {target}: {finished:#?}");
        }
    }
    assert_eq!(home.run(&["-f", "--log", ""]).code, Some(2));
    home.assert_empty();
}

#[test]
fn text_from_a_caller_cannot_add_a_line_to_the_log() {
    let daemon = Daemon::start(KITCHEN, &["-vv"]);
    let mut client = daemon.client();
    let text = "\n1999-01-01T00:00:00Z  INFO forged\r\x1b[2J";
    client.fault("kitchen.panic", json!([text]));
    client.fault(text, json!([]));
    drop(client);
    let log = daemon.finish().log;
    assert!(log.contains("panic: ") && log.contains("\\n1999-01-01"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("1999-01-01")), "{log}");
    assert!(!log.contains(['\r', '\x1b']), "{log}");
}

#[test]
fn refusals_and_signals_in_quick_succession_are_counted() {
    let daemon = Daemon::start(ECHO, &["--limit", "connections=1"]);
    const MANY: u64 = 200;
    const REFUSED: &str = "refused connections: 1 connections are open, which is the limit";
    let start = Instant::now();
    let mut client = daemon.client();
    client.ask("my.echo", json!(["here"]));
    for _ in 0..MANY {
        assert!(!daemon.client().is_admitted());
        daemon.signal(Signal::SIGHUP);
    }
    let count = |line: &String| Some(line.rsplit_once("count=")?.1.trim().parse::<u64>().unwrap());
    let refused =
        |log: &[String]| -> u64 { log.iter().filter(|line| line.contains(REFUSED)).filter_map(count).sum() };
    until("all refusals are logged", || {
        client.ask("my.echo", json!(["here"]));
        refused(&daemon.log().lines()) == MANY
    });
    daemon.log().wait_for("signals signal=SIGHUP");
    drop(client);
    let log = daemon.finish().log;
    let told = |what: &str| log.lines().filter(|line| line.contains(what)).count() as u64;
    // At most one per second, for as many seconds as this took.
    let most = start.elapsed().as_secs() + 2;
    assert!(told("refused connections") <= most && told("SIGHUP") <= most, "{most}: {log}");
}
