//! The processes of workers as the system sees them: signals while they start, and what they have started themselves.

// What fails in here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use harness::{Client, Daemon, Process, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const TEAM: &str = env!("CARGO_BIN_EXE_team");

fn info(client: &mut Client, worker: &str) -> Vec<Value> {
    serde_json::from_value(client.ask("worker.info", json!([worker]))).unwrap()
}

/// The process of a worker.
fn process(client: &mut Client, worker: &str) -> Process {
    let pid = info(client, worker)[0]["pid"].as_i64().unwrap();
    Process::open(i32::try_from(pid).unwrap()).unwrap()
}

/// Has the hands start a program, and gives it back.
fn run(client: &mut Client) -> Process {
    let pid = client.ask("hands.run", json!([])).as_i64().unwrap();
    Process::open(i32::try_from(pid).unwrap()).unwrap()
}

#[test]
fn a_worker_that_is_told_to_leave_while_it_starts_leaves_in_order() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    // The signal comes when it has not even begun, or a little later.
    for round in 0..50 {
        assert_eq!(client.ask("worker.stop", json!(["first"])), true);
        client.request(1, "worker.start", &json!(["first"]));
        (0..round).for_each(|_| client.request(3, "team.ping", &json!([])));
        client.request(2, "worker.stop", &json!(["first"]));
        (0..round + 2).for_each(|_| drop(client.line()));
        assert_eq!(info(&mut client, "first")[0]["last_exit"], "exit code 0", "{round}");
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn what_a_worker_has_started_ends_when_it_is_killed() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let program = run(&mut client);
    process(&mut client, "hands").signal(Signal::SIGKILL);
    program.wait();
    drop(client);
    daemon.terminate();
}

#[test]
fn what_a_call_has_started_ends_when_it_takes_too_long() {
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    client.request(1, "team.run", &json!([60_000]));
    let mut found = None;
    until("the program is there", || {
        let workers = info(&mut other, "pool");
        let pids = workers.iter().filter_map(|worker| i32::try_from(worker["pid"].as_i64()?).ok());
        let programs = pids.filter_map(Process::open).flat_map(|worker| worker.children());
        found = programs.filter_map(Process::open).next();
        found.is_some()
    });
    found.unwrap().wait();
    let answer: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(answer["error"]["code"], -32003, "{answer}");
    drop((client, other));
    daemon.terminate();
}

#[test]
fn what_a_worker_has_started_ends_when_it_is_stopped() {
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    assert_eq!(client.ask("worker.scale", json!(["hands", 2])), true);
    // While the first one is busy, the second one is asked.
    client.request(1, "hands.hold", &json!([300]));
    until("the first one is busy", || info(&mut other, "hands")[0]["working"] == 1);
    let program = run(&mut other);
    assert_eq!(other.ask("worker.scale", json!(["hands", 1])), true);
    program.wait();
    let program = run(&mut other);
    drop((client, other));
    daemon.terminate();
    assert!(!program.is_running());
}
