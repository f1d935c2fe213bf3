//! What `supervisorctl`, unmodified, and other clients of Supervisor see of a daemon with services.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use crate::keeper::{KEEPER, Keeper};
use harness::{
    DEADLINE, Daemon, Detached, Endpoint, Finished, Home, Piped, program, python, run, skip, until,
};
use nix::sys::signal::Signal;
use serde_json::json;

/// The exit statuses of `supervisorctl`.
const FINE: Option<i32> = Some(0);
const GENERIC: Option<i32> = Some(1);
const INVALID: Option<i32> = Some(2);
const STOPPED: Option<i32> = Some(3);
const UNKNOWN: Option<i32> = Some(4);
const DEAD: Option<i32> = Some(7);

const SHOP: &str = r#"
    [service.db]
    command = "sleep 1000"
    log = "DIR/db.log"
    [service.web]
    command = "sleep 1000"
    needs = ["db"]
    groups = ["front", "all"]
    [service.api]
    command = "sleep 1000"
    groups = ["front"]
    [service.job]
    command = "true"
    restart = "never"
    [service.bad]
    command = "sh -c 'exit 3'"
    restart = "never"
    [service.spare]
    command = "sleep 1000"
    autostart = false
    "#;

/// Whether there is a `supervisorctl` to test with.
fn is_here() -> bool {
    let is_here = program("supervisorctl").is_some();
    if !is_here {
        skip("supervisorctl is not here: apt-get install --no-install-recommends supervisor");
    }
    is_here
}

/// Starts a keeper with the services of the shop, and waits until they are in their states.
fn shop() -> Keeper {
    let keeper = Keeper::start(SHOP);
    for (name, state) in [("web", "running"), ("api", "running"), ("job", "ended"), ("bad", "failed")] {
        assert_eq!(keeper.client().ask("service.wait", json!([name, state, "20s"])), true);
    }
    keeper
}

fn command(keeper: &Keeper, args: &[&str]) -> Command {
    command_at(&keeper.daemon().home().socket(), args)
}

fn command_at(socket: &Path, args: &[&str]) -> Command {
    command_to(&format!("unix://{}", socket.display()), args)
}

fn command_to(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new("supervisorctl");
    command.arg("-s").arg(url).args(args);
    command.env("LC_ALL", "C.UTF-8").env("PYTHONIOENCODING", "utf-8").env("TZ", "UTC").env_remove("CI");
    command
}

fn ctl(keeper: &Keeper, args: &[&str]) -> Finished {
    run(command(keeper, args))
}

/// Runs it, and fails if it says something else or has another exit status.
#[track_caller]
fn says(keeper: &Keeper, args: &[&str], code: Option<i32>, stdout: &str) {
    let finished = ctl(keeper, args);
    assert_eq!((finished.code, finished.stdout.as_str()), (code, stdout), "{args:?}: {finished:?}");
}

/// Returns the first two words of each line of the status.
fn states(keeper: &Keeper, args: &[&str]) -> Vec<String> {
    let status = ctl(keeper, &[&["status"], args].concat());
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    status.stdout.lines().map(words).collect()
}

fn pid(keeper: &Keeper, name: &str) -> String {
    ctl(keeper, &["pid", name]).stdout
}

