//! The console of a suite, and the sub-commands that a program adds to one.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, Home, Piped};
use nix::sys::signal::Signal;

const DUO: &str = env!("CARGO_BIN_EXE_duo");

fn start(home: &Home, name: &str) -> Daemon {
    Daemon::start_by(home, home.command(&[name, "-f"]))
}

#[test]
fn the_console_of_a_suite_is_on_all_its_daemons_and_finds_those_that_start_later() {
    let home = Home::new(DUO);
    assert_eq!(home.run(&["console", "--batch"]).code, Some(1), "none runs");
    let left = start(&home, "left");
    let mut console = Piped::start(home.command(&["console", "--batch"]));
    console.say("/left.echo hello");
    console.stdout().wait_for("left: hello");
    let right = start(&home, "right");
    console.say("/right.echo hello");
    console.say("/right.echo --message twice");
    console.say("/echo hello");
    let ended = console.finish();
    assert_eq!(ended.stdout, "left: hello\nright: hello\nright: twice");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`/echo` may be `/left.echo` or `/right.echo`"), "{}", ended.stderr);
    // They share a directory, which is empty only when both have ended.
    for member in [left, right] {
        member.signal(Signal::SIGTERM);
        assert_eq!(member.ended().code, Some(0));
    }
    home.assert_empty();
}

#[test]
fn a_program_adds_sub_commands_to_its_suite_and_replaces_some() {
    let home = Home::new(DUO);
    let replaced = home.run(&["ps"]);
    assert_eq!((replaced.code, replaced.stdout.as_str()), (Some(0), "something else"));
    let failed = home.run(&["fail"]);
    assert_eq!((failed.code, failed.stderr.trim()), (Some(1), "duo: it failed"));
    let page = home.run(&["--help"]).stdout;
    assert!(page.contains("Say something else") && !page.contains("Show what the daemons do"), "{page}");
}
