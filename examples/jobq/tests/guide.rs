//! The session in the guide is what a user sees.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use harness::{Session, type_in};
use nix::unistd::geteuid;

const JOBQ: &str = env!("CARGO_BIN_EXE_jobq");

/// Runs a command of the session; returns what it prints, as it would be for another user.
fn run(command: &str, home: &Path) -> String {
    let user = format!("\"user\":{},", geteuid());
    type_in(command, home, JOBQ).replace(&user, "\"user\":1000,")
}

#[test]
fn the_session_in_the_guide_is_what_a_user_sees() {
    let home = tempfile::tempdir().unwrap();
    let session = Session::play("12-a-whole-daemon.md", |command| run(command, home.path()));
    if !session.is_true() {
        // A daemon that was started must not be left.
        run("jobq stop", home.path());
    }
    assert_eq!(session.seen, session.shown);
}
