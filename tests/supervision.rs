//! Supervision of workers: what happens when one ends, breaks, hangs or does not start.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::{Client, DEADLINE, Daemon, Detached, End, Endpoint, Home, Known, Process, Tracer, skip, until};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;
use serde_json::{Value, json};

const TEAM: &str = env!("CARGO_BIN_EXE_team");

/// A user who has no other process.
const NOBODY: u32 = 61_234;

fn info(client: &mut Client, worker: &str) -> Value {
    client.ask("worker.info", json!([worker]))[0].clone()
}

fn pid(client: &mut Client, worker: &str) -> i32 {
    i32::try_from(info(client, worker)["pid"].as_i64().unwrap()).unwrap()
}

/// The processes of all workers.
fn workers(client: &mut Client) -> Vec<Process> {
    let workers: Vec<Value> = serde_json::from_value(client.ask("worker.info", json!([]))).unwrap();
    let pids = workers.iter().map(|worker| i32::try_from(worker["pid"].as_i64().unwrap()).unwrap());
    pids.map(|pid| Process::open(pid).unwrap()).collect()
}

/// Runs a daemon until it exits; its worker `mortal` ends with an error, at once or a little later.
fn fails(how: &str) -> String {
    let home = Home::new(TEAM);
    let ended = Daemon::spawn(&home, home.command(&["-f", "--mortal", how])).ended();
    assert_eq!(ended.code, Some(1), "{}", ended.log);
    home.assert_empty();
    ended.log
}

#[test]
fn a_failing_worker_is_restarted_after_delays_and_finally_given_up() {
    for (place, reason) in [
        ("spinup", "broken in spinup"),
        ("spinup-error", "no spin"),
        ("tick", "broken in tick"),
        ("tick-error", "no tick"),
        ("listener", "broken in listener"),
        ("timer", "broken in timer"),
    ] {
        let daemon = Daemon::start(TEAM, &["--fragile", place]);
        let mut client = daemon.client();
        until("it is given up", || info(&mut client, "fragile")["state"] == "failed");
        let fragile = info(&mut client, "fragile");
        assert_eq!((&fragile["restarts"], &fragile["pid"]), (&json!(5), &Value::Null), "{place}: {fragile}");
        let last = fragile["last_exit"].as_str().unwrap();
        assert!(last.contains(reason) && last.contains("more than 5 restarts"), "{place}: {last}");
        // It is optional: the others go on.
        assert_eq!(client.ask("hands.double", json!([4])), 8);
        drop(client);
        daemon.terminate();
    }
}

