//! The job queue, from outside.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use harness::{Client, Daemon, until};
use serde_json::{Value, json};

const JOBS: &str = env!("CARGO_BIN_EXE_jobq");

/// Starts the queue on a database in this directory.
fn start(directory: &Path) -> Daemon {
    let database = directory.join("jobq.redb");
    Daemon::start(JOBS, &["--database", database.to_str().unwrap(), "--pause", "10ms"])
}

/// Follows a job to its end; returns its states without repetitions, and the job.
#[track_caller]
fn follow(client: &mut Client, id: u64) -> (Vec<String>, Value) {
    client.ask("watch", json!([id]));
    let (mut states, mut job) = (Vec::new(), Value::Null);
    loop {
        let notification: Value = serde_json::from_str(&client.line()).unwrap();
        if notification["params"]["end"] == true {
            return (states, job);
        }
        job = notification["params"]["result"].clone();
        let state = job["state"].as_str().unwrap().to_owned();
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
}

fn submit(client: &mut Client, params: Value) -> u64 {
    client.ask("submit", params).as_u64().unwrap()
}

#[test]
fn a_job_runs_and_its_lines_are_seen() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = start(directory.path());
    let mut client = daemon.client();
    let id = submit(&mut client, json!(["echo one; echo two"]));
    let (states, job) = follow(&mut client, id);
    assert_eq!(states.last().unwrap(), "Done");
    assert_eq!(
        (&job["exit"], &job["line"], &job["attempts"]),
        (&json!("exit status 0"), &json!("two"), &json!(1))
    );
    assert_eq!(client.ask("list", json!([])).as_array().unwrap().len(), 1);
    assert_eq!(client.fault("show", json!([7])), json!({"code": 1, "message": "you have no job 7"}));
    assert_eq!(client.ask("cancel", json!([id])), false, "it has ended");
    drop(client);
    daemon.terminate();
}

#[test]
fn a_job_that_fails_is_tried_again_as_often_as_it_may() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = start(directory.path());
    let mut client = daemon.client();
    let id = submit(&mut client, json!({"command": "exit 3", "retries": 2}));
    let (states, job) = follow(&mut client, id);
    assert_eq!(states.last().unwrap(), "Failed");
    assert_eq!((&job["exit"], &job["attempts"]), (&json!("exit status 3"), &json!(3)));
    let id = submit(&mut client, json!({"command": "sleep 60", "longest": "50ms"}));
    let (_, job) = follow(&mut client, id);
    assert_eq!((&job["state"], &job["exit"]), (&json!("Failed"), &json!("took too long")));
    drop(client);
    daemon.terminate();
}

#[test]
fn a_job_can_be_cancelled_while_it_runs_and_while_it_waits() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = start(directory.path());
    let mut client = daemon.client();
    let running: Vec<u64> = (0..2).map(|_| submit(&mut client, json!(["sleep 60"]))).collect();
    let waiting = submit(&mut client, json!(["true"]));
    assert_eq!(client.ask("show", json!([waiting]))["state"], "Waiting");
    for id in [waiting, running[0], running[1]] {
        assert_eq!(client.ask("cancel", json!([id])), true);
        let (_, job) = follow(&mut client, id);
        assert_eq!(job["state"], "Cancelled", "{job}");
    }
    drop(client);
    daemon.terminate();
}

#[test]
fn a_restart_loses_no_job() {
    let directory = tempfile::tempdir().unwrap();
    let (begun, go) = (directory.path().join("begun"), directory.path().join("go"));
    let command = format!("touch {}; while [ ! -e {} ]; do sleep 0.01; done", begun.display(), go.display());
    let daemon = start(directory.path());
    let mut client = daemon.client();
    let id = submit(&mut client, json!([command]));
    until("it runs", || begun.exists());
    drop(client);
    daemon.terminate();
    std::fs::write(&go, "").unwrap();
    let daemon = start(directory.path());
    let mut client = daemon.client();
    let (_, job) = follow(&mut client, id);
    assert_eq!((&job["state"], &job["attempts"]), (&json!("Done"), &json!(2)));
    assert_eq!(submit(&mut client, json!(["true"])), id + 1);
    drop(client);
    daemon.terminate();
}
