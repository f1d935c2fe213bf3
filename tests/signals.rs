//! Signals: none is lost, whatever the clients do meanwhile, and a stop always stops.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use harness::{Client, DEADLINE, Daemon, Fifo, Home, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");

#[test]
fn term_under_a_busy_client_ends_the_daemon_every_time() {
    for round in 0..50 {
        let daemon = Daemon::start(KITCHEN, &[]);
        let (answered, answers) = mpsc::channel();
        let mut client = daemon.client();
        let busy = thread::spawn(move || {
            // Until the daemon closes the connection; `next_line` checks that it never does so within a line.
            let request = br#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2,3]}"#;
            while client.try_send(&[&request[..], b"\n"].concat()).is_ok() {
                let Some(line) = client.next_line() else { return };
                assert_eq!(line, r#"{"jsonrpc":"2.0","id":1,"result":6}"#);
                let _ = answered.send(());
            }
        });
        for _ in 0..=round {
            answers.recv_timeout(DEADLINE).unwrap();
        }
        daemon.terminate();
        busy.join().unwrap();
    }
}

#[test]
fn term_under_many_pipelining_clients_ends_the_daemon() {
    for _ in 0..5 {
        let daemon = Daemon::start(KITCHEN, &[]);
        let (answered, answers) = mpsc::channel();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (mut client, answered) = (daemon.client(), answered.clone());
                thread::spawn(move || {
                    let request =
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kitchen.nothing\"}\n".repeat(16);
                    while client.try_send(request.as_bytes()).is_ok() {
                        for _ in 0..16 {
                            if client.next_line().is_none() {
                                return;
                            }
                        }
                        let _ = answered.send(());
                    }
                })
            })
            .collect();
        for _ in 0..100 {
            answers.recv_timeout(DEADLINE).unwrap();
        }
        daemon.terminate();
        clients.into_iter().for_each(|client| client.join().unwrap());
    }
}

#[test]
fn what_was_accepted_before_term_is_answered() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    let fifo = Fifo::new();
    client.request(1, "kitchen.hold", &json!([fifo.path()]));
    let held = fifo.hold();
    // The daemon is in a handler: all of this waits for it.
    for id in 2..=100 {
        client.request(id, "sum", &json!([id, 0, 0]));
    }
    daemon.signal(Signal::SIGTERM);
    held.release();
    let answers = client.rest();
    let ids: Vec<u64> = answers.iter().map(|line| id(line)).collect();
    assert_eq!(ids, (1..=100).collect::<Vec<_>>(), "{answers:#?}");
    daemon.ends_well();
}

#[test]
fn interrupt_stops_as_term_does() {
    let daemon = Daemon::start(KITCHEN, &[]);
    daemon.signal(Signal::SIGINT);
    daemon.ends_well();
}

#[test]
fn a_storm_of_hups_loses_no_term() {
    for _ in 0..10 {
        let daemon = Daemon::start(KITCHEN, &[]);
        for _ in 0..10_000 {
            daemon.signal(Signal::SIGHUP);
        }
        daemon.terminate();
    }
}

#[test]
fn a_storm_of_hups_that_does_not_end_loses_no_term() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let pid = nix::unistd::Pid::from_raw(daemon.process().pid());
    let (stop, stopped) = mpsc::channel::<()>();
    let storm = thread::spawn(move || {
        // The daemon is not reaped before the storm is over, so its number is not reused.
        while stopped.try_recv().is_err() {
            let _ = nix::sys::signal::kill(pid, Signal::SIGHUP);
            let _ = nix::sys::signal::kill(pid, Signal::SIGUSR1);
        }
    });
    daemon.log().wait_for("SIGUSR1");
    daemon.signal(Signal::SIGTERM);
    daemon.process().wait();
    stop.send(()).unwrap();
    storm.join().unwrap();
    daemon.ends_well();
}

#[test]
fn a_client_is_served_during_a_storm_of_signals() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    for _ in 0..1000 {
        daemon.signal(Signal::SIGUSR1);
        daemon.signal(Signal::SIGHUP);
        assert_eq!(client.ask("sum", json!([1, 2, 3])), 6);
    }
    drop(client);
    daemon.finish();
}

#[test]
fn every_signal_that_is_listened_to_is_heard() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    for signal in [Signal::SIGUSR1, Signal::SIGWINCH, Signal::SIGHUP] {
        daemon.signal(signal);
        until("the signal", || heard(&mut client, signal.as_str()) == 1);
    }
    drop(client);
    daemon.finish();
}

#[test]
fn a_listener_of_run_time_hears_its_signal() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    client.ask("kitchen.listen", json!([]));
    // The reply may come before the daemon listens; the next one does not.
    client.ask("kitchen.nothing", json!([]));
    daemon.signal(Signal::SIGUSR2);
    until("the signal", || heard(&mut client, "SIGUSR2 at run time") == 1);
    drop(client);
    daemon.finish();
}

#[test]
fn a_listener_that_fails_is_logged_and_the_daemon_lives() {
    let daemon = Daemon::start(KITCHEN, &[]);
    daemon.signal(Signal::SIGALRM);
    daemon.log().wait_for("the kitchen is on fire");
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
    daemon.finish();
}

