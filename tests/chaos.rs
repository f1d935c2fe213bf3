//! Workers that are killed at random while they are called: every call gets one reply, and nothing is left behind.
//!
//! `DAEMON_CHAOS` sets the number of kills. The default is 300; where every test must run (`CI=true`) it is 10,000.

// A panic here fails the test. The amount of work done is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::collections::HashMap;
use std::env;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use harness::{Client, Daemon, Endpoint, Home, Process, Random, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

const TEAM: &str = env!("CARGO_BIN_EXE_team");
const COPY: &str = env!("CARGO_BIN_EXE_copy");

/// Requests to the daemon after which workers are taken to be in their delay, if none of them has replied.
const PATIENCE: usize = 200;
/// Calls that a client has made and not received a reply for.
const AHEAD: usize = 8;

fn kills() -> usize {
    match (env::var("DAEMON_CHAOS").ok(), env::var("CI").as_deref()) {
        (Some(kills), _) => kills.parse().expect("DAEMON_CHAOS is a number"),
        (None, Ok("true")) => 10_000,
        (None, _) => 300,
    }
}

/// The outcome of the calls of one client.
#[derive(Debug, Default)]
struct Tally {
    answered: usize,
    failed: usize,
}

/// The expected reply of a call, if its worker lives.
enum Expected {
    /// A long text. There is one at a time: the client does not read while it writes a request, and a daemon cuts a
    /// client that does not read.
    Text(String),
    Number(u64),
    Any,
}

/// Makes calls until it is asked to stop, and fails if a reply is lost, duplicated or belongs to another call.
fn call(endpoint: &Endpoint, seed: u64, stop: &AtomicBool, heard: &AtomicUsize) -> Tally {
    let mut client = Client::connect(endpoint);
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let mut open: HashMap<u64, Expected> = HashMap::new();
    let mut next = 0;
    while !stop.load(Ordering::Relaxed) || !open.is_empty() {
        while open.len() < AHEAD && !stop.load(Ordering::Relaxed) {
            next += 1;
            let has_text = open.values().any(|expected| matches!(expected, Expected::Text(_)));
            open.insert(next, ask(&mut client, next, seed, !has_text, &mut random));
        }
        let answer: Value = serde_json::from_str(&client.line()).unwrap();
        heard.fetch_add(1, Ordering::Relaxed);
        let id = answer["id"].as_u64().unwrap();
        let expected = open.remove(&id).unwrap_or_else(|| panic!("unexpected reply: {answer}"));
        match (answer.get("error"), expected) {
            (Some(fault), _) => {
                assert_eq!(fault["code"], -32002, "{fault}");
                tally.failed += 1;
            }
            (None, expected) => {
                match expected {
                    Expected::Text(text) => assert_eq!(answer["result"], text),
                    Expected::Number(number) => assert_eq!(answer["result"], number),
                    Expected::Any => {}
                }
                tally.answered += 1;
            }
        }
    }
    tally
}

fn ask(client: &mut Client, id: u64, seed: u64, long: bool, random: &mut Random) -> Expected {
    match random.below(20) {
        0 if long => {
            // More than the ring holds at once, so that some processes die in the middle of the text.
            let text = format!("{seed}-{id}-").repeat(1 + random.below(40_000));
            client.request(id, "hands.same", &json!([text]));
            Expected::Text(text)
        }
        1..4 => {
            client.request(id, "team.work_long", &json!([0]));
            Expected::Any
        }
        4 => {
            client.request(id, "hands.hold", &json!([1]));
            Expected::Any
        }
        _ => {
            let number = random.number() / 4;
            client.request(id, "hands.double", &json!([number]));
            Expected::Number(number * 2)
        }
    }
}

/// Returns the processes of the workers that may be killed: the others are not restarted at once.
fn victims(daemon: &Process) -> Vec<i32> {
    let is_victim = |pid: &i32| {
        let title = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        title.starts_with(b"team: hands") || title.starts_with(b"team: pool")
    };
    daemon.children().into_iter().filter(is_victim).collect()
}

/// Starts the workers that are in their delay. One may end meanwhile: then this is retried.
fn wake(client: &mut Client) {
    for worker in ["hands", "pool"] {
        let _ = client.call("worker.start", json!([worker]));
    }
}

#[test]
fn every_call_has_one_answer_whatever_happens_to_the_workers() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.scale", json!(["hands", 2])), true);
    let descriptors = || daemon.process().descriptors().len();
    until("all is up", || client.ask("hands.double", json!([1])) == 2);
    let baseline = descriptors();
    let (kills, stop, heard) = (kills(), AtomicBool::new(false), AtomicUsize::new(0));
    let endpoint = &daemon.endpoints()[0];
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let clients: Vec<_> = (1..=4)
            .map(|seed| {
                let (stop, heard) = (&stop, &heard);
                scope.spawn(move || call(endpoint, seed, stop, heard))
            })
            .collect();
        let mut random = Random::new(99);
        let mut done = 0;
        while done < kills && clients.iter().all(|client| !client.is_finished()) {
            let victims = victims(daemon.process());
            if let Some(pid) = (!victims.is_empty()).then(|| victims[random.below(victims.len())]) {
                // A process that has ended in the meantime is not killed twice: its number is not reused until it is
                // reaped.
                done += usize::from(kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok());
            }
            // There is a reply between two kills: otherwise the workers would do nothing but start. When all that could
            // reply have been killed too often and are in their delay, they are started by hand.
            let before = heard.load(Ordering::Relaxed);
            let mut asked = 0;
            until("a call is answered", || {
                client.ask("team.ping", json!([]));
                asked += 1;
                if asked % PATIENCE == 0 {
                    wake(&mut client);
                }
                heard.load(Ordering::Relaxed) > before || clients.iter().any(|client| client.is_finished())
            });
        }
        stop.store(true, Ordering::Relaxed);
        // The last kills may have left workers in a delay that is longer than a call may take.
        until("the clients have their replies", || {
            wake(&mut client);
            clients.iter().all(|client| client.is_finished())
        });
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let (answered, failed) =
        tallies.iter().fold((0, 0), |sum, tally| (sum.0 + tally.answered, sum.1 + tally.failed));
    eprintln!("{kills} kills: {answered} calls were answered, {failed} failed because their worker had died");
    assert!(answered > 0 && failed > 0, "{tallies:?}");
    until("all are up again", || {
        wake(&mut client);
        let workers: Vec<Value> = serde_json::from_value(client.ask("worker.info", json!([]))).unwrap();
        workers.iter().all(|worker| worker["state"] == "looping" && worker["queue"] == 0)
    });
    client.wait_until_alone();
    assert_eq!(descriptors(), baseline, "{:#?}", daemon.process().descriptors());
    let workers: Vec<Value> = serde_json::from_value(client.ask("worker.info", json!([]))).unwrap();
    assert_eq!(daemon.process().children().len(), workers.len(), "there are zombies, or too many workers");
    assert_eq!(client.ask("hands.double", json!([4])), 8);
    drop(client);
    let workers: Vec<Process> = daemon.process().children().into_iter().filter_map(Process::open).collect();
    let prefix = format!("daemon.team.{}.", daemon.process().pid());
    daemon.terminate();
    assert!(workers.iter().all(|worker| !worker.is_running()));
    let names = fs::read_dir("/dev/shm").unwrap().flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with(&prefix)).count(), 0);
}

#[test]
fn a_daemon_with_workers_starts_and_stops_again_and_again() {
    let times = kills() / 10;
    let home = Home::new(COPY);
    for _ in 0..times {
        let daemon = Daemon::start_at(&home, &[""; 0]);
        let workers: Vec<Process> =
            daemon.process().children().into_iter().filter_map(Process::open).collect();
        daemon.terminate();
        assert!(workers.iter().all(|worker| !worker.is_running()));
    }
    eprintln!("{times} starts and stops");
}
