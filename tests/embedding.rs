//! Daemons in programs that have a `main`, a command line, a log or a panic hook of their own.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;

use harness::{Daemon, Detached, Home, run};
use serde_json::json;
use tempfile::TempDir;

const EMBEDDED: &str = env!("CARGO_BIN_EXE_embedded");
const NESTED: &str = env!("CARGO_BIN_EXE_nested");

/// Starts `embedded` with variables set, and a file outside its home as `$HOOK`.
fn embedded(variables: &[&str]) -> (Daemon, TempDir) {
    let (home, elsewhere) = (Home::new(EMBEDDED), TempDir::new().unwrap());
    let mut command = home.command(&["-f"]);
    command.env("HOOK", elsewhere.path().join("panics"));
    for variable in variables {
        command.env(variable, "1");
    }
    (Daemon::start_by(&home, command), elsewhere)
}

#[test]
fn the_panic_hook_of_the_program_is_called_after_our_own() {
    let (daemon, elsewhere) = embedded(&[]);
    let mut client = daemon.client();
    client.fault("embedded.panic", json!([]));
    let fault = client.fault("embedded.panic_there", json!([]));
    assert!(fault["data"]["reason"].as_str().unwrap().contains("over there"), "{fault}");
    let panics = fs::read_to_string(elsewhere.path().join("panics")).unwrap();
    assert_eq!(panics, "as it was asked to\nas it was asked to, over there\n");
    daemon.log().wait_for("panic: as it was asked to");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_program_can_keep_panics_to_itself() {
    let (daemon, elsewhere) = embedded(&["NO_HOOK"]);
    daemon.client().fault("embedded.panic", json!([]));
    let panics = fs::read_to_string(elsewhere.path().join("panics")).unwrap();
    assert_eq!(panics, "as it was asked to\n");
    let log = daemon.terminate().log;
    assert!(!log.contains("panic: "), "{log}");
}

#[test]
fn a_panic_is_logged_once_if_the_program_has_no_hook() {
    let daemon = Daemon::start(EMBEDDED, &[]);
    daemon.client().fault("embedded.panic", json!([]));
    let log = daemon.terminate().log;
    assert_eq!(log.matches("as it was asked to").count(), 1, "{log}");
}

#[test]
fn no_log_is_started_for_a_program_that_refuses_it() {
    for (refuses, is_there) in [(false, true), (true, false)] {
        let (home, elsewhere) = (Home::new(EMBEDDED), TempDir::new().unwrap());
        let log = elsewhere.path().join("log");
        let mut command = home.command(&["-d", "--log", log.to_str().unwrap()]);
        if refuses {
            command.env("NO_LOG", "1");
        }
        assert_eq!(run(command).code, Some(0));
        let daemon = Detached::find(&home);
        assert_eq!(home.run(&["stop"]).code, Some(0));
        daemon.assert_gone();
        assert_eq!(log.exists(), is_there);
    }
}

#[test]
fn a_sub_command_of_the_program_is_on_the_help_page_and_runs() {
    let home = Home::new(EMBEDDED);
    let help = home.run(&["--help"]).stdout;
    assert!(help.contains("greet") && help.contains("Greet somebody"), "{help}");
    let greeted = home.run(&["greet", "Ann"]);
    assert_eq!((greeted.code, greeted.stdout.as_str()), (Some(0), "hello Ann"));
    let failed = home.run(&["greet", "nobody"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), "embedded: there is nobody to greet"));
    assert_eq!(home.run(&["greet"]).code, Some(2));
}

#[test]
fn a_sub_command_of_the_program_with_a_name_that_is_taken_is_an_error() {
    for name in ["status", "help", "man", "embedded.panic"] {
        let home = Home::new(EMBEDDED);
        let mut command = home.command(&["-f"]);
        command.env("COMMAND", name);
        let refused = run(command);
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        assert!(refused.stderr.contains(&format!("sub-command `{name}`")), "{refused:#?}");
    }
}

