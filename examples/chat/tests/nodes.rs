//! Nodes on one machine that exchange messages.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use harness::until;
use serde_json::json;
use support::{Place, has_mode};

#[test]
fn two_nodes_exchange_messages() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    assert!(!alice.data().exists());
    let (mut alice_node, mut bob_node) = (alice.start("alice"), bob.start("bob"));
    for (path, mode) in [(".", 0o700), ("node.key", 0o400), ("node.pub", 0o400), ("chat.redb", 0o600)] {
        assert!(has_mode(&alice.data().join(path), mode), "{path}");
    }
    alice_node.pay(3);
    bob_node.pay(3);
    alice_node.connect(&bob_node);
    let id = alice_node.write(&bob_node.id, "Hello", "How are you?\n");
    alice_node.wait_for_status(&id, "D");
    let messages = bob_node.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(
        (&message["id"], &message["subject"], &message["nick"]),
        (&json!(id), &json!("Hello"), &json!("alice"))
    );
    assert_eq!((&message["from"], &message["status"]), (&json!(alice_node.id), &json!("U")));
    let read = bob_node.client.ask("messages.read", json!([message["uid"]]));
    assert_eq!((&read["body"], &read["info"]["status"]), (&json!("How are you?\n"), &json!("R")));
    // By nickname, over the connection that the other one has opened.
    let id = bob_node.write("alice", "Re: Hello", "Fine.\n");
    bob_node.wait_for_status(&id, "D");
    assert_eq!(alice_node.messages().len(), 2, "one from here, one from there");
    alice_node.stop();
    until("bob notices that", || {
        bob_node.client.ask("connections", json!([])).as_array().unwrap().is_empty()
    });
    bob_node.stop();
}

#[test]
fn a_message_waits_until_its_recipient_comes() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let bob_node = bob.start("bob");
    let bob_id = bob_node.id.clone();
    bob_node.stop();
    let mut alice_node = alice.start("alice");
    alice_node.pay(5);
    // Nobody knows the key of bob, so the message waits, encrypted for alice herself.
    let id = alice_node.write(&bob_id, "Hello", "Are you there?");
    assert_eq!(alice_node.status(&id), "O");
    assert_eq!(alice_node.client.ask("messages.unsent", json!([])).as_array().unwrap().len(), 1);
    alice_node.stop();
    let (mut alice_node, mut bob_node) = (alice.start("alice"), bob.start("bob"));
    assert_eq!(alice_node.status(&id), "O");
    bob_node.connect(&alice_node);
    alice_node.wait_for_status(&id, "D");
    assert_eq!(bob_node.messages().len(), 1);
    // Bob is known now: alice connects to him by herself.
    bob_node.stop();
    until("alice notices that", || !alice_node.is_connected_to(&bob_id));
    let mut bob_node = bob.start("bob");
    let id = alice_node.write("bob", "Again", "Are you there again?");
    alice_node.wait_for_status(&id, "D");
    assert_eq!(bob_node.messages().len(), 2);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn a_third_node_passes_a_message_on_and_the_receipt_back() {
    let [mut alice, mut bob, mut relay] = [Place::new(), Place::new(), Place::new()];
    let (mut alice_node, mut bob_node, mut relay_node) =
        (alice.start("alice"), bob.start("bob"), relay.start("relay"));
    let bob_id = bob_node.id.clone();
    relay_node.pay(20);
    alice_node.pay(20);
    // Alice knows the key of bob, but he has gone when she writes.
    alice_node.connect(&relay_node);
    alice_node.connect(&bob_node);
    bob_node.stop();
    until("alice notices that", || !alice_node.is_connected_to(&bob_id));
    let id = alice_node.write(&bob_id, "Hello", "By somebody else");
    alice_node.client.ask("messages.send", json!([]));
    alice_node.wait_for_status(&id, "S");
    let (relayed, alice_id) = (relay_node.messages(), alice_node.id.clone());
    assert!(relayed.is_empty(), "it is not for the relay: {relayed:?}");
    alice_node.stop();
    // Now bob comes, and alice has gone.
    bob_node = bob.start("bob");
    bob_node.connect(&relay_node);
    until("the message comes", || bob_node.messages().len() == 1);
    let message = bob_node.messages().remove(0);
    assert_eq!((&message["id"], &message["relays"]), (&json!(id), &json!(1)));
    assert_eq!(message["from"], json!(alice_id));
    bob_node.stop();
    // Alice comes back, and hears from the relay that it has arrived.
    let mut alice_node = alice.start("alice");
    assert_eq!(alice_node.status(&id), "S");
    relay_node.connect(&alice_node);
    alice_node.wait_for_status(&id, "D");
    alice_node.stop();
    relay_node.stop();
}

