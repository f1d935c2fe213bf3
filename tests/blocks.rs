//! A daemon in several blocks, and free functions that join it.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, Home, until};
use nix::sys::signal::Signal;
use serde_json::json;

const BLOCKS: &str = env!("CARGO_BIN_EXE_blocks");

#[test]
fn listeners_are_called_in_a_fixed_order_the_main_block_first() {
    let daemon = Daemon::start(BLOCKS, &[]);
    let mut client = daemon.client();
    let noted = client.ask("blocks.noted", json!([]));
    let started = &noted.as_array().unwrap()[..4];
    assert_eq!(started, ["main block", "first function", "counting", "last function"]);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_further_block_has_all_that_the_main_block_has() {
    let daemon = Daemon::start(BLOCKS, &[]);
    let mut client = daemon.client();
    let mut noted = |what: &str| {
        until(what, || client.ask("blocks.noted", json!([])).as_array().unwrap().contains(&json!(what)));
    };
    noted("timer");
    daemon.signal(Signal::SIGUSR1);
    noted("signal");
    until("the timer of a block", || client.ask("blocks.counted", json!([])).as_u64() > Some(0));
    assert!(client.ask("blocks.later", json!([])).as_u64() > Some(0));
    client.ask("blocks.later", json!([]));
    assert_eq!(client.fault("blocks.later", json!([]))["code"], -32006);
    assert!(client.ask("blocks.add", json!([1000])).as_u64() > Some(1000));
    assert_eq!(client.ask("blocks.pace", json!([])), 5);
    client.ask("blocks.close", json!([]));
    assert_eq!(client.fault("blocks.noted", json!([])), json!({"code": 7, "message": "closed"}));
    client.ask("blocks.close", json!({"closed": false}));
    assert!(client.ask("blocks.noted", json!([])).as_array().unwrap().contains(&json!("closed")));
    client.ask("blocks.poke", json!([]));
    drop(client);
    daemon.signal(Signal::SIGUSR2);
    assert_eq!(daemon.ended().code, Some(0));
}

#[test]
fn introspection_and_the_command_line_show_the_methods_of_all_blocks() {
    let home = Home::new(BLOCKS);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let names = ["blocks.noted", "blocks.counted", "blocks.numbers", "blocks.pace", "blocks.close"];
    let methods = home.run(&["methods"]).stdout;
    let help = home.run(&["--help"]).stdout;
    let document = daemon.client().ask("rpc.discover", json!([])).to_string();
    for name in names {
        assert!(methods.contains(name), "{name}: {methods}");
        assert!(help.contains(name), "{name}: {help}");
        assert!(document.contains(name), "{name}: {document}");
    }
    assert!(!methods.contains("blocks.poke"), "{methods}");
    assert_eq!(home.run(&["blocks.numbers", "--below", "3"]).stdout, "0\n1\n2");
    daemon.terminate();
}
