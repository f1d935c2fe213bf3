//! Workers, driven from outside: their calls, how they start and stop, and what is visible of that.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{self, File};
use std::time::{Duration, Instant};

use harness::{Client, Daemon, Detached, Endpoint, Fifo, Home, Process, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

const TEAM: &str = env!("CARGO_BIN_EXE_team");
const COPY: &str = env!("CARGO_BIN_EXE_copy");

/// Stops a daemon, and fails if it did not end well, or if it or a worker is left.
#[track_caller]
fn finish(daemon: Daemon) {
    let workers: Vec<Process> = daemon.process().children().into_iter().filter_map(Process::open).collect();
    daemon.terminate();
    for worker in workers {
        assert!(!worker.is_running(), "the worker {} is left", worker.pid());
    }
}

#[test]
fn a_worker_can_cancel_its_timers() {
    let daemon = Daemon::start(TEAM, &[]);
    assert_eq!(daemon.client().ask("hands.wait", json!([])), json!(["second"]));
    finish(daemon);
}

#[test]
fn a_descriptor_that_stays_ready_starves_nothing() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("team.stare", json!([])), true);
    assert_eq!(client.ask("hands.stare", json!([])), true);
    // Requests, timers, messages of workers and the stop have their share in both loops.
    for number in 0..50 {
        assert_eq!(client.ask("team.double", json!([number])), 2 * number);
    }
    assert_eq!(client.ask("hands.wait", json!([])), json!(["second"]));
    assert!(daemon.client().ask("team.ping", json!([])).is_u64());
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_can_watch_a_descriptor() {
    let daemon = Daemon::start(TEAM, &[]);
    assert_eq!(daemon.client().ask("hands.listen", json!([])), 7);
    finish(daemon);
}

#[test]
fn the_loop_of_a_worker_starts_no_programs() {
    let daemon = Daemon::start(TEAM, &[]);
    let fault = daemon.client().fault("hands.start_program", json!([]));
    assert!(fault["message"].as_str().unwrap().contains("use `std::process::Command` there"), "{fault}");
    finish(daemon);
}

fn code(fault: &Value) -> i64 {
    fault["code"].as_i64().unwrap()
}

/// Returns what `worker.info` reports for the processes of a worker.
fn info(client: &mut Client, worker: &str) -> Vec<Value> {
    serde_json::from_value(client.ask("worker.info", json!([worker]))).unwrap()
}

/// Returns what `worker.info` reports for the processes of all workers.
fn all_processes(client: &mut Client) -> Vec<Value> {
    serde_json::from_value(client.ask("worker.info", json!([]))).unwrap()
}

fn pid(client: &mut Client, worker: &str) -> i32 {
    i32::try_from(info(client, worker)[0]["pid"].as_i64().unwrap()).unwrap()
}

fn state(client: &mut Client, worker: &str) -> String {
    info(client, worker)[0]["state"].as_str().unwrap().to_owned()
}

fn news(client: &mut Client) -> Vec<String> {
    serde_json::from_value(client.ask("team.news", json!([]))).unwrap()
}

#[test]
fn a_worker_answers_on_the_socket_of_its_daemon() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("hands.double", json!([21])), 42);
    assert_eq!(client.ask("hands.double", json!({"number": 4})), 8);
    assert_eq!(client.ask("hands.double", json!([1e2])), 200);
    let worker = client.ask("hands.pid", json!([])).as_i64().unwrap();
    assert_ne!(worker, i64::from(daemon.process().pid()));
    assert_eq!(worker, i64::from(pid(&mut client, "hands")));
    assert_eq!(client.ask("hands.uid", json!([])), nix::unistd::getuid().as_raw());
    assert!(client.ask("hands.later", json!([])).is_u64());
    assert_eq!(client.ask("system.methodHelp", json!(["hands.double"])), "Twice the number.");
    assert_eq!(client.ask("system.methodSignature", json!(["hands.double"])), json!([["int", "int"]]));
    drop(client);
    finish(daemon);
}

