//! The session in the guide is what a user sees.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use harness::{program, skip};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/15-http.md");

/// Runs a command of the session; returns what it prints.
fn run(command: &str, home: &Path) -> String {
    let path =
        format!("{}:{}", Path::new(TELLER).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}; }} 2>&1")]).current_dir(home);
    let output = shell.env("PATH", path).env("RUNTIME_DIRECTORY", home).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace(&format!("{}/", home.display()), "")
}

#[test]
fn the_session_in_the_guide_is_what_a_user_sees() {
    if program("curl").is_none() {
        return skip("there is no curl");
    }
    let home = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(PAGE).unwrap();
    let session = page.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let mut seen = String::new();
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            seen.push_str(&format!("{line}\n{}", run(command, home.path())));
            if !seen.ends_with('\n') {
                seen.push('\n');
            }
        }
    }
    if seen != session {
        // A daemon that was started must not be left.
        run("teller stop --socket unix:teller.sock", home.path());
    }
    assert_eq!(seen, session);
}
