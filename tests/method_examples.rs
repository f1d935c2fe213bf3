//! The examples of methods: as tests, on the command line and in the OpenRPC document.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use daemon_core::check_examples;
use daemon_core::prelude::*;
use harness::Home;
use serde_json::json;

const CONSTRAINED: &str = env!("CARGO_BIN_EXE_constrained");

/// Counts, and its examples are right.
#[daemon]
#[derive(Default)]
struct Tally {
    /// Where it starts
    #[flag(default = "7")]
    start: u64,
    counts: BTreeMap<String, u64>,
    parked: Vec<Reply<u64>>,
}

#[daemon]
impl Tally {
    fn setup(&mut self) {
        self.counts.insert("start".to_owned(), self.start);
    }

    #[rpc_method]
    #[example(params("start"), result = 8)]
    #[example(params("other", 5), result = 5)]
    fn add(&mut self, name: String, #[param(default = 1, range(max = 9))] count: u64) -> u64 {
        let sum = self.counts.entry(name).or_default();
        *sum += count;
        *sum
    }

    #[rpc_method]
    #[example(result = json!({ "start": 7 }))]
    fn all(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    #[rpc_method]
    #[example(params(""))]
    fn forget(&mut self, name: &str) -> Result<()> {
        self.counts.remove(name);
        Ok(())
    }

    #[rpc_method]
    #[example(params(true), result = 1)]
    #[example(name = "which can't be checked", params(false), result = 9)]
    fn later(&mut self, now: bool, reply: Reply<u64>) {
        match now {
            true => reply.send(1),
            false => self.parked.push(reply),
        }
    }

    #[rpc_method(worker = "pool")]
    #[example(params(1), result = 8)]
    fn pooled(config: &Self, more: u64) -> u64 {
        config.start + more
    }
}

/// Its examples are wrong.
#[daemon(name = "wrong")]
#[derive(Default)]
struct Wrong {}

#[daemon]
impl Wrong {
    #[rpc_method]
    #[example(params(1), result = 2)]
    #[example(name = "one of three", params(3), result = 4)]
    #[example(params(0), result = 1)]
    fn next(&self, #[param(range(min = 1))] number: u8) -> u8 {
        if number == 3 { 0 } else { number + 1 }
    }
}

#[rpc_method(daemon = Wrong)]
#[example(result = "b")]
fn free(_: &mut Wrong) -> Result<String> {
    Err(daemon_core::Error::new("it is closed"))
}

#[test]
fn right_examples_are_right() {
    check_examples::<Tally>().unwrap();
}

#[test]
fn each_wrong_example_is_named_with_what_it_returns() {
    let error = check_examples::<Wrong>().unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], "one of three of `wrong.next` returns 0, and not 4");
    assert!(lines[1].starts_with("example 3 of `wrong.next` fails: "), "{error}");
    assert!(lines[1].contains("it is 0; the least is 1"), "{error}");
    assert!(lines[2].starts_with("example 1 of `wrong.free` fails: it is closed"), "{error}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn the_help_of_a_method_has_its_examples() {
    let home = Home::new(CONSTRAINED);
    let help = home.run(&["constrained.name", "--help"]).stdout;
    for words in [
        "Examples:\n  $ constrained constrained.name ann\n  ann #0 None\n  # with a colour\n",
        "  $ constrained constrained.name ann --colour '#f00' --initials ax\n",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
    assert!(!home.run(&["constrained.numbers", "--help"]).stdout.contains("Examples"));
}

#[test]
fn the_openrpc_document_has_the_examples() {
    let daemon = harness::Daemon::start(CONSTRAINED, &[]);
    let document = daemon.client().ask("rpc.discover", json!([]));
    let methods = document["methods"].as_array().unwrap();
    let of = |name: &str| methods.iter().find(|method| method["name"] == name).unwrap()["examples"].clone();
    let example = |name: &str, value: u8| {
        json!({
            "name": name,
            "params": [{ "name": "count", "value": value }],
            "result": { "name": "result", "value": value },
        })
    };
    assert_eq!(of("constrained.count"), json!([example("example 1", 5), example("the most", 100)]));
    assert_eq!(of("constrained.pooled"), json!([example("example 1", 9)]));
    assert_eq!(of("constrained.free"), json!([example("example 1", 1)]));
    assert_eq!(of("constrained.numbers"), json!(null));
    drop(daemon.terminate());
}
