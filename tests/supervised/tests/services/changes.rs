//! Services that come, go and change while the daemon runs: by callers, by the file, by the clock, by wear.

use crate::keeper::{KEEPER, Keeper};
use harness::{Daemon, Home, Process, until};
use nix::sys::signal::Signal;
use serde_json::json;

#[test]
fn a_service_is_added_and_removed_by_callers() {
    let keeper = Keeper::start("[service.db]\ncommand = \"sleep 1000\"\n");
    let mut client = keeper.client();
    assert_eq!(
        client.ask("service.add", json!(["web", {"command": ["sleep", "1000"], "needs": ["db"]}])),
        true
    );
    assert_eq!(client.ask("service.wait", json!(["web", "running", "20s"])), true);
    for (params, reason) in [
        (json!(["web", {"command": "true"}]), "there is a service `web` already"),
        (json!(["a b", {"command": "true"}]), "`a b` can't be a name"),
        (json!(["x", {"command": "true", "needs": ["y"]}]), "`x` needs `y`, which is no service"),
        (json!(["x", {"command": "true", "needs": ["x"]}]), "x → x"),
        (json!(["x", {"comand": "true"}]), "unknown field `comand`"),
        (json!(["x", {"command": "true", "user": "nobody-at-all"}]), "there is no user `nobody-at-all`"),
    ] {
        let fault = client.fault("service.add", params);
        assert!(fault.to_string().contains(reason), "{fault}");
    }
    let fault = client.fault("service.remove", json!(["db"]));
    assert!(fault.to_string().contains("`web` needs `db`; remove that one first"), "{fault}");
    assert_eq!(client.ask("service.remove", json!(["web"])), true);
    assert_eq!(client.ask("service.list", json!([])).as_array().unwrap().len(), 1);
    let line = keeper.daemon().home().run(&[
        "service.add",
        "--name",
        "job",
        "--service",
        r#"{"command": "true", "restart": "never"}"#,
    ]);
    assert_eq!(line.code, Some(0), "{line:?}");
    assert_eq!(client.ask("service.wait", json!(["job", "ended", "20s"])), true);
    // No parameter has the name of an option.
    let line =
        keeper.daemon().home().run(&["service.wait", "--name", "job", "--state", "ended", "--within", "1s"]);
    assert_eq!(line.code, Some(0), "{line:?}");
    let line = keeper.daemon().home().run(&["status"]);
    assert!(line.stdout.contains("services: 1 running, 1 ended"), "{line:?}");
    drop(client);
    keeper.finish();
}

#[test]
fn a_reload_touches_only_what_has_changed() {
    let keeper = Keeper::start(
        r#"
        [service.same]
        command = "sleep 1000"
        [service.policy]
        command = "sleep 1000"
        [service.command]
        command = "sleep 1000"
        [service.gone]
        command = "sleep 1000"
        "#,
    );
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!(["*", "running", "20s"])), true);
    client.ask("service.add", json!(["added", {"command": "sleep 1000"}]));
    let pid = |name: &str| keeper.info(name)["pid"].clone();
    let before = ["same", "policy", "command", "added"].map(pid);
    keeper.rewrite(
        r#"
        [service.same]
        command = "sleep 1000"
        [service.policy]
        command = "sleep 1000"
        restart = "never"
        [service.command]
        command = "sleep 1001"
        [service.new]
        command = "sleep 1000"
        needs = ["command"]
        "#,
    );
    assert_eq!(client.ask("service.reload", json!([])), true);
    assert_eq!(client.ask("service.wait", json!(["new", "running", "20s"])), true);
    keeper.until("command", |info| info["state"] == "running");
    let after = ["same", "policy", "command", "added"].map(pid);
    assert_eq!((&after[0], &after[1], &after[3]), (&before[0], &before[1], &before[3]));
    assert_ne!(after[2], before[2]);
    until("the old one is gone", || {
        client
            .ask("service.list", json!([]))
            .as_array()
            .unwrap()
            .iter()
            .all(|service| service["name"] != "gone")
    });
    client.ask("service.signal", json!(["policy", "SIGKILL"]));
    assert_eq!(client.ask("service.wait", json!(["policy", "failed", "20s"])), true);

    keeper.rewrite("[service.same]\ncommand = 5\n");
    let fault = client.fault("daemon.reload", json!([]));
    assert!(fault.to_string().contains("line 2, column 11"), "{fault}");
    keeper.daemon().signal(Signal::SIGHUP);
    keeper.daemon().log().wait_for("expected a command, such as");
    assert_eq!(keeper.state("same"), "running");
    drop(client);
    keeper.finish();
}

