//! All daemons of two nodes, started together.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use harness::{Home, run, until};
use support::CHAT;

/// A machine on which all daemons of a node run.
struct Machine {
    home: Home,
    data: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Machine { home: Home::new(CHAT), data: tempfile::tempdir().unwrap() }
    }

    /// Runs a command of the program; returns its status and what it prints.
    fn chat(&self, line: &[&str]) -> (Option<i32>, String) {
        let mut command = self.home.command(line);
        command.env("CHAT_DATA", self.data.path().join("data"));
        command.envs([("CHAT_ADDRESS", "127.0.0.1"), ("CHAT_PORT", "0")]);
        let done = run(command);
        (done.code, done.stdout + &done.stderr)
    }

    fn ask(&self, line: &[&str]) -> String {
        let (code, text) = self.chat(line);
        assert_eq!(code, Some(0), "{line:?}: {text}");
        text
    }

    fn fact(&self, name: &str) -> String {
        let page = self.ask(&["info"]);
        let line = page.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).unwrap().to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // A test that has failed must leave nothing that runs.
        self.chat(&["down"]);
    }
}

#[test]
fn chat_up_on_two_machines_to_a_delivered_message() {
    let [alice, bob] = [Machine::new(), Machine::new()];
    for machine in [&alice, &bob] {
        machine.ask(&["up", "-d"]);
        until("the kernel is ready", || machine.chat(&["info"]).0 == Some(0));
    }
    let (to, address) = (bob.fact("id"), bob.fact("listens"));
    let port = address.rsplit_once(':').unwrap().1;
    alice.ask(&["kernel", "connect", "127.0.0.1", "--port", port]);
    alice.ask(&["kernel", "messages.new", "--to", &to, "--subject", "Hello", "--body", "How are you?"]);
    until("it has arrived", || bob.ask(&["kernel", "messages.list"]).contains("Hello"));
    until("that is known", || alice.ask(&["kernel", "messages.list"]).contains("\"status\": \"D\""));
    for machine in [&alice, &bob] {
        machine.ask(&["down"]);
        assert_eq!(machine.chat(&["info"]).0, Some(1), "nothing runs");
    }
}
