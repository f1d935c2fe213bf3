//! Hostile peers: whatever they send, the daemon goes on and serves all others.

// A panic here fails the test.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread;

use harness::{Client, Daemon, Random};
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");

#[test]
fn random_bytes_do_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut random = Random::new(0x5eed);
    for _ in 0..300 {
        let mut client = daemon.client();
        let length = random.below(4000);
        // The daemon may hang up before everything is sent.
        let _ = client.try_send(&random.bytes(length));
        client.close_writing();
        client.rest().iter().for_each(|line| assert_answer(line));
    }
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn random_tokens_do_no_harm() {
    const TOKENS: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\n",
        " ",
        "null",
        "true",
        "1",
        "-",
        "1e9",
        "\"jsonrpc\"",
        "\"2.0\"",
        "\"id\"",
        "\"method\"",
        "\"params\"",
        "\"sum\"",
        "\"system.multicall\"",
        "\"kitchen.later\"",
        "\u{fffd}",
    ];
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut random = Random::new(0xf00d);
    for _ in 0..300 {
        let mut client = daemon.client();
        let tokens: String = (0..random.below(600)).map(|_| TOKENS[random.below(TOKENS.len())]).collect();
        let _ = client.try_send(tokens.as_bytes());
        client.close_writing();
        client.rest().iter().for_each(|line| assert_answer(line));
    }
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn requests_with_bits_turned_over_do_no_harm() {
    let requests = [
        r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2,3]}"#,
        r#"{"jsonrpc":"2.0","id":"x","method":"kitchen.echo","params":{"message":"gr\u00fc\u00dfe"}}"#,
        r#"[{"jsonrpc":"2.0","id":1,"method":"kitchen.later","params":[1]},{"jsonrpc":"2.0","method":"get_data"}]"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"system.multicall","params":[[{"methodName":"sum","params":[1,2,3]}]]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"kitchen.order","params":[{"name":"a","plates":1,"size":"Large"}]}"#,
    ];
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut random = Random::new(0xb17);
    for round in 0..2000 {
        let mut request = requests[round % requests.len()].as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(request.len());
            request[at] ^= 1 << random.below(8);
        }
        let mut client = daemon.client();
        client.send_bytes(&request);
        client.send("");
        client.close_writing();
        client.rest().iter().for_each(|line| assert_answer(line));
    }
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn requests_cut_off_anywhere_do_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let request = r#"[{"jsonrpc":"2.0","id":"ü","method":"kitchen.echo","params":["\u00fc"]}]"#;
    for end in 0..=request.len() {
        let mut client = daemon.client();
        client.send_bytes(&request.as_bytes()[..end]);
        client.close_writing();
        let lines = client.rest();
        assert_eq!(lines.len(), usize::from(end > 0), "cut off at {end}: {lines:?}");
        lines.iter().for_each(|line| assert_answer(line));
    }
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn a_storm_of_connections_does_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let path = daemon.home().socket();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // A connection that is refused because of the limit is fine, too.
                for _ in 0..5000 {
                    drop(UnixStream::connect(&path));
                }
            });
        }
        let mut client = daemon.client();
        for _ in 0..500 {
            assert_eq!(client.ask("sum", json!([1, 2, 3])), 6);
        }
    });
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn a_connection_for_every_request_is_served() {
    let daemon = Daemon::start(KITCHEN, &[]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..2000).for_each(|_| assert_serves(&daemon)));
        }
    });
    daemon.finish();
}

#[test]
fn inet_clients_that_connect_at_once_are_all_served() {
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    let mut clients: Vec<Client> = (0..50).map(|_| daemon.client()).collect();
    // The first one stays silent; the last one speaks first.
    for client in clients.iter_mut().skip(1).rev() {
        assert_eq!(client.ask("sum", json!([1, 2, 3])), 6);
    }
    drop(clients);
    daemon.finish();
}

#[test]
fn connections_that_are_reset_do_no_harm() {
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    for _ in 0..200 {
        let mut client = daemon.client();
        for id in 0..20 {
            client.request(id, "kitchen.big", &json!([50_000]));
        }
        // Closed with replies unread: the daemon's next write gets a reset.
        drop(client);
    }
    assert_serves(&daemon);
    daemon.finish();
}

#[test]
fn many_clients_that_fall_silent_at_once_do_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut silent: Vec<Client> = (0..200).map(|_| daemon.client()).collect();
    for (index, client) in silent.iter_mut().enumerate() {
        match index % 4 {
            0 => {}
            1 => client.send_bytes(b"{\"jsonrpc\":"),
            2 => client.request(1, "kitchen.park", &json!([])),
            _ => client.close_writing(),
        }
    }
    for _ in 0..100 {
        assert_serves(&daemon);
    }
    drop(silent);
    daemon.finish();
}

#[test]
fn a_signal_storm_with_garbage_on_every_side_does_no_harm() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let path = daemon.home().socket();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = Random::new(0xbad);
            for _ in 0..500 {
                let Ok(mut stream) = UnixStream::connect(&path) else {
                    continue;
                };
                let _ = stream.write_all(&random.bytes(200));
            }
        });
        scope.spawn(|| (0..2000).for_each(|_| daemon.signal(nix::sys::signal::Signal::SIGUSR1)));
        (0..200).for_each(|_| assert_serves(&daemon));
    });
    daemon.finish();
}

/// Checks that a line is a reply of JSON-RPC 2.0, or a batch of them; or of XML-RPC, if the bytes began like XML.
#[track_caller]
fn assert_answer(line: &str) {
    if line.starts_with("<?xml ") {
        return assert!(line.ends_with("</methodResponse>"), "{line}");
    }
    let answer: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    match answer {
        Value::Array(answers) => answers.iter().for_each(|answer| assert_reply(answer)),
        answer => assert_reply(&answer),
    }
}

#[track_caller]
fn assert_reply(answer: &Value) {
    let reply = answer.as_object().unwrap();
    assert_eq!(reply["jsonrpc"], "2.0", "{answer}");
    assert_eq!(reply.len(), 3, "{answer}");
    assert!(
        reply.contains_key("id") && (reply.contains_key("result") ^ reply.contains_key("error")),
        "{answer}"
    );
}

#[track_caller]
fn assert_serves(daemon: &Daemon) {
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
}