#[test]
fn supervisorctl_shows_what_services_do() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    let status = ctl(&keeper, &["status"]);
    assert_eq!(status.code, STOPPED, "{status:?}");
    let found: Vec<(String, String)> = status
        .stdout
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[..2].join(" "), words[2..].join(" "))
        })
        .collect();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["bad FATAL", "db RUNNING", "front:api RUNNING", "front:web RUNNING", "job EXITED", "spare STOPPED"]
    );
    let described = |at: usize| found[at].1.as_str();
    assert_eq!((described(0), described(5)), ("exit code 3", "Not started"));
    assert!(
        described(1).starts_with(&format!("pid {}, uptime 0:00:", keeper.info("db")["pid"])),
        "{status:?}"
    );
    // Such as `Nov 28 01:05 AM`.
    assert_eq!(described(4).split(' ').count(), 4, "{status:?}");
    assert!(described(4).ends_with('M'), "{status:?}");
    assert_eq!(ctl(&keeper, &["status", "db", "front:*"]).code, FINE);
    assert_eq!(states(&keeper, &["front:*"]), ["front:api RUNNING", "front:web RUNNING"]);
    assert_eq!(states(&keeper, &["front:web", "db"]), ["front:web RUNNING", "db RUNNING"]);
    says(&keeper, &["status", "nope"], UNKNOWN, "nope: ERROR (no such process)");
    says(&keeper, &["status", "nope:*"], UNKNOWN, "nope: ERROR (no such group)");
    says(&keeper, &["pid"], FINE, &keeper.daemon().process().pid().to_string());
    says(&keeper, &["pid", "db"], FINE, &keeper.info("db")["pid"].to_string());
    says(&keeper, &["pid", "spare"], DEAD, "0");
    says(&keeper, &["pid", "nope"], GENERIC, "No such process nope");
    assert_eq!(ctl(&keeper, &["pid", "all"]).stdout.lines().count(), 6);
    says(&keeper, &["version"], FINE, env!("CARGO_PKG_VERSION"));
    let avail = ctl(&keeper, &["avail"]);
    assert_eq!((avail.code, avail.stdout.lines().count()), (FINE, 6), "{avail:?}");
    assert!(
        avail
            .stdout
            .lines()
            .any(|line| { line.split_whitespace().eq(["front:web", "in", "use", "auto", "999:999"]) }),
        "{avail:?}"
    );
    keeper.finish();
}

#[test]
fn supervisorctl_starts_and_stops_services() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    says(&keeper, &["start", "spare"], FINE, "spare: started");
    says(&keeper, &["start", "spare"], FINE, "spare: ERROR (already started)");
    says(&keeper, &["stop", "spare"], FINE, "spare: stopped");
    says(&keeper, &["stop", "spare"], FINE, "spare: ERROR (not running)");
    says(&keeper, &["start", "nope"], GENERIC, "nope: ERROR (no such process)");
    says(&keeper, &["start", "nope:*"], INVALID, "nope: ERROR (no such group)");
    says(&keeper, &["stop", "nope:*"], GENERIC, "nope: ERROR (no such group)");
    says(&keeper, &["stop", "front:*"], FINE, "front:api: stopped\nfront:web: stopped");
    says(&keeper, &["start", "front:*"], FINE, "front:api: started\nfront:web: started");
    let before = pid(&keeper, "front:api");
    says(&keeper, &["restart", "front:api"], FINE, "front:api: stopped\nfront:api: started");
    assert_ne!(pid(&keeper, "front:api"), before);
    let stopped = ctl(&keeper, &["stop", "all"]);
    assert_eq!(
        (stopped.code, stopped.stdout.as_str()),
        (FINE, "db: stopped\nfront:api: stopped\nfront:web: stopped")
    );
    let started = ctl(&keeper, &["start", "all"]);
    assert!(started.stdout.contains("front:web: started"), "{started:?}");
    keeper.finish();
}

#[test]
fn what_a_restart_stops_along_is_back_after_it() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    let before = pid(&keeper, "front:web");
    says(&keeper, &["restart", "db"], FINE, "db: stopped\ndb: started");
    keeper.until("web", |info| info["state"] == "running");
    assert_ne!(pid(&keeper, "front:web"), before);
    // One that is stopped by itself stays down.
    says(&keeper, &["stop", "front:web"], FINE, "front:web: stopped");
    says(&keeper, &["restart", "db"], FINE, "db: stopped\ndb: started");
    assert_eq!(keeper.state("web"), "down");
    keeper.finish();
}