#[test]
fn parameters_are_checked_before_a_worker_is_called() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    Process::open(pid(&mut client, "second")).unwrap().signal(Signal::SIGSTOP);
    let fault = client.fault("second.same", json!([5]));
    assert_eq!((code(&fault), &fault["data"]["parameter"]), (-32602, &json!("text")));
    assert_eq!(code(&client.fault("team.work", json!(["long"]))), -32602);
    assert_eq!(code(&client.fault("first.secret", json!([]))), -32001);
    assert_eq!(code(&client.fault("hands.nothing", json!([]))), -32601);
    Process::open(pid(&mut client, "second")).unwrap().signal(Signal::SIGCONT);
    assert_eq!(client.ask("second.same", json!(["x"])), "x");
    drop(client);
    finish(daemon);
}

#[test]
fn calls_of_workers_stand_in_batches_and_multicalls() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.send(
        r#"[{"jsonrpc":"2.0","id":1,"method":"hands.double","params":[1]},{"jsonrpc":"2.0","id":2,"method":"team.ping"},{"jsonrpc":"2.0","id":3,"method":"second.same","params":["x"]},{"jsonrpc":"2.0","method":"hands.note","params":["by batch"]}]"#,
    );
    let answers: Vec<Value> = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&json!(1), &json!(2)));
    assert_eq!((&answers[2]["id"], &answers[2]["result"]), (&json!(3), &json!("x")));
    let calls = json!([[{"methodName": "hands.double", "params": [5]}, {"methodName": "hands.end", "params": ["none"]}]]);
    assert_eq!(client.ask("system.multicall", calls)[0], json!([10]));
    assert_eq!(client.ask("hands.notes", json!([])), json!(["by batch"]));
    drop(client);
    finish(daemon);
}

#[test]
fn many_clients_get_their_own_answers() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut clients: Vec<Client> = (0..20).map(|_| daemon.client()).collect();
    for round in 0..50 {
        for (number, client) in (0_u64..).zip(&mut clients) {
            client.request(round, "hands.double", &json!([number * 1000 + round]));
        }
    }
    for (number, client) in (0_u64..).zip(&mut clients) {
        for round in 0..50 {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!(
                (&answer["id"], &answer["result"]),
                (&json!(round), &json!((number * 1000 + round) * 2))
            );
        }
    }
    drop(clients);
    finish(daemon);
}

#[test]
fn messages_that_are_longer_than_the_ring_travel_in_pieces() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for length in [1, 60_000, 262_144, 600_000, 1_000_000] {
        let text = "x".repeat(length);
        for worker in ["hands.same", "second.same"] {
            assert_eq!(client.ask(worker, json!([text])), json!(text), "{worker} {length}");
        }
    }
    drop(client);
    finish(daemon);
}

#[test]
fn a_handler_of_the_daemon_calls_a_worker() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("team.double", json!([8])), 16);
    for (worker, method) in
        [("hands", "pid"), ("hands", "hands.pid"), ("pool", "work_long"), ("pool", "team.work_long")]
    {
        let answer = client.ask("team.have", json!([worker, method]));
        assert!(!answer.as_str().unwrap().contains("-32601"), "{method}: {answer}");
    }
    assert_eq!(client.ask("team.have", json!(["second", "second.ticks"])).as_str().map(str::len), Some(1));
    for (worker, method, fault) in [
        ("nobody", "x", "fault -32005"),
        ("hands", "nothing", "fault -32601"),
        ("hands", "double", "fault -32602"),
    ] {
        assert_eq!(client.ask("team.have", json!([worker, method])), fault);
    }
    client.ask("team.note", json!(["sent"]));
    until("the note", || client.ask("hands.notes", json!([])) == json!(["sent"]));
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_sends_its_daemon_messages_and_progress() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.ask("hands.say", json!(["weather", {"sun": true}]));
    until("the news", || {
        let news = news(&mut client);
        news.contains(&"hands says weather {\"sun\":true}".to_owned())
            && news.contains(&"hands 3/10".to_owned())
    });
    assert_eq!(info(&mut client, "hands")[0]["progress"], json!([3, 10]));
    drop(client);
    finish(daemon);
}

