//! The sessions in the guide are what a user sees.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Session, program, skip, type_in};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");

/// Plays the session of a page.
fn play(page: &str) {
    let home = tempfile::tempdir().unwrap();
    let session = Session::play(page, |command| type_in(command, home.path(), TELLER));
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
    play("15-http.md");
}

#[test]
fn the_session_about_assistants_is_what_a_user_sees() {
    play("17-mcp.md");
}
