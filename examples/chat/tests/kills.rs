//! Kernels that are killed again and again while messages flow: nothing acknowledged is lost, and nothing comes twice.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use std::collections::BTreeMap;

use harness::{Random, until};
use serde_json::json;
use support::{Node, Place};

const ROUNDS: usize = 12;

/// Starts both nodes, and connects them.
fn start(places: &mut [Place; 2], nodes: &mut [Option<Node>; 2]) {
    for (place, (node, nick)) in places.iter_mut().zip(nodes.iter_mut().zip(["alice", "bob"])) {
        let node = node.get_or_insert_with(|| place.start(nick));
        if node.client.ask("info", json!([]))["stamps"].as_u64().unwrap() < 100 {
            node.pay(100);
        }
    }
    let [Some(alice), Some(bob)] = nodes else { unreachable!("both were started") };
    alice.connect(bob);
}

#[test]
fn killed_kernels_lose_nothing_that_was_acknowledged_and_duplicate_nothing() {
    let mut random = Random::new(7);
    let mut places = [Place::new(), Place::new()];
    let mut nodes = [None, None];
    // The texts that were acknowledged, by the node that they are for.
    let mut sent: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        start(&mut places, &mut nodes);
        let victim = round % 2;
        let last = random.below(12);
        let ids = nodes.each_ref().map(|node| node.as_ref().unwrap().id.clone());
        for number in 0..=last {
            for from in [0, 1] {
                let text = format!("round {round}, number {number}, from {from}");
                let node = nodes[from].as_mut().unwrap();
                let params = json!([[ids[1 - from]], "hi", text]);
                if number == last && from == victim {
                    // The reply may or may not come; without it nothing was promised.
                    node.client.request(1_000_000 + number as u64, "messages.new", &params);
                } else {
                    node.client.ask("messages.new", params);
                    sent[1 - from].push(text);
                }
            }
        }
        nodes[victim].take().unwrap().kill();
    }
    start(&mut places, &mut nodes);
    let mut nodes = nodes.map(Option::unwrap);
    for (node, sent) in nodes.iter_mut().zip(&sent) {
        let own = node.id.clone();
        let mut found = BTreeMap::new();
        until("all messages have come", || {
            found = received(node, &own);
            sent.iter().all(|text| found.contains_key(text))
        });
        let twice: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
    for node in &mut nodes {
        until("all is confirmed", || {
            node.client.ask("messages.unsent", json!([])).as_array().unwrap().is_empty()
        });
    }
    nodes.into_iter().for_each(Node::stop);
}

/// The texts that a node has received, and how often.
fn received(node: &mut Node, own: &str) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut last = 0;
    loop {
        let page = node.client.ask("messages.list", json!([last]));
        let page = page.as_array().unwrap();
        for message in page.iter().filter(|message| message["to"] == own) {
            let message = node.client.ask("messages.show", json!([message["uid"]]));
            *found.entry(message["body"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page.last() {
            Some(message) => last = message["uid"].as_u64().unwrap(),
            None => return found,
        }
    }
}