#[test]
fn workers_are_listed_with_their_state_and_figures() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let list = client.ask("worker.list", json!([]));
    assert_eq!(
        list[0],
        json!({"name": "hands", "looptime": 0.02, "forever": true, "count": 1, "degraded": false})
    );
    assert_eq!(list[2]["looptime"], Value::Null);
    assert_eq!((&list[4]["name"], &list[4]["forever"]), (&json!("mortal"), &json!(false)));
    assert_eq!(client.ask("worker.status", json!(["hands"])), 1);
    let all = client.ask("worker.status", json!([]));
    let names = ["first", "fragile", "hands", "mortal", "pool", "second", "shy"];
    assert_eq!(all, Value::Object(names.map(|name| (name.to_owned(), json!(1))).into_iter().collect()));
    client.ask("hands.double", json!([1]));
    let hands = &info(&mut client, "hands")[0];
    assert_eq!(
        (&hands["state"], &hands["calls"], &hands["restarts"]),
        (&json!("looping"), &json!(1), &json!(0))
    );
    assert!(hands["memory"].as_u64().unwrap() > 0, "{hands}");
    let counts = list.as_array().unwrap().iter().map(|worker| worker["count"].as_u64().unwrap());
    let processes = usize::try_from(counts.sum::<u64>()).unwrap();
    assert_eq!(all_processes(&mut client).len(), processes);
    let document = client.ask("rpc.discover", json!([]));
    for method in ["hands.double", "team.work"] {
        let methods = document["methods"].as_array().unwrap();
        let entry = methods.iter().find(|entry| entry["name"] == method).unwrap();
        let codes: Vec<i64> = entry["errors"].as_array().unwrap().iter().map(code).collect();
        assert_eq!(codes, [-32002, -32003, -32004, -32005], "{method}");
    }
    for method in
        ["worker.status", "worker.info", "worker.pause", "worker.start", "worker.stop", "worker.restart"]
    {
        assert_eq!(code(&client.fault(method, json!(["nobody"]))), -32005, "{method}");
    }
    let status = daemon.home().run(&["status"]).stdout;
    assert!(status.ends_with(&format!("workers: {processes} looping")), "{status}");
    let one = daemon.home().run(&["workers", "hands"]).stdout;
    assert!(one.contains("hands/0") && !one.contains("pool"), "{one}");
    let table = daemon.home().run(&["workers"]).stdout;
    assert!(table.starts_with("WORKER") && table.contains("hands/0") && table.contains("pool/1"), "{table}");
    drop(client);
    finish(daemon);
}

#[test]
fn a_paused_worker_stays_paused_and_answers_after_a_restart() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.pause", json!(["hands"])), true);
    until("it is paused", || client.ask("worker.status", json!(["hands"])) == 2);
    let before = client.ask("hands.ticks", json!([]));
    assert_eq!(client.ask("worker.restart", json!(["hands"])), true);
    assert_eq!(state(&mut client, "hands"), "paused");
    assert_eq!(client.ask("hands.ticks", json!([])), json!([0, 0]), "before the restart: {before}");
    assert_eq!(client.ask("worker.resume", json!(["hands"])), true);
    until("it ticks", || client.ask("hands.ticks", json!([]))[0].as_u64() > Some(0));
    assert_eq!(client.ask("hands.ticks", json!([]))[1], 1);
    assert_eq!(client.ask("worker.pause", json!([]))["second"], true);
    assert_eq!(client.ask("worker.resume", json!([]))["second"], true);
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_without_a_period_ticks_by_message() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let mut asked = 0;
    let mut ticks = || {
        asked += 1;
        client.ask("second.ticks", json!([])).as_u64().unwrap()
    };
    assert_eq!(ticks(), 0);
    // It ticks when it has read all messages that have arrived: those that arrive together cause one tick.
    until("it ticks", || ticks() > 2);
    assert!(ticks() < asked);
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_is_stopped_started_restarted_and_scaled() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let processes = all_processes(&mut client).len();
    assert_eq!(client.ask("worker.stop", json!(["hands"])), true);
    assert_eq!(
        (state(&mut client, "hands"), info(&mut client, "hands")[0]["pid"].clone()),
        ("down".into(), Value::Null)
    );
    assert_eq!(client.ask("worker.status", json!(["hands"])), 3);
    assert_eq!(client.ask("worker.pause", json!(["hands"])), false, "no process can pause");
    assert_eq!(code(&client.fault("hands.double", json!([1]))), -32005);
    assert_eq!(client.ask("worker.start", json!(["hands"])), true);
    assert_eq!(client.ask("hands.double", json!([1])), 2);
    let before = pid(&mut client, "hands");
    assert_eq!(client.ask("worker.restart", json!(["hands"])), true);
    assert_ne!(pid(&mut client, "hands"), before);
    assert_eq!(client.ask("worker.scale", json!(["hands", 4])), true);
    assert_eq!(info(&mut client, "hands").len(), 4);
    assert_eq!(client.ask("worker.scale", json!(["hands", 1])), true);
    until("the others are gone", || {
        info(&mut client, "hands").len() == 1 && daemon.process().children().len() == processes
    });
    client.ask("worker.pause", json!(["hands"]));
    assert_eq!(client.ask("worker.scale", json!(["hands", 2])), true);
    assert_eq!(client.ask("worker.status", json!(["hands"])), 2, "the new one is paused, too");
    client.ask("worker.resume", json!(["hands"]));
    for count in [0, 5000] {
        let fault = client.fault("worker.scale", json!(["hands", count]));
        assert_eq!((code(&fault), &fault["data"]["parameter"]), (-32602, &json!("count")));
    }
    assert_eq!(code(&client.fault("worker.scale", json!(["nobody", 1]))), -32005);
    drop(client);
    finish(daemon);
}

