//! A suite as its users meet it: `up`, `down`, `ps` and the rest, instances, kills.

// A panic here fails the test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;

use harness::{Client, Daemon, Endpoint, Finished, Home, Process, is_root, program, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const SUITES: &str = env!("CARGO_BIN_EXE_suites");

/// Runs a command that must succeed, and returns what it prints.
fn done(home: &Home, arguments: &[&str]) -> String {
    let finished = home.run(arguments);
    assert_eq!(finished.code, Some(0), "{arguments:?}: {finished:#?}");
    finished.stdout
}

fn failed(home: &Home, arguments: &[&str]) -> Finished {
    let finished = home.run(arguments);
    assert_ne!(finished.code, Some(0), "{arguments:?}: {finished:#?}");
    finished
}

/// Returns what `ps` says about a member; null if nothing.
fn member(home: &Home, name: &str) -> Value {
    let members: Value = serde_json::from_str(&done(home, &["ps", "--output", "json"])).unwrap();
    members.as_array().unwrap().iter().find(|member| member["name"] == name).cloned().unwrap_or_default()
}

fn is_running(home: &Home, name: &str) -> bool {
    member(home, name)["status"] == "running"
}

fn wait_until_running(home: &Home, names: &[&str]) {
    until("the members run", || names.iter().all(|name| is_running(home, name)));
}

fn process(home: &Home, name: &str) -> Process {
    let pid = fs::read_to_string(home.path().join(format!("{name}.pid"))).unwrap();
    Process::open(pid.trim().parse().unwrap()).unwrap()
}

fn client(home: &Home, name: &str) -> Client {
    let address = format!("unix:{}", home.path().join(format!("{name}.sock")).display());
    Client::connect(&Endpoint::parse(&address).unwrap())
}

/// Starts `up` in the foreground.
fn up(home: &Home, arguments: &[&str]) -> Daemon {
    Daemon::start_by(home, home.command(&[&["up"], arguments].concat()))
}

#[test]
fn one_command_starts_all_in_order_and_one_stops_them() {
    let home = Home::new(SUITES);
    done(&home, &["up", "-d"]);
    wait_until_running(&home, &["kernel", "jobs"]);
    assert_eq!(member(&home, "extra"), Value::Null);
    assert!(done(&home, &["status"]).contains("trio is running: 2 daemons"));
    assert!(done(&home, &["discover", "--methods"]).contains("kernel  kernel.echo"));
    let found = done(&home, &["discover"]);
    assert!(found.lines().nth(1).unwrap().starts_with("jobs"), "{found}");
    // Each has a log beside its socket.
    assert!(done(&home, &["logs", "jobs", "-n", "1"]).starts_with("jobs | "));
    let begun =
        |name: &str| fs::metadata(home.path().join(format!("{name}.log"))).unwrap().created().unwrap();
    assert!(begun("kernel") <= begun("jobs"));
    let (kernel, jobs) = (process(&home, "kernel"), process(&home, "jobs"));
    done(&home, &["down"]);
    assert!(!kernel.is_running() && !jobs.is_running());
    assert_eq!(home.files(), ["jobs.log", "kernel.log", "up.log"]);
    let status = failed(&home, &["status"]);
    assert_eq!(status.code, Some(3), "{status:#?}");
}

#[test]
fn one_member_is_started_stopped_and_restarted() {
    let home = Home::new(SUITES);
    let up = up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    let (kernel, jobs) = (process(&home, "kernel"), process(&home, "jobs"));
    done(&home, &["restart", "jobs"]);
    assert!(kernel.is_running() && !jobs.is_running());
    wait_until_running(&home, &["jobs"]);
    // What needs it is stopped, too.
    done(&home, &["stop", "kernel"]);
    assert_eq!(
        (&member(&home, "kernel")["status"], &member(&home, "jobs")["status"]),
        (&json!("down"), &json!("down"))
    );
    assert_eq!(home.run(&["status"]).code, Some(3));
    done(&home, &["start", "jobs"]);
    wait_until_running(&home, &["kernel", "jobs"]);
    let unknown = failed(&home, &["restart", "nobody"]);
    assert!(unknown.stderr.contains("nobody"), "{unknown:#?}");
    up.terminate();
    let nothing = failed(&home, &["restart", "jobs"]);
    assert!(nothing.stderr.contains("`up` does not run"), "{nothing:#?}");
}

#[test]
fn a_member_that_dies_is_started_again_and_counted() {
    let home = Home::new(SUITES);
    let up = up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    let jobs = process(&home, "jobs");
    let kernel = process(&home, "kernel");
    kernel.signal(Signal::SIGKILL);
    kernel.wait();
    until("it is back", || member(&home, "kernel")["restarts"] == 1 && is_running(&home, "kernel"));
    assert!(jobs.is_running());
    let mut client = client(&home, "kernel");
    client.ask("kernel.echo", json!(["hi"]));
    client.fault("kernel.fail", json!([]));
    let seen = member(&home, "kernel");
    assert!(seen["requests"].as_u64() >= Some(2) && seen["errors"] == 1, "{seen}");
    assert!(seen["mean"].as_f64() > Some(0.0) && seen["memory"].as_u64() > Some(1000), "{seen}");
    up.terminate();
}

#[test]
fn the_status_of_all_is_one_call() {
    let home = Home::new(SUITES);
    let up = up(&home, &["extra"]);
    wait_until_running(&home, &["kernel", "extra"]);
    let members = up.client().ask("suite.status", json!([]));
    let names: Vec<&Value> = members.as_array().unwrap().iter().map(|member| &member["name"]).collect();
    assert_eq!(names, ["extra", "kernel"]);
    up.terminate();
}

#[test]
fn in_the_foreground_each_line_has_the_name_of_its_member() {
    let home = Home::new(SUITES);
    let mut command = home.command(&["up"]);
    command
        .env("JOBS_GREETING", "hello")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let shown = harness::Log::of(child.stdout.take().unwrap());
    shown.wait_for("jobs   | I say hello");
    shown.wait_for("kernel * is running");
    shown.wait_for("jobs   * is running");
    done(&home, &["down"]);
    assert!(child.wait().unwrap().success());
    home.assert_empty();
}

#[test]
fn hup_reaches_all_members() {
    let home = Home::new(SUITES);
    let up = up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    up.signal(Signal::SIGHUP);
    let mut client = client(&home, "kernel");
    until("the kernel has reloaded", || client.ask("kernel.reloads", json!([])) == 1);
    up.terminate();
}

#[test]
fn instances_have_sockets_of_their_own() {
    let home = Home::new(SUITES);
    let up = up(&home, &["kernel@blue", "kernel@green"]);
    wait_until_running(&home, &["kernel@blue", "kernel@green"]);
    assert_eq!(client(&home, "kernel@blue").ask("kernel.echo", json!(["hi"])), "hi");
    assert_eq!(done(&home, &["kernel@green", "kernel.echo", "ho"]), "ho");
    done(&home, &["restart", "kernel@green"]);
    done(&home, &["stop", "kernel@blue"]);
    done(&home, &["start", "kernel@blue"]);
    wait_until_running(&home, &["kernel@green"]);
    for wrong in ["kernel@", "kernel@B", "kernel@a/b"] {
        let refused = failed(&home, &[wrong, "status"]);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
    }
    up.terminate();
    home.assert_empty();
}

#[test]
fn a_member_that_was_started_by_hand_goes_on_unless_all_are_meant() {
    let home = Home::new(SUITES);
    done(&home, &["extra", "-d"]);
    done(&home, &["up", "-d"]);
    wait_until_running(&home, &["kernel", "jobs", "extra"]);
    assert_eq!(member(&home, "extra")["restarts"], Value::Null);
    let extra = process(&home, "extra");
    assert!(done(&home, &["down"]).contains("was started by hand"));
    assert!(extra.is_running());
    done(&home, &["down", "--all"]);
    assert!(!extra.is_running());
}

#[test]
fn a_second_up_changes_nothing() {
    let home = Home::new(SUITES);
    let up = up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    let kernel = process(&home, "kernel");
    let second = failed(&home, &["up", "-d"]);
    assert!(second.stderr.contains(&up.process().pid().to_string()), "{second:#?}");
    assert!(kernel.is_running());
    up.signal(Signal::SIGTERM);
    assert_eq!(up.ended().code, Some(0));
    assert!(!kernel.is_running());
}

#[test]
fn an_up_that_is_killed_leaves_no_orphans_and_the_next_takes_over() {
    let home = Home::new(SUITES);
    let up = up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    let members = ["kernel", "jobs"].map(|name| process(&home, name));
    up.signal(Signal::SIGKILL);
    up.ended();
    members.iter().for_each(Process::wait);
    let next = self::up(&home, &[]);
    wait_until_running(&home, &["kernel", "jobs"]);
    next.terminate();
    home.assert_empty();
}

#[test]
fn what_can_not_be_is_said() {
    let home = Home::new(SUITES);
    let unknown = failed(&home, &["up", "nobody"]);
    assert!(unknown.stderr.contains("there are kernel, jobs, extra"), "{unknown:#?}");
    assert_eq!(unknown.code, Some(2));
    let follow = failed(&home, &["logs", "-f"]);
    assert!(follow.stderr.contains("`up` does not run"), "{follow:#?}");
    assert_eq!(done(&home, &["ps"]).lines().count(), 1);
}

#[test]
fn up_is_process_1_of_a_container() {
    if !is_root() || program("unshare").is_none() {
        return skip("only root can make a container, with the program `unshare`");
    }
    let home = Home::new(SUITES);
    let container = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let up = Daemon::start_by(&home, home.command_by(&container, &["up"]));
    wait_until_running(&home, &["kernel", "jobs"]);
    let first = Process::open(up.process().children()[0]).unwrap();
    first.signal(Signal::SIGTERM);
    first.wait();
    assert_eq!(up.ended().code, Some(0));
}

#[test]
fn an_instance_knows_its_name_and_has_variables_of_its_own() {
    let home = Home::new(SUITES);
    let other = home.path().join("other.sock");
    let mut command = home.command(&["kernel@blue", "-f"]);
    // It is that of `kernel`.
    command.env("KERNEL_SOCKET", &other);
    let blue = Daemon::start_by(&home, command);
    assert_eq!(client(&home, "kernel@blue").ask("kernel.whoami", json!([])), json!(["trio", "blue"]));
    let mut command = home.command(&["kernel", "-f"]);
    command.env("KERNEL_BLUE_SOCKET", &other);
    let plain = Daemon::start_by(&home, command);
    assert_eq!(client(&home, "kernel").ask("kernel.whoami", json!([])), json!(["trio", null]));
    assert!(!other.exists());
    for daemon in [blue, plain] {
        daemon.signal(Signal::SIGTERM);
        daemon.ended();
    }
}