#[test]
fn a_node_without_stamps_sends_once_it_has_some() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, mut bob_node) = (alice.start("alice"), bob.start("bob"));
    alice_node.connect(&bob_node);
    let id = alice_node.write(&bob_node.id, "Hello", "For nothing?");
    assert_eq!(alice_node.status(&id), "O");
    alice_node.pay(1);
    alice_node.wait_for_status(&id, "D");
    assert_eq!(alice_node.client.ask("info", json!([]))["stamps"], 0);
    let refused = alice_node.client.call("stamps.add", json!([["1:15:99:x::y:0"]])).unwrap_err();
    assert_eq!(refused["code"], 7, "{refused}");
    assert_eq!(bob_node.messages().len(), 1);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn two_users_talk() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, mut bob_node) = (alice.start("alice"), bob.start("bob"));
    alice_node.connect(&bob_node);
    bob_node.wait_for_node(&alice_node.id);
    let mut events = bob_node.kernel.client();
    events.ask("watch", json!([]));
    let mut next = || {
        let line: serde_json::Value = serde_json::from_str(&events.line()).unwrap();
        line["params"]["result"].clone()
    };
    alice_node.client.ask("talk.request", json!(["bob"]));
    assert_eq!(next()["event"], "talk-request");
    assert_eq!(bob_node.client.ask("talk.requests", json!([])), json!([alice_node.id]));
    assert_eq!(alice_node.client.fault("talk.say", json!(["bob", "hi"]))["code"], 6);
    bob_node.client.ask("talk.accept", json!(["alice"]));
    until("they talk", || alice_node.client.call("talk.say", json!(["bob", "hi"])).is_ok());
    let line = next();
    assert_eq!(
        (&line["event"], &line["text"], &line["nick"]),
        (&json!("talk-line"), &json!("hi"), &json!("alice"))
    );
    assert_eq!(alice_node.client.fault("talk.say", json!(["bob", "a\u{1b}[2J"]))["code"], 7);
    alice_node.client.ask("nick", json!(["alicia"]));
    assert_eq!(next(), json!({"event": "nick", "node": alice_node.id, "before": "alice", "nick": "alicia"}));
    alice_node.client.ask("talk.close", json!(["bob"]));
    assert_eq!(next()["event"], "talk-closed");
    let book = bob_node.client.ask("book.list", json!([]));
    assert_eq!((&book[0]["nick"], &book[0]["connected"]), (&json!("alicia"), &json!(true)));
    assert_eq!(bob_node.client.ask("book.remove", json!(["alicia"])), true);
    assert_eq!(alice_node.client.fault("talk.request", json!(["nobody"]))["code"], 2);
    drop(events);
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn the_address_book_and_the_history_are_kept() {
    let mut alice = Place::new();
    let mut node = alice.start("alice");
    let id = "0123456789abcdef".repeat(2);
    node.client.ask("book.add", json!([id, "bob"]));
    assert_eq!(node.client.fault("book.add", json!(["bob"]))["code"], 1);
    assert_eq!(node.client.fault("book.add", json!([id, "two words"]))["code"], 7);
    node.client.ask("history.add", json!(["/ab"]));
    assert_eq!(node.client.fault("nick", json!(["two words"]))["code"], 7);
    node.kill();
    let mut node = alice.start("alice");
    assert_eq!(node.client.ask("book.list", json!([]))[0]["nick"], "bob");
    assert_eq!(node.client.ask("history", json!([])), json!(["/ab"]));
    // A second one of this name must be meant by its id.
    let other = "ab".repeat(16);
    node.client.ask("book.add", json!([other, "bob"]));
    let ambiguous = node.client.fault("messages.new", json!([["bob"], "", ""]));
    assert_eq!((&ambiguous["code"], &ambiguous["data"]), (&json!(3), &json!([id, other])));
    node.stop();
}

#[test]
fn a_message_to_oneself_arrives() {
    let mut alice = Place::new();
    let mut node = alice.start("alice");
    let own = node.id.clone();
    node.write(&own, "Note", "to myself");
    let messages = node.messages();
    assert_eq!((messages.len(), &messages[0]["status"]), (1, &json!("U")));
    assert_eq!(node.client.ask("messages.unsent", json!([])), json!([]));
    node.stop();
}