#[test]
fn every_change_of_a_worker_is_an_event() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for method in ["worker.pause", "worker.resume", "worker.stop", "worker.start"] {
        client.ask(method, json!(["first"]));
    }
    let of_first = |client: &mut Client| -> Vec<String> {
        let news = news(client).into_iter();
        news.filter_map(|line| Some(line.strip_prefix("first/0 ")?.to_owned())).collect()
    };
    let expected = ["spinup", "looping", "paused", "looping", "spindown", "down", "spinup", "looping"];
    until("the changes", || of_first(&mut client) == expected);
    drop(client);
    finish(daemon);
}

#[test]
fn workers_stop_in_the_reverse_order_of_their_start() {
    let (home, elsewhere) = (Home::new(TEAM), Home::new(TEAM));
    let diary = elsewhere.path().join("diary");
    let path = diary.to_str().unwrap();
    let daemon = Daemon::start_at(&home, &["--diary", path, "--second-diary", path]);
    let lines = || fs::read_to_string(&diary).unwrap();
    // A daemon is ready when its workers are.
    assert_eq!(lines().lines().count(), 2);
    fs::write(&diary, "").unwrap();
    finish(daemon);
    assert_eq!(lines(), "second down\nfirst down\n");
    fs::remove_file(&diary).unwrap();
}

#[test]
fn a_worker_that_does_not_stop_is_killed_after_its_grace() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.ask("second.resist", json!([]));
    let start = Instant::now();
    assert_eq!(client.ask("worker.stop", json!(["second"])), true);
    // Its `stop_grace`.
    assert!(start.elapsed() >= Duration::from_secs(1), "it was killed after {:?}", start.elapsed());
    assert!(info(&mut client, "second")[0]["last_exit"].as_str().unwrap().starts_with("SIGKILL"));
    client.ask("worker.start", json!(["second"]));
    client.ask("second.resist", json!([]));
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_that_is_stopped_together_with_its_daemon_is_not_restarted() {
    let home = Home::new(TEAM);
    let diary = TempDir::with_prefix("diary-").unwrap();
    let path = diary.path().join("diary");
    let mut command = home.command(&["-f", "--diary"]);
    command.arg(&path);
    let daemon = Daemon::start_by(&home, command);
    let mut client = daemon.client();
    let first = Process::open(pid(&mut client, "first")).unwrap();
    client.request(1, "team.work_long", &json!([500]));
    until("it is at work", || info(&mut daemon.client(), "pool")[0]["working"] == 1);
    daemon.signal(Signal::SIGTERM);
    daemon.log().wait_for("stopping");
    first.signal(Signal::SIGTERM);
    first.wait();
    let answer: Value = serde_json::from_str(&client.line()).unwrap();
    assert!(answer["result"].is_u64(), "{answer}");
    drop(client);
    daemon.ends_well();
    assert_eq!(fs::read_to_string(path).unwrap(), "first up\nfirst down\n");
}

