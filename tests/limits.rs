//! Limits: what exceeds a limit is refused or cut, and other clients are not affected.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use harness::{Client, Daemon, Home, raise_descriptor_limit, skip, until};
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");

#[test]
fn half_a_frame_is_cut_at_its_deadline_while_others_are_served() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "half_frame=200ms"]);
    let mut half = daemon.client();
    half.send_bytes(br#"{"jsonrpc":"2.0","id":1,"#);
    let mut other = daemon.client();
    assert_eq!(other.ask("sum", json!([1, 2, 3])), 6);
    half.drain();
    assert_eq!(other.ask("sum", json!([1, 2, 3])), 6);
    drop(other);
    daemon.finish();
}

#[test]
fn a_frame_that_trickles_is_cut_at_the_deadline_of_its_first_byte() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "half_frame=300ms"]);
    let mut trickle = daemon.client();
    let mut other = daemon.client();
    trickle.send_bytes(b"[");
    // Each round trip of the other client lets a byte arrive; that does not move the deadline.
    until("the connection is cut", || {
        other.ask("kitchen.nothing", json!([]));
        trickle.try_send(b" ").is_err()
    });
    drop(other);
    daemon.finish();
}

#[test]
fn a_frame_that_is_whole_in_time_is_served_however_many_came_before() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "half_frame=2s"]);
    let mut client = daemon.client();
    client.send_bytes(br#"{"jsonrpc":"2.0","id":0,"method":"kitchen.nothing"}{"#.split_last().unwrap().1);
    for id in 1..50 {
        // The end of one frame and the start of the next.
        client.send_bytes(format!("\n{{\"jsonrpc\":\"2.0\",\"id\":{id},").as_bytes());
        assert_eq!(client.line(), format!(r#"{{"jsonrpc":"2.0","id":{},"result":null}}"#, id - 1));
        client.send_bytes(br#""method":"kitchen.nothing"}"#);
    }
    drop(client);
    daemon.finish();
}

#[test]
fn an_idle_connection_is_cut_at_its_deadline_and_a_busy_one_is_not() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "idle=1s"]);
    let mut idle = daemon.client();
    let mut busy = daemon.client();
    busy.ask("kitchen.nothing", json!([]));
    let cut = std::thread::spawn(move || idle.rest());
    while !cut.is_finished() {
        busy.ask("kitchen.nothing", json!([]));
    }
    assert_eq!(cut.join().unwrap(), [""; 0]);
    assert_eq!(busy.ask("sum", json!([1, 2, 3])), 6);
    assert_eq!(busy.rest(), [""; 0]);
    daemon.finish();
}

#[test]
fn a_client_that_waits_for_its_answer_is_not_idle() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "idle=100ms"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.later", json!([700])), "ready");
    assert_eq!(client.rest(), [""; 0]);
    daemon.finish();
}

#[test]
fn a_slow_reader_costs_bounded_memory_and_is_cut_while_others_are_served() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "output_soft_time=500ms"]);
    let mut other = daemon.client();
    other.ask("kitchen.big", json!([100_000]));
    let before = daemon.process().peak_memory();
    let slow = daemon.client();
    let mut writer = slow.writer();
    let flood = std::thread::spawn(move || {
        let request = br#"{"jsonrpc":"2.0","id":1,"method":"kitchen.big","params":[100000]}"#;
        let line = [&request[..], b"\n"].concat();
        // 200 MB of replies, if the daemon kept them.
        (0..2000).all(|_| writer.try_send(&line).is_ok())
    });
    other.wait_until_alone();
    assert!(!flood.join().unwrap(), "the daemon took every request of a client that reads no answer");
    let grown = daemon.process().peak_memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "it took {grown} KiB more");
    drop((slow, other));
    daemon.finish();
}