#[test]
fn a_reload_starts_what_was_broken_or_in_want_of_something() {
    let keeper = Keeper::start(
        r#"
        [service.broken]
        command = "false"
        restart = "never"
        [service.waiting]
        command = "sleep 1000"
        needs = ["broken", "never"]
        [service.never]
        command = "sleep 1000"
        ready = "notify"
        "#,
    );
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!(["broken", "failed", "20s"])), true);
    assert_eq!(keeper.state("waiting"), "waiting");
    keeper.rewrite(
        r#"
        [service.broken]
        command = "sleep 1000"
        [service.waiting]
        command = "sleep 1000"
        needs = ["broken"]
        "#,
    );
    keeper.daemon().signal(Signal::SIGHUP);
    assert_eq!(client.ask("service.wait", json!(["waiting", "running", "20s"])), true);
    drop(client);
    keeper.finish();
}

#[test]
fn a_file_with_a_mistake_keeps_the_daemon_from_starting() {
    let home = Home::new(KEEPER);
    let file = home.path().join("services.toml");
    std::fs::write(&file, "[service.web]\ncommand = 'x'\nrestart = 'maybe'\n").unwrap();
    let ended = home.run(&["-f", "--services", file.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("services.toml`, line 3, column 11: unknown variant `maybe`"), "{ended:?}");
}

#[test]
fn a_schedule_starts_a_service_again_and_again() {
    let keeper = Keeper::start(
        r#"
        [service.hourly]
        command = "true"
        schedule = { cron = "0 * * * *" }
        [service.often]
        command = ["sh", "-c", "echo x >> DIR/often"]
        schedule = { every = "1s" }
        "#,
    );
    let next = keeper.info("hourly");
    assert_eq!(next["state"], "scheduled");
    assert!((0.0..=3600.0).contains(&next["next_start"].as_f64().unwrap()), "{next}");
    until("it was started twice", || {
        std::fs::read_to_string(keeper.path("often")).is_ok_and(|text| text.lines().count() >= 2)
    });
    let mut client = keeper.client();
    assert_eq!(client.ask("service.start", json!(["hourly"])), true);
    assert_eq!(client.ask("service.stop", json!(["hourly"])), true);
    assert_eq!(keeper.state("hourly"), "down");
    drop(client);
    keeper.finish();
}

#[test]
fn a_service_that_is_given_up_is_retried_or_reported() {
    let keeper = Keeper::start(
        r#"
        [service.retried]
        command = ["sh", "-c", "echo x >> DIR/tries; exit 1"]
        restart = "never"
        when_given_up = { retry = "10ms" }
        [service.reported]
        command = "false"
        restart = "never"
        when_given_up = { command = ["sh", "-c", "echo $SERVICE: $REASON > DIR/report.new; mv DIR/report.new DIR/report"] }
        "#,
    );
    until("it was tried three times", || {
        std::fs::read_to_string(keeper.path("tries")).is_ok_and(|text| text.lines().count() >= 3)
    });
    until("it was reported", || keeper.path("report").exists());
    assert_eq!(std::fs::read_to_string(keeper.path("report")).unwrap(), "reported: exit code 1\n");
    let stopped = keeper.client().ask("service.stop", json!(["retried"]));
    assert_eq!((stopped, keeper.state("retried")), (json!(true), "down".to_owned()));
    keeper.finish();
}

#[test]
fn a_service_that_is_needed_ends_the_daemon() {
    let home = Home::new(KEEPER);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services.toml");
    std::fs::write(
        &file,
        "[service.vital]\ncommand = 'false'\nrestart = 'never'\nwhen_given_up = 'end-daemon'\n",
    )
    .unwrap();
    let ended = home.run(&["-f", "--services", file.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("the service `vital` was given up: exit code 1"), "{ended:?}");
}

#[test]
fn a_worn_service_is_restarted() {
    let keeper = Keeper::start(
        r#"
        [service.aged]
        command = "sleep 1000"
        recycle = { age = "50ms" }
        [service.fat]
        command = "sleep 1000"
        recycle = { memory = 1 }
        "#,
    );
    keeper.until("aged", |info| info["restarts"].as_u64().unwrap() >= 2);
    keeper.until("fat", |info| info["restarts"].as_u64().unwrap() >= 1);
    keeper.finish();
}

#[test]
fn a_service_has_the_rights_that_it_is_given() {
    let keeper = Keeper::start(
        r#"
        [service.bound]
        command = ["sh", "-c", "ulimit -n; nice; umask; pwd; echo $A $B; exec sleep 1000"]
        log = "DIR/log"
        limits = { nofile = 123 }
        nice = 7
        umask = "077"
        directory = "/usr"
        inherit_env = ["PATH"]
        env = { A = "1" }
        "#,
    );
    until("it has started", || {
        std::fs::read_to_string(keeper.path("log")).is_ok_and(|log| log.lines().count() == 5)
    });
    assert_eq!(std::fs::read_to_string(keeper.path("log")).unwrap(), "123\n7\n0077\n/usr\n1\n");
    keeper.finish();
}

#[test]
fn the_stop_signal_reaches_the_process_or_its_whole_group() {
    let keeper = Keeper::start(
        r#"
        [service.one]
        command = ["sh", "DIR/parent.sh", "DIR/one"]
        autostart = false
        [service.all]
        command = ["sh", "DIR/parent.sh", "DIR/all"]
        stop_group = true
        autostart = false
        ready = { fd = 3 }
        "#,
    );
    // The child ends by itself, or with the group.
    let child = "trap 'echo child >> $1; exit' TERM; echo >&3; while true; do sleep 0.01; done";
    let parent = "trap 'test $1 = ${1%all} || wait; echo parent >> $1; exit' TERM; sh ${0%parent.sh}child.sh $1 & wait";
    std::fs::write(keeper.path("child.sh"), child).unwrap();
    std::fs::write(keeper.path("parent.sh"), parent).unwrap();
    let mut client = keeper.client();
    let read = |name: &str| std::fs::read_to_string(keeper.path(name)).unwrap_or_default();
    assert_eq!(client.ask("service.start", json!(["all"])), true);
    assert_eq!(client.ask("service.stop", json!(["all"])), true);
    assert_eq!(read("all"), "child\nparent\n");
    assert_eq!(client.ask("service.start", json!(["one"])), true);
    keeper.until("one", |info| {
        let process = Process::open(i32::try_from(info["pid"].as_i64().unwrap()).unwrap()).unwrap();
        process.children().len() == 1
    });
    assert_eq!(client.ask("service.stop", json!(["one"])), true);
    assert_eq!(read("one"), "parent\n");
    drop(client);
    keeper.finish();
}

#[test]
fn a_thousand_services_that_end_at_once_are_all_started_again() {
    let services: String = (0..1000)
        .map(|number| {
            format!(
                "[service.s{number}]\ncommand = \"sleep 1000\"\nmin_uptime = \"0s\"\ngroups = [\"all\"]\n"
            )
        })
        .collect();
    let keeper = Keeper::start(&services);
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!(["*", "running", "60s"])), true);
    assert_eq!(client.ask("service.signal", json!(["all:*", "SIGKILL"])), 1000);
    until("all were restarted", || {
        let infos = client.ask("service.status", json!([]));
        infos.as_array().unwrap().iter().all(|info| info["restarts"] == 1 && info["state"] == "running")
    });
    assert_eq!(client.ask("service.stop", json!(["*"])), true);
    drop(client);
    keeper.finish();
}

#[test]
fn callers_see_the_changes_of_services_as_events() {
    let daemon = Daemon::start(KEEPER, &[]);
    let mut client = daemon.client();
    let mut events = daemon.client();
    events.ask("daemon.events", json!([["service"]]));
    client.ask("service.add", json!(["x", {"command": "sleep 1000"}]));
    assert_eq!(client.ask("service.wait", json!(["x", "running", "20s"])), true);
    let lines = [events.line(), events.line()];
    assert!(lines[0].contains(r#""event":"service","service":"x","state":"starting""#), "{lines:?}");
    assert!(lines[1].contains(r#""state":"running""#), "{lines:?}");
    drop((client, events));
    daemon.terminate();
}