#[test]
fn a_second_signal_does_not_wait_for_workers() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.scale", json!(["second", 3])), true);
    client.ask("second.resist", json!([]));
    drop(client);
    daemon.signal(Signal::SIGTERM);
    daemon.log().wait_for("stopping");
    daemon.signal(Signal::SIGTERM);
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

#[test]
fn the_flags_of_a_worker_are_those_of_its_daemon() {
    let home = Home::new(TEAM);
    let daemon = Daemon::start_at(&home, &["--greeting", "good morning", "--prefix", "pool "]);
    let mut client = daemon.client();
    assert_eq!(client.ask("hands.greet", json!(["you"])), "good morning you");
    assert!(client.ask("team.work", json!([0])).as_str().unwrap().starts_with("pool "));
    drop(client);
    finish(daemon);
    let mut command = home.command(&["-f"]);
    command.env("TEAM_GREETING", "hi");
    let daemon = Daemon::start_by(&home, command);
    assert_eq!(daemon.client().ask("hands.greet", json!(["you"])), "hi you");
    finish(daemon);
    assert!(home.run(&["--help"]).stdout.contains("--greeting"));
}

#[test]
fn a_worker_has_what_was_declared_and_nothing_else_of_its_daemon() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let others: Vec<Client> = (0..3).map(|_| daemon.client()).collect();
    client.ask("worker.restart", json!(["hands"]));
    let process = Process::open(pid(&mut client, "hands")).unwrap();
    let descriptors = process.descriptors();
    let sockets: Vec<&String> = descriptors.iter().filter(|name| name.contains("socket:")).collect();
    // Its doorbell, and the two ends of the signal pipe.
    assert!(sockets.len() <= 3, "{descriptors:?}");
    assert!(process.descriptor(0).contains("/dev/null"), "{descriptors:?}");
    assert!(
        !descriptors.iter().any(|name| name.contains("memfd")),
        "the memory is mapped, not open: {descriptors:?}"
    );
    assert_eq!(process.status("SigBlk"), "0000000000000000");
    assert_eq!(client.ask("hands.environment", json!([])), json!({}));
    let comm = fs::read_to_string(format!("/proc/{}/comm", process.pid())).unwrap();
    let line = fs::read(format!("/proc/{}/cmdline", process.pid())).unwrap();
    assert_eq!((comm.trim(), line.as_slice()), ("hands", b"team: hands/0\0".as_slice()));
    drop((client, others));
    finish(daemon);
}

#[test]
fn a_call_that_takes_too_long_costs_its_worker_and_nobody_else() {
    let daemon = Daemon::start(TEAM, &[]);
    let (mut slow, mut quick) = (daemon.client(), daemon.client());
    slow.request(1, "team.work", &json!([60_000]));
    for _ in 0..20 {
        quick.ask("team.work", json!([1]));
        quick.ask("team.ping", json!([]));
    }
    let answer: Value = serde_json::from_str(&slow.line()).unwrap();
    assert_eq!((code(&answer["error"]), &answer["error"]["data"]["worker"]), (-32003, &json!("pool")));
    until("it is replaced", || info(&mut quick, "pool").iter().any(|worker| worker["restarts"] == 1));
    assert!(
        slow.ask("team.work_long", json!([1500])).is_u64(),
        "a method's own timeout comes before that of its pool"
    );
    drop((slow, quick));
    finish(daemon);
}

#[test]
fn a_crash_answers_the_one_call_with_its_reason() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for method in ["team.end", "hands.end"] {
        let panic = client.fault(method, json!(["panic"]));
        assert_eq!((code(&panic), &panic["data"]["exit_code"]), (-32002, &json!(101)));
        assert!(panic["data"]["reason"].as_str().unwrap().contains("the end is near"), "{panic}");
        let exit = client.fault(method, json!(["exit"]));
        assert_eq!((code(&exit), &exit["data"]["exit_code"]), (-32002, &json!(7)));
        let abort = client.fault(method, json!(["abort"]));
        assert_eq!((code(&abort), &abort["data"]["signal"]), (-32002, &json!("SIGABRT")));
        assert!(client.ask(method, json!(["not"])).is_u64());
    }
    drop(client);
    finish(daemon);
}

