//! A daemon that has nothing to do does nothing.

use std::time::Duration;

use harness::{Client, Daemon};
use serde_json::json;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");

#[test]
fn an_idle_daemon_does_not_wake_up() {
    let daemon = Daemon::start(ECHO, &[]);
    assert_asleep(&daemon, &mut daemon.client());
    daemon.finish();
}

#[test]
fn idle_connections_do_not_wake_the_daemon() {
    let daemon = Daemon::start(ECHO, &[]);
    let mut clients: Vec<Client> = (0..20).map(|_| daemon.client()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("my.echo", json!(["hello"])), "hello");
    }
    assert_asleep(&daemon, &mut clients[0]);
    drop(clients);
    daemon.finish();
}

#[test]
fn half_a_frame_does_not_keep_the_daemon_awake() {
    let daemon = Daemon::start(ECHO, &[]);
    let mut half = daemon.client();
    half.send_bytes(b"{\"jsonrpc\":");
    assert_asleep(&daemon, &mut daemon.client());
    drop(half);
    daemon.finish();
}

#[test]
fn clients_that_have_closed_their_writing_side_do_not_keep_the_daemon_awake() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    let mut closed = daemon.client();
    closed.request(1, "kitchen.park", &json!([]));
    closed.close_writing();
    assert_asleep(&daemon, &mut daemon.client());
    assert_eq!(daemon.client().ask("kitchen.release", json!(["late"])), 1);
    assert_eq!(closed.rest(), [r#"{"jsonrpc":"2.0","id":1,"result":"late"}"#]);
    daemon.finish();
}

#[test]
fn a_reader_that_has_fallen_behind_does_not_keep_the_daemon_awake() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &["--limit", "output_soft_time=1h"]);
    let mut slow = daemon.client();
    for id in 0..20 {
        slow.request(id, "kitchen.big", &json!([100_000]));
    }
    assert_asleep(&daemon, &mut daemon.client());
    for _ in 0..20 {
        slow.line();
    }
    drop(slow);
    daemon.finish();
}

/// Fails if the daemon wakes up within a quiet second. `witness` is a client that gets nothing meanwhile.
#[track_caller]
fn assert_asleep(daemon: &Daemon, witness: &mut Client) {
    witness.ask("system.getCapabilities", json!([]));
    // Pending work finishes first.
    witness.assert_silence(Duration::from_millis(200));
    let (sleeps, ticks) = (daemon.process().sleeps(), daemon.process().ticks());
    witness.assert_silence(Duration::from_secs(1));
    assert_eq!(daemon.process().sleeps() - sleeps, 0, "it woke up");
    assert_eq!(daemon.process().ticks() - ticks, 0, "it was busy");
}
