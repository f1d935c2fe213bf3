//! The session in the guide is what a user sees.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Session, program, skip, type_in};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");

#[test]
fn the_session_in_the_guide_is_what_a_user_sees() {
    if program("curl").is_none() {
        return skip("there is no curl");
    }
    let home = tempfile::tempdir().unwrap();
    let session = Session::play("15-http.md", |command| type_in(command, home.path(), TELLER));
    if !session.is_true() {
        // A daemon that was started must not be left.
        type_in("teller stop --socket unix:teller.sock", home.path(), TELLER);
    }
    assert_eq!(session.seen, session.shown);
}