#[test]
fn term_during_setup_ends_cleanly() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let home = Home::new(KITCHEN);
        let fifo = Fifo::new();
        let mut command = home.command(&["-f", "--hold-setup"]);
        command.arg(fifo.path());
        let daemon = Daemon::spawn(&home, command);
        let held = fifo.hold();
        daemon.signal(signal);
        held.release();
        daemon.ends_well();
    }
}

#[test]
fn term_at_any_moment_of_the_start_ends_cleanly() {
    for round in 0..150_u32 {
        let home = Home::new(KITCHEN);
        let daemon = Daemon::spawn(&home, home.command(&["-f"]));
        let moment = Instant::now() + Duration::from_micros(50) * round;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        daemon.signal(Signal::SIGTERM);
        let ended = daemon.ended();
        // Before the daemon can react to a signal, the signal itself ends the process: there is nothing to clean up.
        assert!(ended.code == Some(0) || ended.signal == Some(15), "round {round}: {ended:#?}");
        home.assert_empty();
    }
}

#[test]
fn a_stop_waits_for_answers_that_are_owed() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    client.request(1, "kitchen.later", &json!([200]));
    client.request(2, "kitchen.nothing", &json!([]));
    assert_eq!(id(&client.line()), 2);
    daemon.signal(Signal::SIGTERM);
    assert_eq!(client.rest(), [r#"{"jsonrpc":"2.0","id":1,"result":"ready"}"#]);
    daemon.ends_well();
}

#[test]
fn a_stop_gives_up_at_its_deadline_and_tells_waiting_callers() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "drain=200ms"]);
    let mut client = parked(&daemon);
    daemon.signal(Signal::SIGTERM);
    assert_given_up(&mut client);
    daemon.ends_well();
}

#[test]
fn a_stop_does_not_wait_for_a_reader_that_never_reads() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "drain=300ms", "--limit", "output_soft_time=1h"]);
    let mut silent = daemon.client();
    for id in 0..20 {
        silent.request(id, "kitchen.big", &json!([500_000]));
    }
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
    daemon.terminate();
}

#[test]
fn a_second_term_stops_at_once() {
    for (first, second) in [(Signal::SIGTERM, Signal::SIGTERM), (Signal::SIGINT, Signal::SIGTERM)] {
        let daemon = Daemon::start(KITCHEN, &["--limit", "drain=1h"]);
        let mut client = parked(&daemon);
        daemon.signal(first);
        daemon.log().wait_for("the kitchen closes");
        assert!(daemon.process().is_running(), "it did not wait for what it owes");
        daemon.signal(second);
        assert_given_up(&mut client);
        daemon.ends_well();
    }
}

#[test]
fn a_daemon_that_stops_accepts_nobody() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "drain=1h"]);
    let mut client = parked(&daemon);
    daemon.signal(Signal::SIGTERM);
    daemon.log().wait_for("the kitchen closes");
    // Clients that connected at the last moment are hung up on.
    until("the door is closed", || match Client::try_connect(&daemon.endpoints()[0]) {
        Ok(mut late) => {
            assert_eq!(late.rest(), [""; 0]);
            false
        }
        Err(_) => true,
    });
    daemon.signal(Signal::SIGTERM);
    assert_given_up(&mut client);
    daemon.ends_well();
}

#[test]
fn a_stop_does_not_wait_for_clients_that_want_nothing() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "drain=1h"]);
    let mut clients: Vec<Client> = (0..10).map(|_| daemon.client()).collect();
    clients.iter_mut().for_each(|client| drop(client.ask("kitchen.nothing", json!([]))));
    clients[0].send_bytes(b"{\"jsonrpc\":\"2.0\",");
    daemon.terminate();
    for mut client in clients.into_iter().skip(1) {
        assert_eq!(client.rest(), [""; 0]);
    }
}

#[test]
fn a_peer_that_does_not_wait_for_its_answer_does_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for _ in 0..100 {
        let mut client = daemon.client();
        client.request(1, "kitchen.big", &json!([500_000]));
        client.request(2, "kitchen.later", &json!([1]));
    }
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
    daemon.finish();
}

/// Returns a client that waits for a reply that never comes.
fn parked(daemon: &Daemon) -> Client {
    let mut client = daemon.client();
    client.request(1, "kitchen.park", &json!([]));
    client.request(2, "kitchen.nothing", &json!([]));
    assert_eq!(id(&client.line()), 2);
    client
}

/// Checks that an accepted call gets a reply, even if no handler sent one.
#[track_caller]
fn assert_given_up(client: &mut Client) {
    let answers = client.rest();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    let answer: Value = serde_json::from_str(&answers[0]).unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32300)), "{answer}");
}

fn id(line: &str) -> u64 {
    let answer: Value = serde_json::from_str(line).unwrap();
    answer["id"].as_u64().unwrap()
}

/// Returns how often the kitchen has heard something.
fn heard(client: &mut Client, what: &str) -> usize {
    let heard = client.ask("kitchen.heard", json!([]));
    heard.as_array().unwrap().iter().filter(|heard| **heard == what).count()
}