#[test]
fn a_reader_that_is_slow_but_reads_gets_everything() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "output_soft_time=20s"]);
    let mut client = daemon.client();
    let mut writer = client.writer();
    let sender = std::thread::spawn(move || {
        for id in 0..200 {
            writer.request(id, "kitchen.big", &json!([100_000]));
        }
    });
    for id in 0..200 {
        let answer: Value = serde_json::from_str(&client.line()).unwrap();
        assert_eq!(
            (answer["id"].as_u64(), answer["result"].as_str().map(str::len)),
            (Some(id), Some(100_000))
        );
    }
    sender.join().unwrap();
    drop(client);
    daemon.finish();
}

#[test]
fn a_client_that_floods_does_not_starve_the_others() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let flooding = daemon.client();
    let mut writer = flooding.writer();
    let mut reader = flooding;
    let reading = std::thread::spawn(move || reader.drain());
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let flood = std::thread::spawn(move || {
        let requests = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kitchen.nothing\"}\n".repeat(1000);
        while stopped.try_recv().is_err() && writer.try_send(requests.as_bytes()).is_ok() {}
        writer.close_writing();
    });
    let mut other = daemon.client();
    for _ in 0..200 {
        assert_eq!(other.ask("sum", json!([1, 2, 3])), 6);
    }
    stop.send(()).unwrap();
    flood.join().unwrap();
    assert!(reading.join().unwrap() > 0);
    drop(other);
    daemon.finish();
}

#[test]
fn a_connection_above_the_limit_gets_a_fault() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "connections=4"]);
    let mut clients: Vec<Client> = (0..4).map(|_| daemon.client()).collect();
    clients.iter_mut().for_each(|client| drop(client.ask("kitchen.nothing", json!([]))));
    for _ in 0..10 {
        assert_refused(&mut daemon.client());
    }
    assert_eq!(clients[0].ask("sum", json!([1, 2, 3])), 6);
    clients.pop();
    until("there is room again", || daemon.client().is_admitted());
    drop(clients);
    daemon.finish();
}

#[test]
fn the_1025th_connection_gets_a_fault() {
    if !raise_descriptor_limit(4096) {
        return skip("this process may not have 4096 descriptors");
    }
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut clients: Vec<Client> = (0..1024).map(|_| daemon.client()).collect();
    clients.iter_mut().for_each(|client| client.request(1, "kitchen.nothing", &json!([])));
    for client in &mut clients {
        assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
    }
    assert_refused(&mut daemon.client());
    drop(clients);
    daemon.finish();
}

#[test]
fn a_frame_of_the_limit_is_served_and_a_longer_one_ends_its_connection() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "frame=1000"]);
    let mut client = daemon.client();
    let frame = |length: usize| {
        let (head, tail) = (r#"{"jsonrpc":"2.0","id":1,"method":"kitchen.echo","params":[""#, r#""]}"#);
        format!("{head}{}{tail}", "x".repeat(length - head.len() - tail.len()))
    };
    client.send(&frame(1000));
    assert!(client.line().contains("\"result\":\"xxx"));
    client.send(&frame(1001));
    assert_refused(&mut client);
    let mut endless = daemon.client();
    // No line end: the daemon does not wait for one.
    endless.send_bytes(&[b'['; 1001]);
    assert_refused(&mut endless);
    drop((client, endless));
    daemon.finish();
}

#[test]
fn a_frame_of_a_mebibyte_is_served_and_a_longer_one_ends_its_connection() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    let blanks = " ".repeat(1024 * 1024 - 51);
    let request = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"kitchen.nothing"{blanks}}}"#);
    assert_eq!(request.len(), 1024 * 1024);
    client.send(&request);
    assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
    // The daemon may have closed the connection before the last byte is sent.
    let _ = client.try_send(request.replace('}', " }\n").as_bytes());
    assert_refused(&mut client);
    drop(client);
    daemon.finish();
}

#[test]
fn a_refused_peer_that_stays_is_cut() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "frame=1000"]);
    let mut stays = daemon.client();
    stays.send_bytes(&[b'['; 1001]);
    assert_refused(&mut stays);
    // The daemon has shut down its side, but the client's side is still open.
    daemon.alone();
    drop(stays);
    daemon.finish();
}