#[test]
fn a_pool_restarts_at_once_after_a_crash_in_a_call_and_with_a_delay_after_other_early_ends() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for how in ["panic", "exit", "abort"] {
        assert_eq!(code(&client.fault("team.end_shy", json!([how]))), -32002);
        assert_eq!(client.ask("team.end_shy", json!(["not"])), pid(&mut client, "shy"));
    }
    client.ask("worker.restart", json!(["shy"]));
    Process::open(pid(&mut client, "shy")).unwrap().signal(Signal::SIGKILL);
    until("it is in its delay", || state(&mut client, "shy") == "waiting");
    assert_eq!(info(&mut client, "shy")[0]["last_exit"], "SIGKILL");
    // An hour, unless it is started by hand.
    assert_eq!(client.ask("worker.restart", json!(["shy"])), true);
    assert_eq!(client.ask("team.end_shy", json!(["not"])), pid(&mut client, "shy"));
    drop(client);
    finish(daemon);
}

#[test]
fn a_call_is_not_blamed_for_the_time_that_the_daemon_takes() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let before: Vec<Value> = info(&mut client, "pool").iter().map(|process| process["pid"].clone()).collect();
    // Longer than the call may take: before it is sent, and when its reply is waiting.
    for after in [0, 100] {
        assert!(client.ask("team.doze", json!([after, 1200])).is_string());
    }
    let after: Vec<Value> = info(&mut client, "pool").iter().map(|process| process["pid"].clone()).collect();
    assert_eq!(after, before);
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_that_is_scaled_while_stopping_goes_down() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.ask("second.resist", json!([]));
    client.request(1, "worker.stop", &json!(["second"]));
    let mut other = daemon.client();
    until("it is on its way", || state(&mut other, "second") == "spindown");
    assert_eq!(other.ask("worker.scale", json!(["second", 2])), true);
    assert_eq!(serde_json::from_str::<Value>(&client.line()).unwrap()["result"], true);
    assert_eq!(other.ask("worker.status", json!(["second"])), 3);
    assert_eq!(other.ask("worker.start", json!(["second"])), true);
    let second = info(&mut other, "second");
    assert_eq!(
        (second.len(), &second[0]["state"], &second[1]["state"]),
        (2, &json!("looping"), &json!("looping"))
    );
    drop((client, other));
    finish(daemon);
}

#[test]
fn a_worker_with_flags_that_are_longer_than_its_ring_starts() {
    // Six bytes for each on the way. There is no other process that could wake anything up.
    let long = "\u{1}".repeat(100_000);
    Daemon::start(COPY, &["--copy", &long]).terminate();
}

#[test]
fn calls_that_were_not_begun_go_to_the_next_process() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.request(0, "hands.hold", &json!([60_000]));
    for id in 1..=100 {
        client.request(id, "hands.double", &json!([id]));
    }
    let mut other = daemon.client();
    until("the call is there", || info(&mut other, "hands")[0]["working"].as_u64() > Some(1));
    Process::open(pid(&mut other, "hands")).unwrap().signal(Signal::SIGKILL);
    let first: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(
        (&first["id"], code(&first["error"]), &first["error"]["data"]["signal"]),
        (&json!(0), -32002, &json!("SIGKILL"))
    );
    for id in 1..=100 {
        let answer: Value = serde_json::from_str(&client.line()).unwrap();
        assert_eq!((&answer["id"], &answer["result"]), (&json!(id), &json!(id * 2)));
    }
    drop((client, other));
    finish(daemon);
}

#[test]
fn a_worker_with_many_calls_ahead_gives_signs_of_life_between_them() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let worker = pid(&mut client, "hands");
    // Together they take longer than its heartbeat of 2 s, each of them takes less.
    for (count, milliseconds) in [(500, 5), (30, 100), (10, 300)] {
        for id in 0..count {
            client.request(id, "hands.hold", &json!([milliseconds]));
        }
        for id in 0..count {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!((&answer["id"], &answer["result"]), (&json!(id), &json!(worker)), "{milliseconds} ms");
        }
    }
    drop(client);
    finish(daemon);
}

