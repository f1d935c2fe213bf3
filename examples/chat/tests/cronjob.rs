//! The daemon that pushes the kernel, with short intervals.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use harness::{Daemon, Home, until};
use serde_json::json;
use support::{CHAT, Node, Place};

/// Starts the cronjob of a node.
fn cronjob(place: &Place, more: &[&str]) -> Daemon {
    let kernel = format!("unix:{}", place.home.path().join("kernel.sock").display());
    // A home of its own: the tests check that a daemon leaves nothing in its home.
    let home = Home::new(CHAT);
    let mut command =
        home.command(&["cronjob", "-f", "--kernel", &kernel, "--bits", "12", "--first", "50ms"]);
    command.args([
        "--send-every",
        "100ms",
        "--meet-every",
        "100ms",
        "--ping-every",
        "200ms",
        "--mint-every",
        "100ms",
    ]);
    command.args(more);
    Daemon::start_by(&home, command)
}

fn address(node: &Node) -> String {
    format!("localhost:{}", node.port)
}

#[test]
fn nodes_find_each_other_and_messages_find_their_way() {
    let [mut alice, mut bob, mut carol] = [Place::new(), Place::new(), Place::new()];
    let (mut alice_node, mut bob_node, carol_node) =
        (alice.start("alice"), bob.start("bob"), carol.start("carol"));
    // Alice and bob know only carol.
    let known = address(&carol_node);
    let crons = [&alice, &bob, &carol].map(|place| cronjob(place, &["--node", &known]));
    let id = alice_node.write(&bob_node.id, "Hello", "Nobody has told me your address.");
    alice_node.wait_for_status(&id, "D");
    until("the message has come", || bob_node.messages().len() == 1);
    alice_node.wait_for_node(&bob_node.id);
    let nodes = alice_node.client.ask("nodes.nearest", json!([]));
    assert_eq!(nodes.as_array().unwrap().len(), 2);
    crons.into_iter().for_each(|cron| drop(cron.terminate()));
    [alice_node, bob_node, carol_node].into_iter().for_each(Node::stop);
}

#[test]
fn the_kernel_may_come_later_and_go() {
    let mut alice = Place::new();
    let cron = cronjob(&alice, &["--stamps", "5"]);
    cron.log().wait_for("has failed");
    let mut alice_node = alice.start("alice");
    until("stamps are minted", || alice_node.client.ask("info", json!([]))["stamps"] == 5);
    alice_node.stop();
    let mut alice_node = alice.start("alice");
    assert_eq!(alice_node.client.ask("info", json!([]))["stamps"], 5, "they are in the database");
    cron.terminate();
    alice_node.stop();
}

#[test]
fn jobs_are_done_once_for_cron() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, bob_node) = (alice.start("alice"), bob.start("bob"));
    let kernel = format!("unix:{}", alice.home.path().join("kernel.sock").display());
    let (home, known) = (Home::new(CHAT), address(&bob_node));
    let cycle = |which: &str| {
        home.run(&["cronjob", which, "--kernel", &kernel, "--node", &known, "--bits", "12", "--stamps", "20"])
    };
    let done = cycle("--cycle=bootstrap,meet");
    assert_eq!(done.code, Some(0), "{done:?}");
    alice_node.wait_for_node(&bob_node.id);
    assert_eq!(alice_node.client.ask("info", json!([]))["stamps"], 0);
    let id = alice_node.write(&bob_node.id, "Hello", "By cron");
    let done = cycle("-c");
    assert_eq!(done.code, Some(0), "{done:?}");
    alice_node.wait_for_status(&id, "D");
    alice_node.stop();
    bob_node.stop();
    let failed = cycle("-c");
    assert_eq!(failed.code, Some(1), "{failed:?}");
    home.assert_empty();
}
