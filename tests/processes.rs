//! The processes of workers as the system sees them: signals while they start, and the processes that they start.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Client, Daemon, Detached, Home, Process, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const TEAM: &str = env!("CARGO_BIN_EXE_team");

fn info(client: &mut Client, worker: &str) -> Vec<Value> {
    serde_json::from_value(client.ask("worker.info", json!([worker]))).unwrap()
}

/// Returns the process of a worker.
fn process(client: &mut Client, worker: &str) -> Process {
    let pid = info(client, worker)[0]["pid"].as_i64().unwrap();
    Process::open(i32::try_from(pid).unwrap()).unwrap()
}

/// Makes the hands start a program, and returns its process.
fn run(client: &mut Client) -> Process {
    let pid = client.ask("hands.run", json!([])).as_i64().unwrap();
    Process::open(i32::try_from(pid).unwrap()).unwrap()
}

#[test]
fn a_worker_that_is_stopped_while_it_starts_stops_in_order() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    // The signal comes before the process has done anything, or a little later.
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
fn processes_of_a_worker_end_when_it_is_killed() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let program = run(&mut client);
    process(&mut client, "hands").signal(Signal::SIGKILL);
    program.wait();
    drop(client);
    daemon.terminate();
}

#[test]
fn processes_of_a_call_end_when_it_takes_too_long() {
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
fn processes_of_a_worker_end_when_it_is_stopped() {
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    assert_eq!(client.ask("worker.scale", json!(["hands", 2])), true);
    // While the first process is busy, the second one gets the call.
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

/// Calls the daemon again and again until this many processes of a worker work; returns how often it replied meanwhile.
fn answers_until(client: &mut Client, count: usize, mut is_over: impl FnMut(&[Value]) -> bool) -> usize {
    let mut answers = 0;
    until("all are up", || {
        answers += 50;
        (0..50).for_each(|_| drop(client.ask("team.ping", json!([]))));
        let workers = info(client, "first");
        let up = workers.iter().filter(|worker| worker["state"] == "looping");
        up.count() == count && is_over(&workers)
    });
    answers
}

#[test]
fn a_daemon_answers_while_many_workers_start_and_end() {
    const MANY: usize = 1000;
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    client.request(1, "worker.scale", &json!(["first", MANY]));
    let answers = answers_until(&mut other, MANY, |_| true);
    assert!(answers > MANY / 10, "{answers} answers while {MANY} workers started");
    client.line();
    let pids: Vec<i64> =
        info(&mut client, "first").iter().map(|worker| worker["pid"].as_i64().unwrap()).collect();
    let processes: Vec<Process> =
        pids.iter().map(|pid| Process::open(i32::try_from(*pid).unwrap()).unwrap()).collect();
    daemon.signal(Signal::SIGSTOP);
    processes.iter().for_each(|process| process.signal(Signal::SIGKILL));
    processes.iter().for_each(Process::wait);
    daemon.signal(Signal::SIGCONT);
    let answers = answers_until(&mut other, MANY, |workers| {
        workers.iter().all(|worker| !pids.contains(&worker["pid"].as_i64().unwrap()))
    });
    assert!(answers > MANY / 10, "{answers} answers while {MANY} workers ended and started again");
    drop((client, other));
    daemon.terminate();
}

/// A group of processes that can be frozen, so that not even SIGKILL ends them.
struct Freezer(PathBuf);

impl Freezer {
    /// Creates one, if this machine allows it: with the freezer of cgroups version 1; in version 2, a killed process
    /// ends even when frozen.
    fn new(name: &str) -> Option<Freezer> {
        let path = Path::new("/sys/fs/cgroup/freezer").join(format!("{name}-{}", std::process::id()));
        fs::create_dir(&path).ok()?;
        Some(Freezer(path))
    }

    fn freeze(&self, process: &Process) {
        fs::write(self.0.join("cgroup.procs"), process.pid().to_string()).unwrap();
        fs::write(self.0.join("freezer.state"), "FROZEN").unwrap();
        until("it is frozen", || fs::read_to_string(self.0.join("freezer.state")).unwrap() == "FROZEN\n");
    }

    fn thaw(&self) {
        fs::write(self.0.join("freezer.state"), "THAWED").unwrap();
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        let _ = fs::write(self.0.join("freezer.state"), "THAWED");
        // It can be removed once its processes have ended.
        until("the freezer is empty", || fs::remove_dir(&self.0).is_ok());
    }
}

#[test]
fn a_worker_that_cannot_be_killed_is_treated_as_gone() {
    let Some(freezer) = Freezer::new("daemon-killed") else { return skip("there is no cgroup freezer") };
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    client.request(1, "hands.hold", &json!([300]));
    until("it is at work", || info(&mut other, "hands")[0]["working"] == 1);
    let frozen = process(&mut other, "hands");
    freezer.freeze(&frozen);
    // Its heartbeat has stopped.
    let answer: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(answer["error"]["code"], -32002, "{answer}");
    assert!(answer["error"]["data"]["reason"].as_str().unwrap().contains("no sign of life"), "{answer}");
    assert_eq!(other.ask("hands.double", json!([4])), 8);
    assert!(frozen.is_running());
    let last = info(&mut other, "hands")[0]["last_exit"].as_str().unwrap().to_owned();
    assert!(last.contains("not gone within 1s after its SIGKILL"), "{last}");
    freezer.thaw();
    frozen.wait();
    until("it is reaped", || {
        other.ask("team.ping", json!([]));
        !daemon.process().children().contains(&frozen.pid())
    });
    drop((client, other));
    daemon.terminate();
}

#[test]
fn a_daemon_ends_without_a_worker_that_cannot_be_killed() {
    let Some(freezer) = Freezer::new("daemon-left") else { return skip("there is no cgroup freezer") };
    let home = Home::new(TEAM);
    let daemon = Detached::start(&home, &[""; 0]);
    let frozen = process(&mut daemon.client(), "second");
    freezer.freeze(&frozen);
    assert_eq!(home.run(&["stop"]).code, Some(0));
    daemon.assert_gone();
    assert!(frozen.is_running());
    freezer.thaw();
    frozen.wait();
}

#[test]
fn a_worker_gets_the_variables_that_it_keeps_and_none_of_the_service_manager() {
    const PRIVATE: [&str; 5] =
        ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"];
    let home = Home::new(TEAM);
    let mut command = home.command(&["-f"]);
    command.envs([("TEAM_KEPT", "1"), ("TEAM_SECRET", "1")]);
    command.envs(PRIVATE.map(|name| (name, "0")));
    let daemon = Daemon::start_by(&home, command);
    let mut client = daemon.client();
    let mut has = |method: &str| -> Vec<String> {
        let mut names: Vec<String> = serde_json::from_value(client.ask(method, json!([]))).unwrap();
        names.sort();
        names
    };
    let all = has("hands.variables");
    let is_there = |name: &str| all.iter().any(|other| other == name);
    assert!(is_there("TEAM_KEPT") && is_there("TEAM_SECRET"), "{all:?}");
    assert!(!PRIVATE.iter().any(|name| is_there(name)), "{all:?}");
    assert_eq!(has("team.variables"), ["PATH", "TEAM_KEPT"]);
    drop(client);
    daemon.terminate();
}
