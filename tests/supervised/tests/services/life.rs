//! Services of a daemon: their order, their restarts, and what callers see.

use crate::keeper::Keeper;
use harness::until;
use nix::sys::signal::Signal;
use serde_json::json;

#[test]
fn services_start_in_the_order_of_their_needs_and_stop_in_reverse() {
    let keeper = Keeper::start(
        r#"
        [service.web]
        command = "sleep 1000"
        needs = ["db", "queue"]
        [service.db]
        command = "sleep 1000"
        needs = ["disk"]
        [service.disk]
        command = "sleep 1000"
        [service.queue]
        command = "sleep 1000"
        "#,
    );
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!({"name": "*", "within": "20s"})), true);
    let changes = keeper.changes();
    let at = |change: &str| changes.iter().position(|other| other == change).unwrap();
    assert!(at("disk running") < at("db starting") && at("db running") < at("web starting"), "{changes:?}");
    assert!(at("queue running") < at("web starting"), "{changes:?}");
    assert_eq!(changes.iter().filter(|change| *change == "web waiting").count(), 1, "{changes:?}");

    assert_eq!(client.ask("service.stop", json!(["disk"])), true);
    let changes = keeper.changes();
    let at = |change: &str| changes.iter().position(|other| other == change).unwrap();
    assert!(at("web down") < at("db stopping") && at("db down") < at("disk stopping"), "{changes:?}");
    assert_eq!(keeper.state("queue"), "running");

    assert_eq!(client.ask("service.start", json!(["web"])), true);
    assert_eq!(["disk", "db", "web"].map(|name| keeper.state(name)), ["running"; 3]);
    drop(client);
    let ended = keeper.finish();
    let line = |text: &str| ended.log.lines().position(|line| line.contains(text));
    assert!(line("web is down") < line("db is down"), "{}", ended.log);
}

#[test]
fn a_service_that_ends_is_started_again_and_one_that_fails_says_why() {
    let keeper = Keeper::start(
        r#"
        [service.stable]
        command = "sleep 1000"
        [service.broken]
        command = "sh -c 'exit 7'"
        ready = "notify"
        restart = "on-failure"
        intensity = { restarts = 1, within = "1m" }
        backoff = { from = "10ms", to = "20ms" }
        [service.job]
        command = "true"
        restart = "on-failure"
        [service.missing]
        command = "/no/such/program"
        autostart = false
        "#,
    );
    let mut client = keeper.client();
    for (name, state) in [("broken", "failed"), ("job", "ended"), ("stable", "running")] {
        client.ask("service.wait", json!({"name": name, "state": state, "within": "20s"}));
    }
    let pid = keeper.info("stable")["pid"].as_i64().unwrap();
    client.ask("service.signal", json!(["stable", "SIGKILL"]));
    keeper.until("stable", |info| info["pid"].as_i64().is_some_and(|other| other != pid));
    assert_eq!(keeper.info("stable")["restarts"], 1);
    let broken = keeper.info("broken");
    assert_eq!((broken["exit_code"].clone(), broken["restarts"].clone()), (json!(7), json!(1)));
    assert_eq!(broken["reason"], "exit code 7; more than 1 restarts within 1m");
    let fault = client.fault("service.start", json!(["broken"]));
    assert_eq!(fault["data"], json!({"service": "broken", "reason": "exit code 7"}));
    let fault = client.fault("service.start", json!(["missing"]));
    let reason = fault["data"]["reason"].as_str().unwrap();
    assert!(reason.contains("No such file or directory"), "{reason}");
    let fault = client.fault("service.start", json!(["nobody"]));
    assert_eq!(fault["data"]["reason"], "there is no service `nobody`");
    let fault = client.fault("service.wait", json!(["job", "running", "10ms"]));
    assert_eq!(fault["message"], "Call took too long");
    client.ask("service.stop", json!(["missing"]));
    drop(client);
    keeper.finish();
}

#[test]
fn groups_are_started_and_stopped_together() {
    let keeper = Keeper::start(
        r#"
        [service.one]
        command = "sleep 1000"
        groups = ["pair"]
        [service.two]
        command = "sleep 1000"
        groups = ["pair"]
        [service.three]
        command = "sleep 1000"
        "#,
    );
    let mut client = keeper.client();
    client.ask("service.wait", json!({"name": "*"}));
    assert_eq!(client.ask("service.stop", json!(["pair:*"])), true);
    assert_eq!(["one", "two", "three"].map(|name| keeper.state(name)), ["down", "down", "running"]);
    assert_eq!(client.ask("service.restart", json!(["pair:*"])), true);
    assert_eq!(client.ask("service.status", json!(["pair:*"])).as_array().unwrap().len(), 2);
    assert_eq!(client.ask("service.signal", json!(["pair:*", "SIGCONT"])), 2);
    assert_eq!(
        client.fault("service.stop", json!(["none:*"]))["data"]["reason"],
        "there is no group `none:*`"
    );
    drop(client);
    keeper.finish();
}

#[test]
fn a_service_that_shall_not_be_an_orphan_is_asked_to_stop_when_the_daemon_is_killed() {
    let keeper = Keeper::start(
        r#"
        [service.ends]
        command = ["sh", "-c", "trap 'echo asked > DIR/asked; exit' INT; echo > DIR/up; while :; do sleep 0.01; done"]
        stop_signal = "SIGINT"
        orphan = "stop"
        [service.stays]
        command = "sleep 1000"
        "#,
    );
    until("both run", || keeper.path("up").exists() && keeper.info("stays")["pid"].is_i64());
    let process = |name: &str| {
        let pid = keeper.info(name)["pid"].as_i64().unwrap();
        harness::Process::open(i32::try_from(pid).unwrap()).unwrap()
    };
    let (ends, stays) = (process("ends"), process("stays"));
    keeper.daemon().signal(Signal::SIGKILL);
    ends.wait();
    assert_eq!(std::fs::read_to_string(keeper.path("asked")).unwrap(), "asked\n");
    assert!(stays.is_running());
    stays.signal(Signal::SIGKILL);
}
