//! The sessions in the guide are what a user sees.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Session, program, python, skip, type_in};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");

/// Plays the session of a page; `python` is the one that the tests use.
fn play(page: &str, python: &str) {
    let home = tempfile::tempdir().unwrap();
    let session =
        Session::play(page, |command| type_in(&command.replace("python", python), home.path(), TELLER));
    if !session.is_true() {
        // A daemon that was started must not be left.
        type_in("teller stop --socket unix:teller.sock", home.path(), TELLER);
    }
    assert_eq!(session.seen, session.shown);
}

#[test]
fn the_session_about_http_is_what_a_user_sees() {
    if program("curl").is_none() {
        return skip("there is no curl");
    }
    play("15-http.md", "python");
}

#[test]
fn the_session_about_assistants_is_what_a_user_sees() {
    play("17-mcp.md", "python");
}

#[test]
fn the_session_about_varlink_is_what_a_user_sees() {
    let (Some(python), Some(_)) = (python(&["varlink"]), program("nc")) else {
        return skip("there is no varlink (PyPI), or no nc");
    };
    play("16-varlink.md", &python.display().to_string());
}
