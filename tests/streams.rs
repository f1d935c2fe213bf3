//! Subscriptions: items that come until either side ends them.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use harness::{Client, Daemon, Home, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const TICKER: &str = env!("CARGO_BIN_EXE_ticker");

/// Begins a subscription, and returns its number.
#[track_caller]
fn subscribe(client: &mut Client, method: &str, params: Value) -> u64 {
    client.ask(method, params).as_u64().unwrap()
}

/// Returns the parameters of the next notification.
#[track_caller]
fn item(client: &mut Client) -> Value {
    let mut line: Value = serde_json::from_str(&client.line()).unwrap();
    assert_eq!(line["id"], Value::Null, "{line}");
    line["params"].take()
}

#[test]
fn items_follow_the_number_of_their_subscription_until_its_end() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = daemon.client();
    client.send(r#"{"jsonrpc":"2.0","id":"a","method":"ticker.count","params":[2]}"#);
    let id = 1;
    assert_eq!(client.line(), format!(r#"{{"jsonrpc":"2.0","id":"a","result":{id}}}"#));
    for params in [
        format!(r#"{{"subscription":{id},"result":1}}"#),
        format!(r#"{{"subscription":{id},"result":2}}"#),
        format!(r#"{{"subscription":{id},"end":true}}"#),
    ] {
        assert_eq!(
            client.line(),
            format!(r#"{{"jsonrpc":"2.0","method":"ticker.count","params":{params}}}"#)
        );
    }
    drop(client);
    daemon.finish();
}

#[test]
fn a_subscription_ends_with_the_fault_of_its_handler() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = daemon.client();
    let id = subscribe(&mut client, "ticker.fail", json!([]));
    assert_eq!(item(&mut client), json!({"subscription": id, "result": 1}));
    let error = json!({"code": 7, "message": "no more"});
    assert_eq!(item(&mut client), json!({"subscription": id, "end": true, "error": error}));

    let id = subscribe(&mut client, "ticker.infinity", json!([]));
    assert_eq!(item(&mut client), json!({"subscription": id, "result": 1.5}));
    let end = item(&mut client);
    assert_eq!((&end["end"], &end["error"]["code"]), (&json!(true), &json!(-32603)), "{end}");

    let id = subscribe(&mut client, "ticker.fail_in_thread", json!([]));
    for number in 1..=3 {
        assert_eq!(item(&mut client), json!({"subscription": id, "result": number}));
    }
    let error = json!({"code": -32500, "message": "that is all"});
    assert_eq!(item(&mut client), json!({"subscription": id, "end": true, "error": error}));
    drop(client);
    daemon.finish();
}

#[test]
fn a_call_that_fails_begins_no_subscription() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = daemon.client();
    assert_eq!(client.fault("ticker.refuse", json!([]))["message"], "not now");
    assert_eq!(client.fault("ticker.panic", json!([]))["code"], -32603);
    // Nothing came before the next reply, and the handler's ends are closed.
    assert_eq!(client.ask("ticker.kept", json!([])), 2);
    drop(client);
    daemon.finish();
}

#[test]
fn no_item_comes_after_the_reply_to_unsubscribe() {
    let daemon = Daemon::start(TICKER, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    let id = subscribe(&mut client, "ticker.watch", json!([]));
    let theirs = subscribe(&mut other, "ticker.watch", json!([]));
    assert_eq!(client.call("daemon.unsubscribe", json!([theirs])), Ok(json!(false)), "it is another's");
    // In one write: items that have not been sent when the call comes are not sent any more.
    client.send_bytes(
        format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"ticker.publish\",\"params\":[3]}}\n\
             {{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"daemon.unsubscribe\",\"params\":[{id}]}}\n\
             {{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"ticker.publish\",\"params\":[1]}}\n"
        )
        .as_bytes(),
    );
    let mut lines = vec![client.line()];
    while !lines.ends_with(&[r#"{"jsonrpc":"2.0","id":5,"result":true}"#.to_owned()]) {
        assert!(lines.len() <= 4, "{lines:?}");
        lines.push(client.line());
    }
    assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":6,"result":1}"#, "only the other listens");
    assert_eq!(client.ask("daemon.unsubscribe", json!([id])), false, "it has ended");
    for number in [1, 2, 3, 1] {
        assert_eq!(item(&mut other)["result"]["number"], number);
    }
    drop((client, other));
    daemon.finish();
}

#[test]
fn who_reads_too_slowly_sees_the_gap_and_slows_nobody_down() {
    let daemon = Daemon::start(TICKER, &["--limit", "items=8", "--limit", "output_soft_time=1min"]);
    let (mut slow, mut quick) = (daemon.client(), daemon.client());
    subscribe(&mut slow, "ticker.watch", json!([]));
    // Far more than the system and the daemon keep for a peer that does not read.
    let count = 2000;
    assert_eq!(quick.ask("ticker.publish", json!([count, 4096])), 1);
    assert_eq!(quick.ask("ticker.publish", json!([0])), 1, "the loop goes on");
    let (mut next, mut gaps) = (1, 0);
    while next <= count {
        let item = item(&mut slow);
        let missed = item["missed"].as_u64().unwrap_or_default();
        gaps += missed;
        assert_eq!(item["result"]["number"], next + missed, "the gap is as long as it says");
        next += missed + 1;
    }
    assert!(gaps > 0);
    drop((slow, quick));
    daemon.finish();
}

#[test]
fn who_never_reads_is_cut_off_and_the_log_says_why() {
    let daemon = Daemon::start(TICKER, &["--limit", "output_soft_time=100ms"]);
    let (mut deaf, mut client) = (daemon.client(), daemon.client());
    subscribe(&mut deaf, "ticker.watch", json!([]));
    until("it is gone", || client.ask("ticker.publish", json!([16, 4096])) == 0);
    daemon.log().wait_for("does not read its replies");
    deaf.drain();
    drop(client);
    daemon.finish();
}

#[test]
fn ten_thousand_subscriptions_get_every_item() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut clients: Vec<Client> = (0..40).map(|_| daemon.client()).collect();
    for client in &mut clients {
        for id in 1..=250 {
            client.request(id, "ticker.watch", &json!([]));
        }
        for _ in 1..=250 {
            assert!(client.line().contains("\"result\""));
        }
    }
    let mut publisher = daemon.client();
    assert_eq!(publisher.ask("ticker.publish", json!([5])), 10_000);
    for client in &mut clients {
        let mut sum = 0;
        for _ in 0..5 * 250 {
            let item = item(client);
            assert_eq!(item["missed"], Value::Null);
            sum += item["result"]["number"].as_u64().unwrap();
        }
        assert_eq!(sum, 250 * (1 + 2 + 3 + 4 + 5));
    }
    drop((clients, publisher));
    daemon.finish();
}

#[test]
fn a_connection_has_a_bounded_number_of_subscriptions() {
    let daemon = Daemon::start(TICKER, &["--limit", "subscriptions=2"]);
    let mut client = daemon.client();
    let first = subscribe(&mut client, "ticker.watch", json!([]));
    subscribe(&mut client, "ticker.watch", json!([]));
    let fault = client.fault("ticker.watch", json!([]));
    assert_eq!(fault["code"], -32300);
    assert!(fault.to_string().contains("the limit `subscriptions`"), "{fault}");
    assert_eq!(client.ask("daemon.unsubscribe", json!([first])), true);
    subscribe(&mut client, "ticker.watch", json!([]));
    drop(client);
    daemon.finish();
}

#[test]
fn a_thread_hears_that_its_caller_has_hung_up() {
    let daemon = Daemon::start(TICKER, &[]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    let id = subscribe(&mut client, "ticker.count_in_thread", json!([]));
    assert_eq!(item(&mut client)["subscription"], id);
    drop(client);
    until("it has stopped", || other.ask("ticker.stopped", json!([])) == 1);
    drop(other);
    daemon.finish();
}

#[test]
fn a_thread_hears_that_its_caller_sends_nothing_more() {
    let daemon = Daemon::start(TICKER, &["--limit", "output_soft_time=200ms"]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    subscribe(&mut client, "ticker.count_in_thread", json!([]));
    client.close_writing();
    until("it has stopped", || other.ask("ticker.stopped", json!([])) == 1);
    drop((client, other));
    daemon.finish();
}

#[test]
fn a_peer_that_sends_nothing_more_gets_what_was_sent_and_the_end() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = daemon.client();
    subscribe(&mut client, "ticker.watch", json!([]));
    client.close_writing();
    assert_eq!(item(&mut client)["end"], true);
    assert_eq!(client.next_line(), None, "it may wait for the end of the connection");
    let mut client = daemon.client();
    client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ticker.count","params":[2]}"#);
    client.close_writing();
    assert_eq!(client.rest().len(), 4, "the number, two items and the end");
    daemon.finish();
}

#[test]
fn a_connection_with_a_subscription_is_not_idle_and_ends_with_the_daemon() {
    let daemon = Daemon::start(TICKER, &["--limit", "idle=100ms"]);
    let (mut client, mut idle) = (daemon.client(), daemon.client());
    subscribe(&mut client, "ticker.watch", json!([]));
    // A connection without subscriptions is cut off in the meantime.
    assert_eq!(idle.next_line(), None);
    assert_eq!(daemon.client().ask("ticker.publish", json!([1])), 1);
    assert_eq!(item(&mut client)["result"]["number"], 1);
    daemon.signal(Signal::SIGTERM);
    assert_eq!(item(&mut client)["result"]["beside"], "farewell");
    assert_eq!(item(&mut client)["end"], true);
    assert_eq!(client.next_line(), None);
    daemon.ends_well();
}

#[test]
fn listeners_events_can_be_watched_by_kind() {
    let daemon = Daemon::start(TICKER, &[]);
    let (mut all, mut signals) = (daemon.client(), daemon.client());
    let id = subscribe(&mut all, "daemon.events", json!([]));
    subscribe(&mut signals, "daemon.events", json!({"kinds": ["signal"]}));
    let fault = all.fault("daemon.events", json!([["startup"]]));
    assert!(fault.to_string().contains("startup"), "{fault}");
    let other = daemon.client();
    let connected = item(&mut all);
    assert_eq!(connected["subscription"], id);
    assert_eq!(connected["result"]["event"], "connect");
    assert_eq!(connected["result"]["pid"], std::process::id());
    drop(other);
    assert_eq!(item(&mut all)["result"]["event"], "hang_up");
    daemon.signal(Signal::SIGHUP);
    for client in [&mut all, &mut signals] {
        let signal = &item(client)["result"];
        assert_eq!((&signal["event"], &signal["signal"]), (&json!("signal"), &json!("SIGHUP")));
    }
    assert_eq!(item(&mut all)["result"]["event"], "reload");
    signals.assert_silence(Duration::from_millis(50));
    drop((all, signals));
    daemon.finish();
}

#[test]
fn the_command_line_prints_items_as_they_come() {
    let home = Home::new(TICKER);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let counted = home.run(&["ticker.count", "3"]);
    assert_eq!((counted.code, counted.stdout.as_str()), (Some(0), "1\n2\n3"), "{}", counted.stderr);
    let failed = home.run(&["ticker.fail"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), "1"));
    assert!(failed.stderr.contains("no more"), "{}", failed.stderr);
    let listed = home.run(&["methods"]);
    assert!(listed.stdout.contains("(int) stream of int"), "{}", listed.stdout);
    daemon.finish();
}

#[test]
fn the_command_line_stops_when_nobody_reads_what_it_prints() {
    let home = Home::new(TICKER);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let mut client = daemon.client();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "\"$0\" ticker.count_in_thread | head -n 2"]).arg(TICKER);
    shell.env("RUNTIME_DIRECTORY", home.path());
    let read = harness::run(shell);
    assert_eq!(read.stdout.lines().count(), 2, "{}", read.stderr);
    until("it has hung up", || client.ask("ticker.stopped", json!([])) == 1);
    drop(client);
    daemon.finish();
}