#[test]
fn supervisorctl_sends_signals() {
    if !is_here() {
        return;
    }
    let keeper = Keeper::start(
        r#"
        [service.trap]
        command = "sh -c 'trap \"echo hup >> DIR/hups\" HUP; echo up >> DIR/hups; while :; do sleep 1000 & wait; done'"
        [service.other]
        command = "sleep 1000"
        groups = ["group"]
        "#,
    );
    until("the shell has its trap", || {
        keeper.client().ask("service.status", json!(["trap"]));
        keeper.path("hups").exists()
    });
    says(&keeper, &["signal", "HUP", "trap"], FINE, "trap: signalled");
    until("the shell has the signal", || {
        keeper.client().ask("service.status", json!(["trap"]));
        fs::read_to_string(keeper.path("hups")).unwrap().contains("hup")
    });
    says(&keeper, &["signal", "SIGURG", "group:*"], FINE, "group:other: signalled");
    says(&keeper, &["signal", "URG", "all"], FINE, "group:other: signalled\ntrap: signalled");
    says(&keeper, &["signal", "NOPE", "trap"], GENERIC, "trap: ERROR (bad signal name)");
    says(&keeper, &["stop", "trap"], FINE, "trap: stopped");
    says(&keeper, &["signal", "HUP", "trap"], DEAD, "trap: ERROR (not running)");
    keeper.finish();
}

#[test]
fn supervisorctl_reads_logs_and_follows_them() {
    if !is_here() {
        return;
    }
    let keeper = Keeper::start(
        r#"
        [service.echo]
        command = "sh -c 'mkfifo DIR/fifo; echo first; echo second; while :; do read line < DIR/fifo; echo \"got $line\"; done'"
        log = "DIR/echo.log"
        [service.mute]
        command = "sleep 1000"
        "#,
    );
    let fifo = keeper.path("fifo");
    until("the log has both lines", || ctl(&keeper, &["tail", "-7", "echo"]).stdout.trim() == "second");
    assert!(ctl(&keeper, &["tail", "echo"]).stdout.contains("first\nsecond"));
    says(&keeper, &["tail", "echo", "stderr"], GENERIC, "echo: ERROR (no log file)");
    says(&keeper, &["tail", "mute"], GENERIC, "mute: ERROR (no log file)");
    says(&keeper, &["tail", "nope"], GENERIC, "nope: ERROR (no such process name)");
    says(&keeper, &["maintail"], GENERIC, "supervisord: ERROR (no log file)");

    let follower = Piped::start(command(&keeper, &["tail", "-f", "echo"]));
    follower.stdout().wait_for("second");
    fs::write(&fifo, "this\n").unwrap();
    follower.stdout().wait_for("got this");
    says(&keeper, &["clear", "echo"], FINE, "echo: cleared");
    assert_eq!(fs::read_to_string(keeper.path("echo.log")).unwrap(), "");
    fs::write(&fifo, "that\n").unwrap();
    follower.stdout().wait_for("got that");
    says(&keeper, &["clear", "all"], FINE, "echo: cleared\nmute: cleared");
    assert_eq!(keeper.client().ask("service.remove", json!(["echo"])), true);
    assert_eq!(follower.finish().code, Some(0));

    let nope = ctl(&keeper, &["tail", "-f", "nope"]);
    assert!(nope.stderr.contains("Cannot read, status code 404"), "{nope:?}");
    keeper.finish();
}