#[test]
fn a_worker_that_dies_too_often_gets_its_longest_delay_and_the_status_says_so() {
    let daemon = Daemon::start(TEAM, &[]);
    let home = daemon.home().clone();
    let mut client = daemon.client();
    assert_eq!(home.run(&["status"]).code, Some(0));
    for _ in 0..11 {
        until("it is up", || info(&mut client, "hands")["state"] == "looping");
        let killed = pid(&mut client, "hands");
        Process::open(killed).unwrap().signal(Signal::SIGKILL);
        until("its end is seen", || info(&mut client, "hands")["pid"] != killed);
    }
    let hands = info(&mut client, "hands");
    assert_eq!((&hands["state"], &hands["degraded"]), (&json!("waiting"), &json!(true)), "{hands}");
    assert_eq!(hands["last_exit"], "SIGKILL; more than 10 restarts within 1m");
    assert_eq!(client.ask("worker.list", json!([]))[0]["degraded"], true);
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(150), "{}", status.stdout);
    assert!(status.stdout.contains("ended too often: hands/0"), "{}", status.stdout);
    // A call to it waits; starting it by hand resets everything.
    client.request(1, "hands.double", &json!([4]));
    assert_eq!(daemon.client().ask("worker.start", json!(["hands"])), true);
    assert_eq!(serde_json::from_str::<Value>(&client.line()).unwrap()["result"], 8);
    assert_eq!(home.run(&["status"]).code, Some(0));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_that_fails_in_its_spindown_is_still_down() {
    let daemon = Daemon::start(TEAM, &["--fragile", "spindown"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.stop", json!(["fragile"])), true);
    let fragile = info(&mut client, "fragile");
    assert_eq!(fragile["state"], "down");
    assert!(fragile["last_exit"].as_str().unwrap().contains("broken in spindown"), "{fragile}");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_that_is_not_restarted_stops_the_daemon() {
    let home = Home::new(TEAM);
    let ended = Daemon::spawn(&home, home.command(&["-f", "--mortal", "leave"])).ended();
    assert!(ended.log.contains("`mortal/0` was given up: exit code 0"), "{}", ended.log);
    for how in ["fail", "spinup"] {
        let log = fails(how);
        assert!(log.contains("the worker `mortal/0` was given up: exit code 1"), "{how}: {log}");
    }
}

#[test]
fn the_launcher_says_which_worker_kept_the_daemon_from_starting() {
    let home = Home::new(TEAM);
    let finished = home.run(&["-d", "--mortal", "spinup"]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("the worker `mortal/0` was given up"), "{}", finished.stderr);
    assert!(finished.stderr.contains("no spin"), "{}", finished.stderr);
    home.wait_until_empty();
}

#[test]
fn an_invalid_worker_flag_is_refused_before_anything_starts() {
    let home = Home::new(TEAM);
    let finished = home.run(&["-f", "--diary"]);
    assert_eq!(finished.code, Some(2), "{}", finished.stderr);
    home.assert_empty();
}

#[test]
fn a_worker_that_gives_no_sign_of_life_is_replaced() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for stop in ["SIGSTOP", "loop"] {
        let process = Process::open(pid(&mut client, "hands")).unwrap();
        match stop {
            "SIGSTOP" => process.signal(Signal::SIGSTOP),
            _ => client.request(1, "hands.end", &json!(["loop"])),
        }
        process.wait();
        if stop == "loop" {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!(answer["error"]["code"], -32002);
            let reason = answer["error"]["data"]["reason"].as_str().unwrap();
            assert!(reason.contains("no sign of life"), "{reason}");
        }
        until("it is replaced", || info(&mut client, "hands")["state"] == "looping");
        let last = info(&mut client, "hands")["last_exit"].as_str().unwrap().to_owned();
        assert!(last.contains("no sign of life"), "{stop}: {last}");
    }
    assert_eq!(client.ask("hands.double", json!([4])), 8);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_worker_that_overwrites_its_memory_harms_only_itself() {
    let daemon = Daemon::start(TEAM, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    for byte in [0_u64, 1, 0x5a, 0x7f, 0xff] {
        let before = pid(&mut other, "hands");
        // It may or may not be able to reply.
        client.request(1, "hands.scribble", &json!([byte]));
        let answer: Value = serde_json::from_str(&client.line()).unwrap();
        assert!(answer["result"] == 528_384 || answer["error"]["code"] == -32002, "{answer}");
        other.request(2, "hands.double", &json!([byte]));
        let answer: Value = serde_json::from_str(&other.line()).unwrap();
        // It was sent before the failure was noticed, or the next process answers it.
        assert!(answer["result"] == json!(byte * 2) || answer["error"]["code"] == -32002, "{answer}");
        until("it is replaced or sound", || {
            info(&mut other, "hands")["state"] == "looping"
                && other.call("hands.double", json!([1])) == Ok(json!(2))
        });
        assert_eq!(other.ask("second.same", json!(["x"])), "x", "{before}");
    }
    drop((client, other));
    daemon.terminate();
}

#[test]
fn a_daemon_that_is_killed_leaves_no_worker() {
    let home = Home::new(TEAM);
    let daemon = Detached::start(&home, &[""; 0]);
    let mut client = daemon.client();
    // The call takes longer than any wait here, so a worker that finishes it first is noticed.
    let call = DEADLINE * 2;
    client.request(1, "team.work_long", &json!([u64::try_from(call.as_millis()).unwrap()]));
    let mut other = daemon.client();
    until("it is at work", || info(&mut other, "pool")["working"] == 1);
    let workers = workers(&mut other);
    daemon.process().signal(Signal::SIGKILL);
    workers.iter().for_each(Process::wait);
    // The next start removes what is left.
    let daemon = Daemon::start_at(&home, &[""; 0]);
    assert_eq!(daemon.client().ask("hands.double", json!([4])), 8);
    daemon.terminate();
}

#[test]
fn a_worker_whose_daemon_is_gone_is_killed_after_its_grace() {
    let home = Home::new(TEAM);
    // Only a tracer learns how a process ends after its parent has ended.
    let tracer = Tracer::follow(home.command(&["-f"]), None);
    tracer.wait(DEADLINE, |known| !known.processes.is_empty());
    if let Some(why) = tracer.known().refused {
        return skip(&why);
    }
    tracer.log().wait_for("ready on ");
    let mut client = Client::connect(&Endpoint::Unix(home.socket()));
    client.ask("second.resist", json!([]));
    let (second, hands) = (pid(&mut client, "second"), pid(&mut client, "hands"));
    let start = Instant::now();
    tracer.signal(0, Signal::SIGKILL);
    let end = |pid: i32| {
        let ended = |known: &Known| known.processes.iter().find(|process| process.pid == pid)?.end;
        assert!(tracer.wait(DEADLINE, |known| ended(known).is_some()), "{pid} outlives its daemon");
        ended(&tracer.known())
    };
    assert_eq!(end(second), Some(End::Signal(Signal::SIGKILL)));
    // Its `stop_grace`.
    assert!(start.elapsed() >= Duration::from_secs(1), "it was killed after {:?}", start.elapsed());
    assert_eq!(end(hands), Some(End::Code(0)), "one that listens leaves by itself");
    Daemon::start_at(&home, &[""; 0]).terminate();
}

#[test]
fn a_daemon_that_cannot_start_a_worker_tries_again_until_it_can() {
    // The program may be where only root can read it.
    let shelf = Home::new(TEAM);
    fs::set_permissions(shelf.path(), Permissions::from_mode(0o755)).unwrap();
    let home = Home::new(shelf.copy_program());
    let as_nobody = |mut command: Command| {
        // Root may have any number of processes.
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    if geteuid().is_root() {
        chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let daemon = Daemon::start_by(&home, as_nobody(home.command(&["-f"])));
    let mut client = daemon.client();
    let limit = |limit: &str| {
        let mut command = as_nobody(Command::new("prlimit"));
        command.args(["--pid", &daemon.process().pid().to_string(), limit]);
        assert!(command.status().is_ok_and(|status| status.success()), "prlimit (util-linux) is needed");
    };
    for (tight, wide) in [("--nofile=12:", "--nofile=1024:"), ("--nproc=1:", "--nproc=1024:")] {
        limit(tight);
        Process::open(pid(&mut client, "hands")).unwrap().signal(Signal::SIGKILL);
        until("a start has failed", || {
            let hands = info(&mut client, "hands");
            hands["state"] == "waiting" && hands["last_exit"].as_str().unwrap_or_default().contains("cannot")
        });
        limit(wide);
        until("it is back", || info(&mut client, "hands")["state"] == "looping");
        assert_eq!(client.ask("hands.double", json!([4])), 8);
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn ten_workers_that_never_tick_all_leave_by_themselves() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.scale", json!(["first", 10])), true);
    let workers = workers(&mut client);
    drop(client);
    let log = daemon.terminate().log;
    assert!(workers.iter().all(|worker| !worker.is_running()));
    // A worker that waited for a tick would be killed when its grace is over.
    let left = |number: &usize| log.contains(&format!("first/{number} is down: exit code 0"));
    assert_eq!((0..10).filter(left).count(), 10, "{log}");
}
