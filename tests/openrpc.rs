//! The OpenRPC documents of all daemons, checked with third-party tools: a linter, the official client generator, and
//! the official coverage tool.
//!
//! They are npm packages, listed in `tests/openrpc/package.json`; `DAEMON_NPM` names the directory in which they are
//! installed. Node must be version 20 or newer.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::{Daemon, Finished, Home, NO_NODE, node, node_modules, run_within, skip};
use serde_json::{Value, json};

/// How long a tool may take: one of them is a compiler, and machines that run tests are busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// A daemon, and what the tools do with it.
struct Subject {
    program: &'static str,
    flags: &'static [&'static str],
    /// Calls by a generated client: method, parameters, and the result if it is known.
    calls: Value,
    /// Methods that invented calls must not use: they do not answer, or the parameters decide how long or how much they
    /// take.
    skip: &'static [&'static str],
}

fn subjects() -> Vec<Subject> {
    let of = |program, calls| Subject { program, flags: &[], calls, skip: &[] };
    vec![
        of(env!("CARGO_BIN_EXE_echo"), json!([["my.echo", ["hi"], "hi"]])),
        of(env!("CARGO_BIN_EXE_events"), json!([["events.entries", []]])),
        of(env!("CARGO_BIN_EXE_timers"), json!([["timers.alarm", ["tea", 1]], ["timers.turns", []]])),
        Subject {
            skip: &["deferred.read"],
            ..of(env!("CARGO_BIN_EXE_deferred"), json!([["deferred.sum", [[1, 2]], 3]]))
        },
        of(env!("CARGO_BIN_EXE_errors"), json!([["errors.deposit", ["Ann", 5], 5]])),
        of(env!("CARGO_BIN_EXE_extend"), json!([["extend.hello", ["Ann"]], ["extend.present", []]])),
        Subject {
            flags: &["--file", "/nowhere/letter"],
            ..of(env!("CARGO_BIN_EXE_copy"), json!([["handyman.copies", [], 0]]))
        },
        Subject {
            flags: &["--largest", "1000"],
            ..of(env!("CARGO_BIN_EXE_primes"), json!([["count", [100], 25], ["count", [100, 90], 1]]))
        },
        Subject { calls: kitchen(), skip: &KITCHEN_SKIPS, ..of(env!("CARGO_BIN_EXE_kitchen"), json!([])) },
    ]
}

/// Every daemon.
fn all() -> Vec<Subject> {
    subjects().into_iter().chain(uncovered()).collect()
}

/// Returns the daemons that invented calls must not use: most of their methods would keep a test waiting.
fn uncovered() -> Vec<Subject> {
    let of = |program, calls| Subject { program, flags: &[], calls, skip: &[] };
    vec![
        of(env!("CARGO_BIN_EXE_team"), json!([["hands.double", [4], 8], ["worker.status", ["hands"], 1]])),
        of(env!("CARGO_BIN_EXE_counted"), json!([["counted.echo", ["hi"], "hi"]])),
    ]
}

fn kitchen() -> Value {
    let soup = json!({"name": "soup", "plates": 1, "size": "Small"});
    json!([
        ["subtract", [42, 23], 19],
        ["get_data", [], ["hello", 5]],
        ["kitchen.greet", ["Ann"], "hello Ann"],
        ["kitchen.greet", ["Ann", "bye", 2, "!"], "bye Ann, bye Ann!"],
        ["kitchen.perhaps", [], null],
        ["kitchen.same", [{"a": [1, 2.5, null]}], {"a": [1, 2.5, null]}],
        ["kitchen.order", [soup], {"name": "soup", "plates": 2, "size": "Small", "note": null}],
        ["kitchen.whoami", []],
        ["küche.grüßen", ["Ann"], "Grüß Gott, Ann!"],
    ])
}

const KITCHEN_SKIPS: [&str; 12] = [
    "kitchen.big",
    "kitchen.close",
    "kitchen.give_up",
    "kitchen.goodbye",
    "kitchen.hold",
    "kitchen.later",
    "kitchen.numbers",
    "kitchen.panic",
    "kitchen.panic_in_task",
    "kitchen.panic_later",
    "kitchen.park",
    "kitchen.tick",
];

/// Starts the daemons, each in its own home, runs a tool on them, and stops them.
fn look(subjects: &[Subject], tool: impl FnOnce(&[Daemon]) -> Finished) {
    let daemons: Vec<Daemon> =
        subjects.iter().map(|subject| Daemon::start_at(&Home::new(subject.program), subject.flags)).collect();
    let finished = tool(&daemons);
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
    daemons.into_iter().for_each(|daemon| drop(daemon.terminate()));
}

/// Returns the description of the daemons for a script.
fn told(subjects: &[Subject], daemons: &[Daemon]) -> String {
    let of = |(subject, daemon): (&Subject, &Daemon)| {
        json!({
            "name": Path::new(subject.program).file_name().unwrap().to_str().unwrap(),
            "socket": daemon.home().socket(),
            "calls": subject.calls,
            "skip": subject.skip,
        })
    };
    subjects.iter().zip(daemons).map(of).collect::<Value>().to_string()
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openrpc").join(name)
}

#[test]
fn a_linter_finds_nothing() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let place = tempfile::tempdir().unwrap();
    let subjects = all();
    look(&subjects, |daemons| {
        let mut command = node(&modules);
        // No telemetry from a linter.
        command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
            .arg(modules.join("@redocly/cli/bin/cli.js"))
            .arg("lint")
            .arg("--config")
            .arg(here("redocly.yaml"));
        for (index, daemon) in daemons.iter().enumerate() {
            let file = place.path().join(format!("{index}.json"));
            let document = daemon.client().ask("rpc.discover", json!([]));
            fs::write(&file, document.to_string()).unwrap();
            command.arg(file);
        }
        run_within(command, PATIENCE)
    });
}

#[test]
fn the_official_generator_writes_clients_that_compile_and_call() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let place = tempfile::tempdir().unwrap();
    let subjects = all();
    look(&subjects, |daemons| {
        let mut command = node(&modules);
        command.arg(here("client.js")).arg(place.path()).arg(told(&subjects, daemons));
        run_within(command, PATIENCE)
    });
}

#[test]
fn no_invented_call_has_a_result_that_its_schema_does_not_allow() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let subjects = subjects();
    look(&subjects, |daemons| {
        let mut command = node(&modules);
        command.arg(here("coverage.js")).arg(told(&subjects, daemons));
        run_within(command, PATIENCE)
    });
}
