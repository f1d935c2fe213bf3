//! A flood of signals: the daemon still answers, and misses none.

// The amount of work done is printed.
#![allow(clippy::print_stderr)]

use std::time::Instant;

use harness::{Storm, until};
use nix::sys::signal::Signal;
use serde_json::json;

use crate::keeper::Keeper;

const SERVICES: &str = r#"
[service.steady]
command = "sleep 1000"
[service.killed]
command = "sleep 1000"
backoff = { from = "10ms", to = "10ms" }
"#;

/// What a flood consists of: with SIGHUP, the daemon reads its files again each time.
const KINDS: [Signal; 3] = [Signal::SIGUSR1, Signal::SIGCHLD, Signal::SIGHUP];
/// How many signals are sent at least.
const FLOOD: u64 = 200_000;
/// How often each signal is sent by itself while the others come.
const ROUNDS: usize = 10;
/// What the memory may grow by, in KiB.
const GROWTH: u64 = 8 * 1024;

#[test]
fn a_flood_of_signals_stops_no_call_and_hides_no_other_signal() {
    let keeper = Keeper::start(SERVICES);
    let mut client = keeper.client();
    client.ask("service.wait", json!({"name": "*"}));
    let process = keeper.daemon().process();
    let (steady, memory, start) = (keeper.info("steady")["pid"].clone(), process.memory(), Instant::now());
    let storm = Storm::begin(process, &KINDS);
    let mut calls = 0_u64;
    until("enough signals are sent", || {
        calls += u64::from(client.ask("service.status", json!(["steady"]))[0]["state"] == "running");
        storm.sent() >= FLOOD
    });
    eprintln!("{} signals in {:?}, {calls} calls meanwhile", storm.end(), start.elapsed());

    for kind in [Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGHUP] {
        let others: Vec<Signal> = KINDS.into_iter().filter(|other| *other != kind).collect();
        let _storm = Storm::begin(process, &others);
        for _ in 0..ROUNDS {
            let mut count = || client.ask("keeper.signals", json!([]))[kind.as_str()].as_u64().unwrap_or(0);
            let before = count();
            process.signal(kind);
            until(&format!("{kind} is seen"), || count() > before);
        }
    }
    {
        let _storm = Storm::begin(process, &[Signal::SIGUSR1, Signal::SIGHUP]);
        for _ in 0..ROUNDS {
            let before = keeper.info("killed")["pid"].as_i64();
            client.ask("service.signal", json!(["killed", "SIGKILL"]));
            keeper.until("killed", |info| info["state"] == "running" && info["pid"].as_i64() != before);
        }
    }
    let grown = process.memory().saturating_sub(memory);
    assert!(grown < GROWTH, "the memory has grown by {grown} KiB");
    assert!(calls > 0 && keeper.info("steady")["pid"] == steady);
    drop(client);

    let storm = Storm::begin(process, &KINDS);
    process.signal(Signal::SIGTERM);
    process.wait();
    drop(storm);
    keeper.ends_well();
}