#[test]
fn arguments_that_the_program_passes_lead_its_workers_and_restarts_to_the_daemon() {
    let home = Home::new(EMBEDDED);
    assert_eq!(home.run(&["serve", "status"]).code, Some(3));
    let absent = home.run(&["serve", "embedded.arguments"]);
    assert!(absent.stderr.contains("`embedded serve -d` starts it"), "{absent:#?}");
    // It is not running, and is started.
    assert_eq!(home.run(&["serve", "restart"]).code, Some(0));
    let first = Detached::find(&home);
    assert_eq!(first.client().ask("embedded.arguments", json!([])), json!(["serve", "-d"]));
    assert_eq!(home.run(&["serve", "restart"]).code, Some(0));
    assert!(!first.process().is_running());
    let second = Detached::find(&home);
    assert_eq!(home.run(&["serve", "stop"]).code, Some(0));
    second.assert_gone();
}

#[test]
fn workers_of_a_program_that_is_only_the_daemon_have_no_arguments() {
    let daemon = Daemon::start(EMBEDDED, &["-v"]);
    assert_eq!(daemon.client().ask("embedded.arguments", json!([])), json!([]));
    daemon.terminate();
}

#[test]
fn a_daemon_is_nested_in_a_command_line_made_with_clap() {
    let home = Home::new(NESTED);
    assert_eq!(home.run(&["work"]).stdout, "worked");
    assert_eq!(home.run(&["daemon", "status"]).code, Some(3));
    let absent = home.run(&["daemon", "nested.add", "1"]);
    assert_eq!(absent.code, Some(7));
    assert!(absent.stderr.contains("`nested daemon -d` starts it"), "{absent:#?}");
    let daemon = Daemon::start_by(&home, home.command(&["daemon", "-f", "--sum", "5"]));
    assert_eq!(home.run(&["daemon", "nested.add", "1"]).stdout, "6");
    assert_eq!(home.run(&["daemon", "nested.add", "--number", "-2"]).stdout, "4");
    assert_eq!(home.run(&["daemon", "call", "nested.add", "1"]).stdout, "5");
    assert_eq!(home.run(&["daemon", "status"]).code, Some(0));
    let missing = home.run(&["daemon", "nested.add"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("Usage: nested daemon nested.add"), "{missing:#?}");
    assert_eq!(home.run(&["daemon", "stop"]).code, Some(0));
    daemon.ends_well();
}

#[test]
fn the_pages_of_a_nested_daemon_say_how_the_program_calls_it() {
    let home = Home::new(NESTED);
    let help = home.run(&["daemon", "nested.add", "--help"]).stdout;
    assert!(help.contains("Usage: nested daemon nested.add [OPTIONS] [NUMBER]"), "{help}");
    assert!(!help.contains("Arguments:"), "{help}");
    let help = home.run(&["daemon", "--help"]).stdout;
    assert!(help.contains("Usage: nested daemon ") && !help.contains("completions"), "{help}");
    assert_eq!(home.run(&["daemon"]).code, Some(2));
}

#[test]
fn a_nested_daemon_is_restarted_with_the_options_of_its_program() {
    let home = Home::new(NESTED);
    let arguments = json!(["--profile", "restart", "daemon", "-d"]);
    // It is not running, and is started.
    assert_eq!(home.run(&["--profile", "restart", "daemon", "restart"]).code, Some(0));
    let first = Detached::find(&home);
    assert_eq!(first.client().ask("nested.arguments", json!([])), arguments);
    assert_eq!(home.run(&["daemon", "restart"]).code, Some(0));
    assert!(!first.process().is_running());
    let second = Detached::find(&home);
    assert_eq!(second.client().ask("nested.arguments", json!([])), arguments);
    assert_eq!(home.run(&["daemon", "stop"]).code, Some(0));
    second.assert_gone();
}