#[test]
fn what_was_asked_before_a_frame_that_is_too_long_is_answered() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "frame=1000"]);
    let mut client = daemon.client();
    let mut requests = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kitchen.nothing\"}\n".repeat(10);
    requests.push_str(&"x".repeat(5000));
    client.send_bytes(requests.as_bytes());
    for _ in 0..10 {
        assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
    }
    assert_refused(&mut client);
    drop(client);
    daemon.finish();
}

#[test]
fn nesting_and_batches_have_the_limits_that_are_set() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "nesting=5", "--limit", "batch=2"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.same", json!([[[[1]]]])), json!([[[1]]]));
    // The whole frame is refused, so its id is not known.
    client.request(1, "kitchen.same", &json!([[[[[1]]]]]));
    assert!(client.line().contains(r#""id":null,"error":{"code":-32600"#));
    let batch = |calls: usize| json!(vec![json!({"jsonrpc": "2.0", "id": 1, "method": "get_data"}); calls]);
    client.send(&batch(2).to_string());
    assert!(client.line().starts_with(r#"[{"jsonrpc":"2.0","id":1,"result":["hello",5]}"#));
    client.send(&batch(3).to_string());
    assert!(client.line().contains(r#""id":null,"error":{"code":-32600"#));
    drop(client);
    daemon.finish();
}

#[test]
fn the_deepest_nesting_that_can_be_set_is_read_and_a_deeper_one_is_refused_at_the_start() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "nesting=128"]);
    let mut client = daemon.client();
    let value = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    // The request and its parameters add two levels.
    let call = |levels: usize| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"kitchen.same","params":[{}]}}"#, value(levels))
    };
    client.send(&call(126));
    assert_eq!(client.line(), format!(r#"{{"jsonrpc":"2.0","id":1,"result":{}}}"#, value(126)));
    client.send(&call(127));
    assert!(client.line().contains("nested deeper than 128 levels"));
    drop(client);
    daemon.finish();
    let refused = Home::new(KITCHEN).run(&["-f", "--limit", "nesting=129"]);
    assert!(
        refused.stderr.contains("--limit nesting=129: no more than 128 levels can be read"),
        "{refused:#?}"
    );
    assert_ne!(refused.code, Some(0));
}

#[test]
fn an_answer_that_is_too_long_is_an_internal_error() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "output_hard=1000"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.big", json!([900])).as_str().map(str::len), Some(900));
    for (method, params) in [("kitchen.big", json!([2000])), ("kitchen.elsewhere", json!(["x".repeat(2000)]))]
    {
        assert_eq!(client.fault(method, params)["code"], -32603, "{method}");
    }
    assert_eq!(client.ask("sum", json!([1, 2, 3])), 6);
    drop(client);
    daemon.finish();
}

#[test]
fn a_long_id_takes_nothing_from_its_answer() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    let id = "i".repeat(900_000);
    client.send(&format!(r#"{{"jsonrpc":"2.0","id":"{id}","method":"kitchen.big","params":[1048574]}}"#));
    // Nothing is read until the daemon has served others, and has noticed that the socket is full.
    let mut other = daemon.client();
    for _ in 0..10 {
        assert_eq!(other.ask("sum", json!([1, 2, 3])), 6);
    }
    assert_eq!(client.line().len(), id.len() + 1_048_574 + r#"{"jsonrpc":"2.0","id":"","result":""}"#.len());
    drop((client, other));
    daemon.finish();
}

#[test]
fn the_answers_of_a_batch_together_have_a_bound() {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "kitchen.big", "params": [1_000_000]});
    assert_bounded(&json!(vec![call; 40]));
}

#[test]
fn the_answers_of_a_multicall_together_have_a_bound() {
    let call = json!({"methodName": "kitchen.big", "params": [1_000_000]});
    let params = json!([vec![call; 40]]);
    assert_bounded(&json!({"jsonrpc": "2.0", "id": 1, "method": "system.multicall", "params": params}));
}

