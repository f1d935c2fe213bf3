//! Two users on two terminals, each with the console of a node.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

#[path = "../../../tests/consoles/tests/screen/mod.rs"]
#[allow(dead_code, reason = "not all of it is needed here")]
mod screen;
mod support;

use harness::{Home, Piped};
use screen::Terminal;
use support::{Node, Place};

const CTRL_D: &str = "\x04";

fn kernel(place: &Place) -> String {
    format!("unix:{}", place.home.path().join("kernel.sock").display())
}

fn console(place: &Place) -> Terminal {
    let mut terminal = Terminal::run(&place.home, &["console", "--kernel", &kernel(place)]);
    terminal.wait_for("chat:> ");
    terminal
}

/// Runs lines as a script.
fn batch(place: &Place, lines: &[&str]) -> harness::Finished {
    let kernel = kernel(place);
    let mut console = Piped::start(place.home.command(&["console", "--batch", "--kernel", &kernel]));
    lines.iter().for_each(|line| console.say(line));
    console.finish()
}

fn leave(mut terminal: Terminal, home: &Home) {
    terminal.enter("/nick");
    terminal.wait_for(":> ");
    terminal.enter("/exit");
    assert_eq!(terminal.end(), Some(0));
    let _ = std::fs::remove_dir_all(home.path().join("state"));
}

#[test]
fn two_users_talk_on_two_terminals() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, bob_node) = (alice.start("alice"), bob.start("bob"));
    let (mut left, mut right) = (console(&alice), console(&bob));
    left.enter(&format!("/connect 127.0.0.1 {}", bob_node.port));
    left.wait_for("You are connected to bob");
    right.wait_for("* alice is connected");
    left.enter("hello?");
    left.wait_for("you are in no talk");
    left.enter("/talk bob");
    left.wait_for("bob is asked for a talk.");
    // It appears while bob types.
    right.press("/requ");
    right.wait_for("* alice asks for a talk");
    right.enter("est");
    right.wait_for(&alice_node.id);
    right.enter("/request accept alice");
    right.wait_for("You talk with alice");
    right.wait_for("alice:> ");
    left.wait_for("* bob accepts");
    left.enter("hello bob");
    right.wait_for("alice: hello bob");
    left.wait_for("bob:> ");
    right.enter("hello alice");
    left.wait_for("bob: hello alice");
    left.enter("/nick alicia");
    right.wait_for("* alice is called alicia now");
    left.enter("/close");
    right.wait_for("* the talk with alicia is over");
    right.enter("/ab");
    right.wait_for(&format!("{}  alicia  connected", alice_node.id));
    assert_eq!(alice_node.client.ask("history", serde_json::json!([]))[1], "/talk bob");
    leave(left, &alice.home);
    leave(right, &bob.home);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn a_message_is_written_and_read_on_terminals() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, mut bob_node): (Node, Node) = (alice.start("alice"), bob.start("bob"));
    alice_node.pay(3);
    bob_node.pay(3);
    alice_node.connect(&bob_node);
    let (mut left, mut right) = (console(&alice), console(&bob));
    right.enter("/msg");
    right.wait_for("There are no messages.");
    left.enter("/msg new bob");
    left.wait_for("Subject: ");
    left.enter("Three lines");
    left.wait_for("| ");
    // Neither a command nor a comment nor an empty line is one here.
    for line in ["/exit", "", "# three", "."] {
        left.enter(line);
    }
    left.wait_for("Send it? [y/n] ");
    left.enter("y");
    left.wait_for("is on its way.");
    left.wait_for("chat:> ");
    right.wait_for("* message 1 from alice: Three lines (/msg read 1)");
    right.enter("/msg read 1");
    right.wait_for("Subject: Three lines\r\n\r\n/exit\r\n\r\n# three\r\n");
    leave(left, &alice.home);
    leave(right, &bob.home);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn a_console_waits_for_its_kernel_and_sees_what_happens_then() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (alice_node, mut bob_node) = (alice.start("alice"), bob.start("bob"));
    let mut terminal = console(&alice);
    // It sees events.
    bob_node.connect(&alice_node);
    terminal.wait_for("* bob is connected");
    // The history of the console is there as well; it is written when that ends.
    let _ = std::fs::remove_dir_all(alice.home.path().join("state"));
    alice_node.stop();
    terminal.wait_for("* kernel has gone away; waiting for it …");
    let alice_node = alice.start("alice");
    terminal.wait_for("* kernel is back");
    terminal.enter("/nick");
    terminal.wait_for("alice\r\n");
    bob_node.connect(&alice_node);
    terminal.wait_for("* bob is connected");
    leave(terminal, &alice.home);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn a_script_of_commands_and_what_is_wrong_with_it() {
    let mut alice = Place::new();
    assert_eq!(batch(&alice, &["/nick"]).code, Some(1), "no kernel runs");
    let mut node = alice.start("alice");
    let [one, other] = ["ab", "cd"].map(|byte| byte.repeat(16));
    for id in [&one, &other] {
        node.client.ask("book.add", serde_json::json!([id, "bob"]));
    }
    for (lines, code, stdout, stderr) in [
        (&["/nick alicia", "/info"][..], 0, "nickname     alicia", ""),
        (&["/help"], 0, "/request accept|decline ID", ""),
        (&["/talk bob"], 1, "", "several nodes are called `bob`"),
        (&["/talk bob"], 1, "", "  in the address book"),
        (&["/talk nobody"], 1, "", "no node is known by `nobody`"),
        (&[&format!("/talk {one}")], 1, "", "the node is not connected; connect to it first"),
        (&["/msg new alicia", "x", "."], 1, "", "no node is known by `alicia`"),
        (&["/msg read 7"], 1, "", "there is no message 7"),
        (&["/connect"], 1, "", "/connect HOST PORT"),
        (&["/save", "/request"], 0, "Nobody asks for a talk.", ""),
        (&["hello"], 1, "", "you are in no talk"),
        (&[&format!("/ab rem {one}"), "/ab"], 0, &format!("{other}  bob"), ""),
        (&[&format!("/msg new {other}"), "Hi", "text", ".", "n"], 0, "The message is not sent.", ""),
        (&[&format!("/msg new {other}"), "Hi", "text", ".", "y", "/msg"], 0, "to cdcdcdcd  Hi", ""),
        (&["/history"], 0, "/msg read 7", ""),
    ] {
        let ended = batch(&alice, lines);
        assert_eq!(ended.code, Some(code), "{lines:?}: {ended:?}");
        assert!(ended.stdout.contains(stdout) && ended.stderr.contains(stderr), "{lines:?}: {ended:?}");
    }
    let refused = alice.home.run(&["console", "--kernel", &kernel(&alice)]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    node.stop();
}

#[test]
fn ctrl_d_leaves_the_console() {
    let mut alice = Place::new();
    let node = alice.start("alice");
    let mut terminal = console(&alice);
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
    let _ = std::fs::remove_dir_all(alice.home.path().join("state"));
    node.stop();
}