#[test]
fn a_log_that_the_daemon_stops_sending_has_no_end() {
    let keeper = Keeper::start(
        r#"
        [service.echo]
        command = "sh -c 'echo first; exec sleep 1000'"
        log = "DIR/echo.log"
        "#,
    );
    let mut stream = UnixStream::connect(keeper.daemon().home().socket()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(b"GET /logtail/echo/stdout HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut seen = String::new();
    while !seen.contains("first") {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).unwrap();
        assert_ne!(count, 0, "{seen}");
        seen.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    keeper.daemon().signal(Signal::SIGTERM);
    stream.read_to_string(&mut seen).unwrap();
    assert!(seen.contains("transfer-encoding: chunked") && !seen.ends_with("0\r\n\r\n"), "{seen}");
    keeper.ends_well();
}

#[test]
fn a_reread_reports_what_has_changed_and_an_update_applies_it() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    assert_eq!(keeper.client().ask("service.add", json!(["extra", {"command": "sleep 1000"}])), true);
    says(&keeper, &["reread"], FINE, "No config updates to processes");
    let before = ["db", "front:api", "extra"].map(|name| pid(&keeper, name));
    keeper.rewrite(
        r#"
        [service.db]
        command = "sleep 1000"
        log = "DIR/db.log"
        [service.web]
        command = "sleep 1001"
        needs = ["db", "cache"]
        groups = ["front"]
        [service.api]
        command = "sleep 1000"
        groups = ["front"]
        [service.cache]
        command = "sleep 1000"
        [service.bad]
        command = "sh -c 'exit 3'"
        restart = "never"
        [service.spare]
        command = "sleep 1000"
        autostart = false
        "#,
    );
    let changes = "cache: available\nfront: changed\njob: disappeared";
    says(&keeper, &["reread"], FINE, changes);
    says(&keeper, &["reread"], FINE, changes);
    assert_eq!(before, ["db", "front:api", "extra"].map(|name| pid(&keeper, name)));
    assert!(
        ctl(&keeper, &["avail"])
            .stdout
            .lines()
            .any(|line| { line.split_whitespace().eq(["cache", "avail", "auto", "999:999"]) })
    );
    says(
        &keeper,
        &["update"],
        FINE,
        "job: stopped\njob: removed process group\nfront: stopped\nfront: updated process group\n\
         cache: added process group",
    );
    keeper.until("web", |info| info["state"] == "running");
    let after = ["db", "front:api", "extra"].map(|name| pid(&keeper, name));
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_ne!(after[1], before[1]);
    says(&keeper, &["update"], FINE, "");
    says(&keeper, &["status", "job"], UNKNOWN, "job: ERROR (no such process)");

    keeper.rewrite("[service.db]\ncommand = 17\n");
    let reread = ctl(&keeper, &["reread"]);
    assert_eq!(reread.code, GENERIC, "{reread:?}");
    assert!(reread.stdout.contains("ERROR: CANT_REREAD: ") && reread.stdout.contains("line 2"), "{reread:?}");
    assert_eq!(pid(&keeper, "db"), before[0]);
    keeper.finish();
}

#[test]
fn a_group_that_another_one_needs_is_replaced_and_both_are_back() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    let before = pid(&keeper, "front:web");
    keeper.rewrite(&SHOP.replace("\"sleep 1000\"\n    log", "\"sleep 1001\"\n    log"));
    says(&keeper, &["update"], FINE, "db: stopped\ndb: updated process group");
    keeper.until("web", |info| info["state"] == "running");
    assert_ne!(pid(&keeper, "front:web"), before);
    keeper.finish();
}

#[test]
fn a_service_moves_from_one_group_to_another() {
    if !is_here() {
        return;
    }
    let keeper = Keeper::start(
        r#"
        [service.a]
        command = "sleep 1000"
        groups = ["one"]
        [service.b]
        command = "sleep 1000"
        groups = ["two"]
        [service.mover]
        command = "sleep 1000"
        groups = ["two"]
        "#,
    );
    keeper.rewrite(
        r#"
        [service.a]
        command = "sleep 1000"
        groups = ["one"]
        [service.b]
        command = "sleep 1000"
        groups = ["two"]
        [service.mover]
        command = "sleep 1000"
        groups = ["one"]
        "#,
    );
    says(
        &keeper,
        &["update"],
        FINE,
        "one: stopped\none: updated process group\ntwo: stopped\ntwo: updated process group",
    );
    keeper.until("mover", |info| info["state"] == "running");
    assert_eq!(states(&keeper, &[]), ["one:a RUNNING", "one:mover RUNNING", "two:b RUNNING"]);
    says(&keeper, &["reread"], FINE, "No config updates to processes");
    keeper.finish();
}

#[test]
fn groups_are_removed_and_added_by_hand() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    says(&keeper, &["remove", "db"], GENERIC, "ERROR: process/group still running: db");
    says(&keeper, &["remove", "nope"], GENERIC, "ERROR: no such process/group: nope");
    says(&keeper, &["add", "db"], FINE, "ERROR: process group already active");
    says(&keeper, &["add", "nope"], GENERIC, "ERROR: no such process/group: nope");
    says(&keeper, &["stop", "db"], FINE, "db: stopped");
    says(&keeper, &["remove", "db"], FINE, "db: removed process group");
    // What it needs is not there.
    says(&keeper, &["start", "front:web"], DEAD, "front:web: ERROR (spawn error)");
    let status = ctl(&keeper, &["status", "front:web"]);
    assert!(status.stdout.contains("BACKOFF") && status.stdout.contains("it needs `db`, which is not there"));
    says(&keeper, &["add", "db"], FINE, "db: added process group");
    keeper.until("web", |info| info["state"] == "running");
    keeper.finish();
}

