//! An echo in a steady state allocates nothing: from the frame straight into the handler, from the result straight into
//! the reply.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon};
use serde_json::{Value, json};

const COUNTED: &str = env!("CARGO_BIN_EXE_counted");
const ECHOES: usize = 1000;

#[test]
fn a_thousand_echoes_one_by_one_allocate_nothing() {
    assert_allocations("counted.echo", 1, 0);
}

#[test]
fn constraints_that_are_kept_allocate_nothing() {
    assert_allocations("counted.checked", 1, 0);
    assert_allocations("counted.checked", 16, 0);
}

#[test]
fn a_thousand_pipelined_echoes_allocate_nothing() {
    for depth in [16, 64] {
        assert_allocations("counted.echo", depth, 0);
    }
}

#[test]
fn a_handler_that_makes_a_string_allocates_that_string_and_nothing_else() {
    assert_allocations("counted.owned", 1, ECHOES);
    assert_allocations("counted.owned", 16, ECHOES);
}

#[test]
fn a_thousand_notifications_allocate_nothing() {
    let daemon = Daemon::start(COUNTED, &[]);
    let mut client = daemon.client();
    keep_half_a_frame(&daemon, &mut client);
    let notifications =
        "{\"jsonrpc\":\"2.0\",\"method\":\"counted.echo\",\"params\":[\"hello\"]}\n".repeat(10);
    let mut between = [0; 2];
    for reading in &mut between {
        for _ in 0..ECHOES / 10 {
            client.send_bytes(notifications.as_bytes());
            client.ask("counted.echo", json!(["hello"]));
        }
        *reading = allocations(&mut client);
    }
    let before = between[1];
    for _ in 0..ECHOES / 10 {
        client.send_bytes(notifications.as_bytes());
        client.ask("counted.echo", json!(["hello"]));
    }
    assert_eq!(allocations(&mut client) - before, 0);
    drop(client);
    daemon.finish();
}

#[track_caller]
fn assert_allocations(method: &str, depth: usize, expected: usize) {
    let daemon = Daemon::start(COUNTED, &[]);
    let mut client = daemon.client();
    // Buffers grow to their size only once.
    echo(&mut client, method, depth);
    keep_half_a_frame(&daemon, &mut client);
    allocations(&mut client);
    let before = allocations(&mut client);
    echo(&mut client, method, depth);
    let made = allocations(&mut client) - before;
    let served = ECHOES / depth * depth;
    assert_eq!(made, expected * served / ECHOES, "{served} of {method}, {depth} at a time");
    drop(client);
    daemon.finish();
}

/// Makes the daemon keep input for its next turn, as it does by itself when a turn takes long: for example because the
/// system ran another process meanwhile.
fn keep_half_a_frame(daemon: &Daemon, client: &mut Client) {
    let message = "x".repeat(16 * 1024);
    client.send_bytes(
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"counted.echo","params":["{message}"#).as_bytes(),
    );
    // The daemon has read that half when it replies to a request that was sent later.
    daemon.client().ask("counted.echo", json!(["hello"]));
    client.send_bytes(b"\"]}\n");
    client.line();
}

fn echo(client: &mut Client, method: &str, depth: usize) {
    let request = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":["hello, world"]}}"#);
    let requests = format!("{request}\n").repeat(depth);
    for _ in 0..ECHOES / depth {
        client.send_bytes(requests.as_bytes());
        for _ in 0..depth {
            assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":"hello, world"}"#);
        }
    }
}

fn allocations(client: &mut Client) -> usize {
    let count: Value = client.ask("counted.allocations", json!([]));
    usize::try_from(count.as_u64().unwrap()).unwrap()
}