/// Sends the hands 60 calls of 150 ms each, and returns when the hands work on them.
fn pile_up(daemon: &Daemon) -> Client {
    let mut client = daemon.client();
    for id in 0..60 {
        client.request(id, "hands.hold", &json!([150]));
    }
    let mut other = daemon.client();
    until("they are at work", || info(&mut other, "hands")[0]["working"] == 60);
    client
}

/// Receives the replies to the calls of `pile_up`, in order: results first, then this fault.
fn take_down(client: &mut Client, fault: i64) {
    let answers: Vec<Value> = (0..60).map(|_| serde_json::from_str(&client.line()).unwrap()).collect();
    let ids = answers.iter().map(|answer| answer["id"].as_u64().unwrap());
    assert!(ids.eq(0..60), "{answers:?}");
    let first = answers.iter().position(|answer| answer["result"].is_null()).unwrap();
    assert!(answers[first..].iter().all(|answer| code(&answer["error"]) == fault), "{answers:?}");
}

#[test]
fn a_worker_with_many_calls_ahead_notices_a_stop() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = pile_up(&daemon);
    let mut other = daemon.client();
    assert_eq!(other.ask("worker.stop", json!(["hands"])), true);
    assert_eq!(info(&mut other, "hands")[0]["last_exit"], "exit code 0");
    take_down(&mut client, -32005);
    drop((client, other));
    finish(daemon);
}

#[test]
fn a_worker_with_many_calls_ahead_ends_in_order_with_its_daemon() {
    let home = Home::new(TEAM);
    let daemon = Daemon::start_at(&home, &["-v", "--limit", "drain=300ms"]);
    let mut client = pile_up(&daemon);
    daemon.signal(Signal::SIGTERM);
    take_down(&mut client, -32300);
    let ended = daemon.ends_well();
    assert!(ended.log.contains("hands/0 is down: exit code 0"), "{}", ended.log);
}

#[test]
fn too_many_waiting_calls_are_refused_and_the_others_are_answered() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut holder = daemon.client();
    holder.request(0, "hands.hold", &json!([1500]));
    let mut clients: Vec<Client> = (0..8).map(|_| daemon.client()).collect();
    for client in &mut clients {
        for id in 0..200 {
            client.request(id, "hands.double", &json!([id]));
        }
    }
    let (mut answered, mut refused) = (0, 0);
    for client in &mut clients {
        for _ in 0..200 {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            match answer["error"]["code"].as_i64() {
                None => answered += 1,
                Some(-32004) => refused += 1,
                Some(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(answered + refused, 1600);
    assert!(refused > 0 && answered >= 1024, "{answered} answered, {refused} refused");
    drop((holder, clients));
    finish(daemon);
}

#[test]
fn signals_to_a_worker_are_its_own() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    let process = Process::open(pid(&mut client, "hands")).unwrap();
    process.signal(Signal::SIGHUP);
    assert_eq!(client.ask("hands.double", json!([1])), 2);
    process.signal(Signal::SIGTERM);
    process.wait();
    until("it is back", || state(&mut client, "hands") == "looping");
    client.ask("hands.leave", json!([]));
    until("it is back again", || info(&mut client, "hands")[0]["restarts"] == 2);
    assert_eq!(client.ask("hands.double", json!([1])), 2);
    drop(client);
    finish(daemon);
}

#[test]
fn a_program_that_was_deleted_still_starts_workers() {
    let shelf = Home::new(TEAM);
    let home = Home::new(shelf.copy_program());
    let daemon = Daemon::start_at(&home, &[""; 0]);
    fs::remove_file(home.program()).unwrap();
    let mut client = daemon.client();
    assert_eq!(client.ask("worker.restart", json!(["hands"])), true);
    assert_eq!(client.ask("hands.double", json!([3])), 6);
    drop(client);
    finish(daemon);
}

#[test]
fn the_launcher_does_not_wait_for_workers_to_release_its_output() {
    let home = Home::new(TEAM);
    // Reads all of the output: a worker that held it open would keep the test waiting.
    let daemon = Detached::start(&home, &[""; 0]);
    assert_eq!(daemon.client().ask("hands.double", json!([3])), 6);
    let workers: Vec<Process> = daemon.process().children().into_iter().filter_map(Process::open).collect();
    assert_eq!(workers.len(), all_processes(&mut daemon.client()).len());
    assert_eq!(home.run(&["stop"]).code, Some(0));
    daemon.assert_gone();
    assert!(workers.iter().all(|worker| !worker.is_running()));
}

#[test]
fn a_worker_process_without_a_daemon_reports_an_error() {
    let home = Home::new(TEAM);
    for worker in ["hands sealed", "nobody sealed", "hands /no-such-memory", ""] {
        let mut command = home.command(&["status"]);
        command.env("DAEMON_CORE_WORKER", worker);
        let finished = harness::run(command);
        assert_eq!(finished.code, Some(1), "{worker}");
        assert!(finished.stderr.contains("DAEMON_CORE_WORKER"), "{worker}: {}", finished.stderr);
    }
}

#[test]
fn nothing_of_a_worker_has_a_name_once_it_has_its_memory() {
    let (home, diary) = (Home::new(TEAM), Fifo::new());
    let mut command = home.command(&["-f", "-v", "--second-diary"]);
    command.arg(diary.path());
    let mut daemon = Daemon::spawn(&home, command);
    let prefix = format!("daemon.team.{}.", daemon.process().pid());
    let names = || -> Vec<String> {
        let entries = fs::read_dir("/dev/shm").unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with(&prefix)).collect()
    };
    let is_second =
        |pid: i32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "second\n");
    daemon.log().wait_for("second/0 was started");
    // The daemon already serves, although it is not ready.
    let mut early = Client::connect(&Endpoint::Unix(home.socket()));
    until("the second has taken its name", || {
        early.ask("team.ping", json!([]));
        daemon.process().children().into_iter().any(is_second)
    });
    assert_eq!(state(&mut early, "second"), "spinup");
    assert_eq!(names(), [""; 0], "it has its memory, and waits in its spinup");
    // From now on, opening it for reading does not block.
    let open = File::options().read(true).write(true).open(diary.path()).unwrap();
    daemon.wait_until_ready();
    early.ask("second.same", json!(["x"]));
    assert_eq!(names(), [""; 0]);
    drop(early);
    finish(daemon);
    drop(open);
    assert_eq!(names(), [""; 0]);
}