#[test]
fn many_parked_calls_of_one_client_are_bounded() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut greedy = daemon.client();
    let mut other = daemon.client();
    let mut writer = greedy.writer();
    let flood = std::thread::spawn(move || {
        let requests = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kitchen.park\"}\n".repeat(100);
        (0..1000).all(|_| writer.try_send(requests.as_bytes()).is_ok())
    });
    let mut most = 0;
    // Every release lets the next ones in, until all 100,000 have been answered.
    let reading = std::thread::spawn(move || (0..100_000).for_each(|_| drop(greedy.line())));
    while !reading.is_finished() {
        most = most.max(other.ask("kitchen.waiting", json!([])).as_u64().unwrap());
        other.ask("kitchen.release", json!([1]));
    }
    reading.join().unwrap();
    assert!(flood.join().unwrap());
    assert!(most > 0 && most < 2000, "{most} calls were parked at once");
    drop(other);
    daemon.finish();
}

#[test]
fn long_answers_that_come_late_together_are_sent_before_their_reader_is_judged() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut reader, mut other) = (daemon.client(), daemon.client());
    (1..=2).for_each(|id| reader.request(id, "kitchen.park", &json!([])));
    until("both are parked", || other.ask("kitchen.waiting", json!([])) == 2);
    // Together they exceed the limit of waiting bytes, even without those that the socket takes at once.
    let text = "x".repeat(560 * 1024);
    let reading = std::thread::spawn(move || [reader.line(), reader.line()]);
    assert_eq!(other.ask("kitchen.release", json!([text])), 2);
    for line in reading.join().unwrap() {
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["result"], text);
    }
    drop(other);
    daemon.finish();
}

#[test]
fn without_descriptors_the_daemon_pauses_and_recovers() {
    /// Turns of the loop for the test's own requests meanwhile.
    const SLACK: u64 = 8;
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_by(&home, home.command_after("ulimit -n 24", &["-f"]));
    let mut first = daemon.client();
    first.ask("kitchen.nothing", json!([]));
    let start = Instant::now();
    let mut crowd: Vec<Client> = (0..60).map(|_| daemon.client()).collect();
    // Accepted clients are served; the others wait, or were closed.
    assert_eq!(first.ask("sum", json!([1, 2, 3])), 6);
    let turns = |client: &mut Client| client.ask("kitchen.turns", json!([])).as_u64().unwrap();
    let before = turns(&mut first);
    // It retries after a pause of one second, and again after another.
    let tries = daemon.log().wait_for_all(3, "cannot accept on ").len() as u64;
    assert!(start.elapsed() >= Duration::from_secs(2), "it tried {tries} times within {:?}", start.elapsed());
    let used = turns(&mut first) - before;
    assert!(used <= tries + SLACK, "it took {used} turns for {tries} tries");
    assert_eq!(first.ask("sum", json!([1, 2, 3])), 6);
    let mut last = crowd.pop().unwrap();
    drop(crowd);
    // Once the crowd is gone everyone is served again, including the client that waited, unless it was refused.
    if last.try_send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"kitchen.nothing\"}\n").is_ok() {
        let line = last.next_line();
        assert!(line.is_none_or(|line| line.contains("\"result\":null")));
    }
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
    drop((first, last));
    daemon.finish();
}

#[test]
fn without_descriptors_a_stop_is_still_a_stop() {
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_by(&home, home.command_after("ulimit -n 24", &["-f"]));
    let _crowd: Vec<Client> = (0..60).map(|_| daemon.client()).collect();
    daemon.terminate();
}