#[test]
fn a_caller_without_rights_sees_what_services_do_and_changes_nothing() {
    if !is_here() {
        return;
    }
    // Nobody knows who is on the far side of an inet socket.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services.toml");
    let log = directory.path().join("db.log");
    fs::write(&file, format!("[service.db]\ncommand = \"sleep 1000\"\nlog = {log:?}\n")).unwrap();
    let daemon =
        Daemon::start(KEEPER, &["--socket", "tcp://127.0.0.1:0", "--services", file.to_str().unwrap()]);
    let Endpoint::Tcp(address) = daemon.endpoints()[0].clone() else { panic!("no inet socket") };
    let ctl = |args: &[&str]| run(command_to(&format!("http://{address}"), args));
    let status = ctl(&["status"]);
    assert!(status.stdout.starts_with("db "), "{status:?}");
    let pid = ctl(&["pid", "db"]).stdout;
    for args in [&["stop", "db"][..], &["tail", "db"], &["signal", "HUP", "all"], &["reread"], &["shutdown"]]
    {
        let refused = ctl(args);
        assert_eq!(refused.code, GENERIC, "{args:?}: {refused:?}");
        assert!(refused.stdout.contains("-32001"), "{args:?}: {refused:?}");
    }
    let refused = ctl(&["tail", "-f", "db"]);
    assert!(refused.stderr.contains("Cannot read, status code 403"), "{refused:?}");
    assert_eq!(ctl(&["pid", "db"]).stdout, pid);
    daemon.terminate();
}

#[test]
fn supervisorctl_shuts_the_daemon_down() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    says(&keeper, &["shutdown"], FINE, "Shut down");
    keeper.ends_well();
}

#[test]
fn a_shell_of_supervisorctl_keeps_its_connection() {
    if !is_here() {
        return;
    }
    let keeper = shop();
    let mut shell = Piped::start(command(&keeper, &["-i"]));
    shell.say("restart front:api");
    shell.stdout().wait_for("front:api: started");
    shell.say("status front:api");
    shell.stdout().wait_for("front:api  ");
    shell.say("quit");
    assert_eq!(shell.finish().code, FINE);
    keeper.finish();
}

#[test]
fn other_clients_of_supervisor_are_served() {
    let Some(python) = python(&["xmlrpc.client"]) else { return skip("Python is not here") };
    let keeper = Keeper::start(
        r#"
        [service.web]
        command = "sh -c 'printf \"one\\ntwo\\n\\033[31mthree\\n\"; exec sleep 1000'"
        groups = ["front"]
        log = "DIR/web.log"
        [service.api]
        command = "sleep 1000"
        groups = ["front"]
        [service.spare]
        command = "sleep 1000"
        autostart = false
        [service.absent]
        command = "no-such-program-at-all"
        autostart = false
        [service.crash]
        command = "sh -c 'exit 3'"
        ready = "fd:3"
        restart = "never"
        autostart = false
        "#,
    );
    assert_eq!(keeper.client().ask("service.wait", json!(["front:*", "running", "20s"])), true);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/supervisor.py");
    let mut command = Command::new(python);
    command.arg(script).arg(keeper.daemon().home().socket());
    command.arg(keeper.daemon().process().pid().to_string()).arg(keeper.path("web.log"));
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    keeper.ends_well();
}

#[test]
fn the_log_of_a_daemon_is_read_if_it_is_a_file() {
    if !is_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("daemon.log");
    let home = Home::new(KEEPER);
    let daemon = Detached::start(&home, &["--log", log.to_str().unwrap()]);
    let maintail = run(command_at(&home.socket(), &["maintail", "-20"]));
    assert_eq!(maintail.code, FINE, "{maintail:?}");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!maintail.stdout.is_empty() && text.contains(&maintail.stdout), "{maintail:?}: {text}");
    daemon.finish();
}
