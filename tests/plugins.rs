//! Plugins: functions for a daemon, with a state and flags of their own.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon, Detached, Home, run, until};
use serde_json::json;

const PLUGGED: &str = env!("CARGO_BIN_EXE_plugged");

fn start(home: &Home, args: &[&str]) -> Daemon {
    Daemon::start_by(home, home.command(&[&["plugged", "-f"], args].concat()))
}

fn noted(client: &mut Client) -> Vec<String> {
    serde_json::from_value(client.ask("plugged.noted", json!([]))).unwrap()
}

#[test]
fn methods_of_a_plugin_have_both_states() {
    let home = Home::new(PLUGGED);
    let daemon = start(&home, &[]);
    let mut client = daemon.client();
    let before = noted(&mut client).len();
    assert_eq!(client.ask("meter.count", json!([])), 1);
    assert_eq!(client.ask("meter.close", json!([true])), before);
    assert_eq!(client.fault("plugged.noted", json!([])), json!({"code": 9, "message": "closed"}));
    assert_eq!(client.ask("meter.close", json!({"closed": false})), before);
    assert_eq!(client.fault("meter.close", json!([true]))["code"], -32006);
    assert_eq!(client.ask("count", json!([])), 2);
    assert_eq!(
        client.ask("system.methodHelp", json!(["meter.count"])),
        "Reply how often it was asked what has happened."
    );
    drop(client);
    daemon.terminate();
}

#[test]
fn a_method_that_panics_leaves_its_state_in_place() {
    let home = Home::new(PLUGGED);
    let daemon = start(&home, &[]);
    let mut client = daemon.client();
    assert_eq!(client.fault("meter.fall", json!([5]))["code"], -32603);
    assert_eq!(client.ask("meter.count", json!([])), 5);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_plugin_comes_back_to_its_state_later_from_threads_and_with_items() {
    let home = Home::new(PLUGGED);
    let daemon = start(&home, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("meter.later", json!([])), 1);
    assert_eq!(client.ask("meter.beside", json!([])), 2);
    assert!(noted(&mut client).contains(&"from a thread".to_owned()));
    assert_eq!(home.run(&["plugged", "meter.numbers"]).stdout, "0\n1\n2");
    drop(client);
    daemon.terminate();
}

#[test]
fn the_period_of_a_timer_is_a_field_of_the_plugin() {
    let home = Home::new(PLUGGED);
    let daemon = start(&home, &["-p", "1h"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("meter.ticks", json!([])), 0);
    client.ask("meter.pace", json!(["1ms"]));
    until("it ticks", || client.ask("meter.ticks", json!([])).as_u64() > Some(2));
    drop(client);
    daemon.terminate();
}

#[test]
fn hooks_of_plugins_are_called_inside_those_of_the_daemon() {
    let home = Home::new(PLUGGED);
    let place = Home::new(PLUGGED);
    // The path is relative to where it was written, although the daemon leaves that directory.
    let mut command = home.command(&["plugged", "-d", "--diary", "diary.txt"]);
    command.current_dir(place.path());
    assert_eq!(run(command).code, Some(0));
    let daemon = Detached::find(&home);
    assert_eq!(home.run(&["plugged", "stop"]).code, Some(0));
    // The log of a member that has detached is beside its socket.
    std::fs::remove_file(home.path().join("plugged.log")).unwrap();
    daemon.assert_gone();
    let diary = std::fs::read_to_string(place.path().join("diary.txt")).unwrap();
    assert_eq!(
        diary.lines().collect::<Vec<_>>(),
        [
            "setup",
            "setup of the meter",
            "setup of the second in plugged",
            "start",
            "teardown of the second",
            "teardown of the meter",
        ]
    );
}

#[test]
fn a_plugin_can_refuse_the_start() {
    let home = Home::new(PLUGGED);
    let refused = home.run(&["plugged", "-f", "--refuse"]);
    assert_eq!(refused.code, Some(1));
    let message = "plugged: the `setup` of the plugin `meter` failed: as asked";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
}

#[test]
fn flags_of_plugins_are_those_of_the_daemon_under_a_heading() {
    let home = Home::new(PLUGGED);
    let help = home.run(&["plugged", "--help"]).stdout;
    assert!(help.contains("Options of the plugin `meter`:\n  -p, --pace <PACE>"), "{help}");
    let wrong = home.run(&["plugged", "-f", "--pace", "fast"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("--pace fast"), "{}", wrong.stderr);
}

#[test]
fn two_flags_that_are_alike_are_named_with_their_owners() {
    let home = Home::new(PLUGGED);
    let alike = home.run(&["alike", "--help"]);
    assert_eq!(alike.code, Some(1));
    let message =
        "two flags are called alike: `--pace` (-p) of the daemon, and `--period` (-p) of the plugin `prober`";
    assert!(alike.stderr.contains(message), "{}", alike.stderr);
}