#[test]
fn an_invalid_limit_is_reported() {
    let home = Home::new(KITCHEN);
    for (limit, words) in [
        ("conections=4", "there is no limit `conections`"),
        ("frame=many", "--limit frame=many: write a number"),
        ("idle=30", "--limit idle=30: time unit needed"),
        ("frame", "--limit frame: write NAME=VALUE"),
        ("=1", "there is no limit ``"),
        ("connections=0", "--limit connections=0: write a number above zero"),
    ] {
        let start = home.run(&["-f", "--limit", limit]);
        assert_eq!(start.code, Some(2), "{limit}: {start:#?}");
        assert!(start.stderr.contains(words), "{limit}: {start:#?}");
    }
    home.assert_empty();
}

#[test]
fn idle_connections_cost_little() {
    if !raise_descriptor_limit(8192) {
        return skip("this process may not have 8192 descriptors");
    }
    let daemon = Daemon::start(KITCHEN, &["--limit", "connections=4000"]);
    let mut clients: Vec<Client> = (0..100).map(|_| daemon.client()).collect();
    clients.iter_mut().for_each(|client| drop(client.ask("kitchen.nothing", json!([]))));
    let before = daemon.process().memory();
    let mut crowd: Vec<Client> = (0..2000).map(|_| daemon.client()).collect();
    crowd.iter_mut().for_each(|client| drop(client.ask("kitchen.echo", json!(["hello"]))));
    let each = daemon.process().memory().saturating_sub(before) * 1024 / 2000;
    assert!(each < 2048, "an idle connection costs {each} bytes");
    drop((clients, crowd));
    daemon.finish();
}

/// Whatever the reply to this frame is, the daemon must not hold 40 MB of replies.
#[track_caller]
fn assert_bounded(frame: &Value) {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    client.ask("kitchen.big", json!([1_000_000]));
    let before = daemon.process().peak_memory();
    client.send(&frame.to_string());
    client.drain_or_line();
    let grown = daemon.process().peak_memory().saturating_sub(before);
    assert!(grown < 16 * 1024, "it took {grown} KiB more");
    drop(client);
    daemon.finish();
}

/// Checks that the connection is closed after a single transport fault.
#[track_caller]
fn assert_refused(client: &mut Client) {
    let lines = client.rest();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let answer: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(null), &json!(-32300)), "{answer}");
}

#[test]
fn late_answers_wait_for_a_client_that_reads_however_many_come_at_once() {
    // All of them together take longer than this; each by itself does not.
    let daemon = Daemon::start(KITCHEN, &["--limit", "output_soft_time=2s"]);
    let mut other = daemon.client();
    for (calls, bytes) in [(250, 8_000), (3, 900_000), (40, 900_000)] {
        let mut client = daemon.client();
        for id in 0..calls {
            client.request(id, "kitchen.park", &json!([]));
        }
        // They are served in order: when this is answered, all others are parked.
        client.request(calls, "kitchen.same", &json!(["parked"]));
        assert!(client.line().contains("parked"));
        let text = "x".repeat(bytes);
        assert_eq!(other.ask("kitchen.release", json!([text])), calls);
        // A call that comes now is answered when there is room for its reply.
        client.request(calls, "kitchen.same", &json!(["behind"]));
        for id in 0..calls {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!((&answer["id"], &answer["result"]), (&json!(id), &json!(text)));
        }
        assert!(client.line().contains("behind"));
    }
    drop(other);
    daemon.finish();
}

#[test]
fn late_replies_do_not_wait_forever_for_a_client_that_does_not_read() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "output_soft_time=200ms"]);
    let (mut client, mut other) = (daemon.client(), daemon.client());
    for id in 0..20 {
        client.request(id, "kitchen.park", &json!([]));
    }
    client.request(20, "kitchen.same", &json!(["parked"]));
    assert!(client.line().contains("parked"));
    assert_eq!(other.ask("kitchen.release", json!(["x".repeat(900_000)])), 20);
    other.wait_until_alone();
    assert!(client.drain() < 20 * 900_000);
    drop((client, other));
    let log = daemon.finish().log;
    assert!(log.contains("it does not read its replies"), "{log}");
}