#[test]
fn a_panic_in_a_closure_or_parameter_leaves_the_daemon_running() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    client.ask("team.panic_then", json!([]));
    daemon.log().wait_for("the answer is Ok");
    assert_eq!(client.ask("hands.touch", json!(["x"])), "x");
    let worker = pid(&mut client, "hands");
    assert_eq!(code(&client.fault("hands.touch", json!(["ouch"]))), -32603);
    assert_eq!(pid(&mut client, "hands"), worker);
    drop(client);
    finish(daemon);
}

#[test]
fn a_worker_that_is_stopping_has_its_grace_and_needs_no_heartbeat() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    // Longer than its heartbeat, and shorter than its grace.
    client.ask("hands.linger", json!([3000]));
    assert_eq!(client.ask("worker.stop", json!(["hands"])), true);
    assert_eq!(info(&mut client, "hands")[0]["last_exit"], "exit code 0");
    assert_eq!(client.ask("worker.scale", json!(["second", 2])), true);
    let second = i32::try_from(info(&mut client, "second")[1]["pid"].as_i64().unwrap()).unwrap();
    let second = Process::open(second).unwrap();
    second.signal(Signal::SIGSTOP);
    assert_eq!(client.ask("worker.scale", json!(["second", 1])), true);
    drop(client);
    // A surplus process does not react to its SIGTERM: it is killed after its grace, and the daemon waits for it.
    finish(daemon);
    assert!(!second.is_running());
}

#[test]
fn a_worker_with_many_messages_waits_until_they_are_read() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = daemon.client();
    for (count, bytes) in [(60, 900_000), (3000, 1000), (5, 260_000)] {
        assert_eq!(client.ask("hands.flood", json!([count, bytes])), count);
    }
    until("all is heard", || news(&mut client).iter().filter(|line| *line == "flood").count() == 3065);
    // A message above the limit is not sent at all.
    assert_eq!(client.ask("hands.flood", json!([1, 2_000_000])), 1);
    daemon.log().wait_for("cannot emit `flood`");
    assert_eq!(client.ask("hands.double", json!([2])), 4);
    drop(client);
    finish(daemon);
}
