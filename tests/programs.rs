//! Other programs that a daemon starts: what they write, how they end, and that none of them is left.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon, Home, Process, until};
use serde_json::{Value, json};

const RUNNER: &str = env!("CARGO_BIN_EXE_runner");

fn run(client: &mut Client, script: &str) -> Value {
    client.ask("runner.run", json!([script]))
}

/// Starts a script that goes on, and returns its process.
fn begin(client: &mut Client, script: &str) -> Process {
    let pid = client.ask("runner.begin", json!([script])).as_i64().unwrap();
    Process::open(i32::try_from(pid).unwrap()).unwrap()
}

#[test]
fn a_program_writes_lines_and_ends() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let ended = run(&mut client, "echo one; printf 'two\\nthree'; exit 7");
    assert_eq!(ended, json!({"lines": ["one", "two", "three"], "code": 7, "signal": null}));
    let ended = run(&mut client, "echo oops >&2; kill -9 $$");
    assert_eq!(ended, json!({"lines": ["!oops"], "code": null, "signal": 9}));
    let ended = run(&mut client, "pwd; env | sort | grep -v _; cat; printf '\\377\\n'");
    let lines = json!(["/", "PATH", "PWD", "RUN=3", "\u{fffd}"]);
    let names: Vec<&str> =
        ended["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let names: Vec<&str> = names
        .iter()
        .map(|line| if line.starts_with('P') { line.split('=').next().unwrap() } else { line })
        .collect();
    assert_eq!(json!(names), lines, "{ended}");
    drop(client);
    daemon.finish();
}

#[test]
fn all_that_a_program_writes_arrives_before_its_end() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let ended = run(&mut client, "seq 1 20000");
    let lines = ended["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 20000);
    assert!(
        (1..).zip(lines).all(|(number, line): (u64, &Value)| line.as_str() == Some(&*number.to_string()))
    );
    // A line without an end comes in pieces.
    let ended = run(&mut client, "head -c 200000 /dev/zero | tr '\\0' x");
    let lengths: usize =
        ended["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().len()).sum();
    assert_eq!(lengths, 200_000);
    drop(client);
    daemon.finish();
}

#[test]
fn a_program_that_is_not_there_is_an_error_at_once() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    // Again and again: a child that could not run its program ends a moment after that is known.
    for name in ["no-such-program", "/no/such/program", "/etc/passwd", ""].repeat(20) {
        let fault = client.fault("runner.exec", json!([name]));
        let text = fault.to_string();
        assert!(text.contains(&format!("cannot start `{name}`")), "{text}");
    }
    assert_eq!(client.ask("runner.ended", json!([])), json!([]));
    client.ask("runner.exec", json!(["true"]));
    until("it has ended", || client.ask("runner.ended", json!([])) == json!(["exit status: 0"]));
    drop(client);
    daemon.finish();
}

#[test]
fn the_end_of_a_program_that_was_started_by_setup_is_seen_at_once() {
    let daemon = Daemon::start(RUNNER, &[]);
    daemon.log().wait_for("early end: exit status: 0");
    daemon.finish();
}

#[test]
fn a_program_ends_with_the_start_that_fails() {
    let home = Home::new(RUNNER);
    let failed = home.run(&["-f", "--broken"]);
    assert_eq!(failed.code, Some(1));
    let (_, pid) = failed.stderr.split_once("as asked, with process ").unwrap();
    let pid: i32 = pid.trim().parse().unwrap();
    assert!(Process::open(pid).is_none_or(|process| !process.is_running()));
}

#[test]
fn a_panic_over_a_line_loses_neither_the_other_lines_nor_the_end() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let ended = run(&mut client, "echo one; echo panic; seq 1 20000");
    assert_eq!((&ended["code"], ended["lines"].as_array().unwrap().len()), (&json!(0), 20_001));
    daemon.log().wait_for("the handler of the lines of a program panicked");
    drop(client);
    daemon.finish();
}

#[test]
fn a_program_that_is_always_started_again_ends_with_the_daemon() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    client.ask("runner.always", json!([]));
    drop(client);
    let log = daemon.terminate().log;
    assert!(log.contains("not started again: the daemon ends"), "{log}");
}

#[test]
fn many_programs_end_at_once() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    for id in 1..=100 {
        client.request(id, "runner.run", &json!(["echo $RUN"]));
    }
    let mut runs: Vec<u64> = (0..100)
        .map(|_| {
            let reply: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!(reply["result"]["code"], 0, "{reply}");
            reply["result"]["lines"][0].as_str().unwrap().parse().unwrap()
        })
        .collect();
    runs.sort_unstable();
    assert_eq!(runs, (1..=100).collect::<Vec<u64>>());
    drop(client);
    daemon.finish();
}

#[test]
fn a_program_that_is_asked_to_stop_may_say_goodbye() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let polite = begin(&mut client, "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done");
    let stubborn = begin(&mut client, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
    until("both have set their traps", || client.ask("runner.lines", json!([])) == 2);
    client.ask("runner.stop_all", json!([]));
    until("both have ended", || client.ask("runner.ended", json!([])).as_array().unwrap().len() == 5);
    let ended = client.ask("runner.ended", json!([]));
    let polite_end = json!(["ready", "bye", "code Some(3), signal None"]);
    assert_eq!(json!(ended.as_array().unwrap()[..3]), polite_end);
    assert_eq!(json!(ended.as_array().unwrap()[3..]), json!(["ready", "code None, signal Some(9)"]));
    assert!(!polite.is_running() && !stubborn.is_running());
    // It has ended already.
    client.ask("runner.stop_all", json!([]));
    drop(client);
    daemon.finish();
}

#[test]
fn what_a_program_has_started_ends_with_it() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let ended = run(&mut client, "sleep 1000 & echo $!");
    let left: i32 = ended["lines"][0].as_str().unwrap().parse().unwrap();
    until("it is gone", || Process::open(left).is_none_or(|process| !process.is_running()));
    drop(client);
    daemon.finish();
}

#[test]
fn no_program_outlives_the_daemon() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let programs =
        [begin(&mut client, "trap '' TERM; while :; do sleep 0.05; done"), begin(&mut client, "sleep 1000")];
    drop(client);
    daemon.terminate();
    assert!(programs.iter().all(|program| !program.is_running()));
}

#[test]
fn the_end_of_a_program_may_end_the_daemon() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    client.ask("runner.fail_after", json!(["exit 4"]));
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.log.contains("it has ended: exit status: 4"), "{}", ended.log);

    // Even if the daemon is stopping anyway.
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    client.ask("runner.fail_after", json!(["exec sleep 1000"]));
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.log.contains("it has ended: signal: 15"), "{}", ended.log);
}

#[test]
fn what_runs_for_the_end_of_a_program_belongs_to_the_call_that_has_started_it() {
    let daemon = Daemon::start(RUNNER, &[]);
    let mut client = daemon.client();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    client.send(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"runner.run","params":["true"],"traceparent":"{trace}"}}"#
    ));
    client.line();
    daemon.log().wait_for("run 1 has ended trace_id=4bf92f3577b34da6a3ce929d0e0e4736");
    drop(client);
    daemon.finish();
}
