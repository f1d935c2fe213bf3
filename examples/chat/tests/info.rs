//! What a user sees of a node.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use std::process::Command;

use support::{CHAT, Node, Place};

/// Runs `chat info -c` on a terminal until it shows a text, signals it, and prints what came, and the status.
const TERMINAL: &str = r#"
import os, pty, signal, sys
chat, kernel, wanted, number = sys.argv[1:5]
signal.alarm(30)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(chat, [chat, "info", "-c", "--kernel", kernel])
seen = b""
while wanted.encode() not in seen:
    seen += os.read(terminal, 4096)
os.kill(pid, int(number))
try:
    while chunk := os.read(terminal, 4096):
        seen += chunk
except OSError:
    pass
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

fn kernel(place: &Place) -> String {
    format!("unix:{}", place.home.path().join("kernel.sock").display())
}

#[test]
fn info_shows_the_node_and_parts_of_it() {
    let mut place = Place::new();
    let node: Node = place.start("alice");
    let kernel = kernel(&place);
    let info = |more: &[&str]| place.home.run(&[&["info", "--kernel", kernel.as_str()], more].concat());
    let page = info(&[]).stdout;
    for line in [format!("id           {}", node.id), format!("listens      127.0.0.1:{}", node.port)] {
        assert!(page.contains(&line), "{page}");
    }
    assert_eq!(info(&["--name"]).stdout.trim(), "alice");
    assert_eq!(info(&["--version-number"]).stdout.trim(), env!("CARGO_PKG_VERSION"));
    assert_eq!(info(&["-c"]).code, Some(1), "there is no terminal");
    assert_eq!(info(&["--nothing"]).code, Some(2));
    node.stop();
    assert_eq!(info(&[]).code, Some(1));
}

#[test]
fn info_on_a_terminal_shows_changes_and_leaves_it_as_it_was() {
    let Some(python) = harness::python(&["pty"]) else { return harness::skip("there is no python3") };
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, bob_node) = (alice.start("alice"), bob.start("bob"));
    alice_node.connect(&bob_node);
    for signal in ["2", "15", "1"] {
        let mut command = Command::new(&python);
        command.args(["-c", TERMINAL, CHAT, &kernel(&alice), &bob_node.id, signal]);
        let output = command.output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{shown}");
        assert!(shown.contains("connections 1 / 1") && shown.contains("\x1b[?1049h"), "{shown:?}");
        assert!(shown.ends_with("\x1b[0m\x1b[?25h\x1b[?1049l"), "{shown:?}");
    }
    alice_node.stop();
    bob_node.stop();
}
