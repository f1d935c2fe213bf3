//! Every request that a peer may send, and the expected reply: the cases in `tests/cases`, by one runner.
//!
//! A case is sent on its own connection; then the writing side is shut down and everything that comes until the daemon
//! hangs up is compared. So one reply too many is as much a failure as one too few.
//!
//! ```json
//! { "name": "…", "send": […], "receive": […], "unordered": true }
//! ```
//!
//! `send` has lines: a text, or `{"hex": "…"}` for a line of any bytes, or `{"parts": ["…", {"repeat": "…", "times":
//! 9}]}`; with `"raw": true` no line end is added. `receive` has lines: an exact text, or a pattern for a line of JSON
//! as understood by `harness::mismatch`. Lines come in this order unless the case has `"unordered": true`.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fmt::Write;

use harness::{Client, Daemon, Random, mismatch};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    send: Vec<Sent>,
    receive: Vec<Value>,
    #[serde(default)]
    unordered: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Line(String),
    Hex {
        hex: String,
    },
    Parts {
        parts: Vec<Part>,
        #[serde(default)]
        raw: bool,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Repeated { repeat: String, times: usize },
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        let (mut bytes, raw) = match self {
            Sent::Line(line) => (line.clone().into_bytes(), false),
            Sent::Hex { hex } => (unhex(hex), false),
            Sent::Parts { parts, raw } => (parts.iter().flat_map(Part::bytes).collect(), *raw),
        };
        if !raw {
            bytes.push(b'\n');
        }
        bytes
    }
}

impl Part {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Part::Text(text) => text.clone().into_bytes(),
            Part::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

impl Case {
    /// Returns what is wrong; nothing if the case passes.
    fn run(&self, mut client: Client) -> Option<String> {
        let bytes: Vec<u8> = self.send.iter().flat_map(Sent::bytes).collect();
        let received = std::thread::scope(|scope| {
            // Both at once: a daemon may answer the first request before it has read the last one.
            let mut writer = client.writer();
            scope.spawn(move || {
                writer.send_bytes(&bytes);
                writer.close_writing();
            });
            client.rest()
        });
        self.judge(received)
    }

    fn judge(&self, mut received: Vec<String>) -> Option<String> {
        if received.len() != self.receive.len() {
            let got: Vec<String> = received.iter().map(|line| line.chars().take(300).collect()).collect();
            return Some(format!("expected {} lines, got {}: {got:#?}", self.receive.len(), received.len()));
        }
        for pattern in &self.receive {
            let told: Vec<Option<String>> =
                received.iter().map(|line| line_mismatch(pattern, line)).collect();
            let choice = if self.unordered { told.iter().position(Option::is_none) } else { Some(0) };
            match choice {
                Some(at) if told[at].is_none() => drop(received.remove(at)),
                _ => return told.into_iter().next().flatten(),
            }
        }
        None
    }
}

fn line_mismatch(pattern: &Value, line: &str) -> Option<String> {
    if let Value::String(exact) = pattern {
        return (exact != line).then(|| format!("expected {exact}\n     got {line}"));
    }
    match serde_json::from_str(line) {
        Ok(value) => mismatch(pattern, &value),
        Err(error) => Some(format!("{error}: {line}")),
    }
}

fn cases(text: &str) -> Vec<Case> {
    serde_json::from_str(text).unwrap()
}

/// Runs all cases of a file against one daemon, which must survive all of them, and reports every failure.
fn run(text: &str) {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    let mut failures = String::new();
    for case in cases(text) {
        // A case that panics says why, but not which one it is.
        let client = daemon.client();
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.run(client)));
        if let Some(told) = told.unwrap_or_else(|_| Some("it panicked, see above".to_owned())) {
            writeln!(failures, "- {}\n  {told}", case.name).unwrap();
        }
        assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6, "after: {}", case.name);
    }
    assert!(failures.is_empty(), "these cases fail:\n{failures}");
    daemon.finish();
}

macro_rules! files {
    ($($test:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $test() {
                run(include_str!($file));
            }
        )*

        #[test]
        fn there_are_many_cases_and_none_has_the_name_of_another() {
            let mut names = HashSet::new();
            for case in [$(cases(include_str!($file))),*].into_iter().flatten() {
                assert!(names.insert(case.name.clone()), "two cases are called `{}`", case.name);
            }
            assert!(names.len() >= 120, "{} cases", names.len());
        }
    };
}

files! {
    every_example_of_the_specification_is_answered_as_it_says: "cases/specification.json",
    ids_come_back_as_they_came: "cases/ids.json",
    requests_are_told_from_what_is_none: "cases/requests.json",
    what_is_not_json_is_a_parse_error: "cases/malformed.json",
    parameters_are_read_into_the_types_of_the_handler: "cases/parameters.json",
    strings_come_through_whatever_is_in_them: "cases/strings.json",
    notifications_have_no_reply: "cases/notifications.json",
    batches_are_answered_as_one: "cases/batches.json",
    faults_say_what_went_wrong: "cases/faults.json",
    late_answers_find_their_way: "cases/late.json",
    lines_are_frames: "cases/framing.json",
    multicalls_are_many_calls: "cases/multicall.json",
    the_daemon_describes_itself: "cases/introspection.json",
}

#[test]
fn one_byte_at_a_time_gives_the_same_answers() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    let mut client = daemon.client();
    let request = r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2,3]}"#;
    for byte in format!("{request}\r\n[{request}]\nx\n").bytes() {
        client.send_bytes(&[byte]);
    }
    assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":1,"result":6}"#);
    assert_eq!(client.line(), r#"[{"jsonrpc":"2.0","id":1,"result":6}]"#);
    assert!(client.line().contains("-32700"));
    drop(client);
    daemon.finish();
}

#[test]
fn however_the_bytes_are_cut_the_answers_are_the_same() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    let mut random = Random::new(0xc0ffee);
    for round in 0..20 {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        for id in 0..400 {
            // Now and then a frame longer than any buffer.
            let length = if random.below(100) == 0 { 150_000 } else { random.below(200) };
            let message = "ü".repeat(length);
            let end = ["\n", "\r\n", " \n\n"][random.below(3)];
            let request =
                format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"kitchen.echo","params":["{message}"]}}"#);
            stream.extend_from_slice(format!("{request}{end}").as_bytes());
            expected.push(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"{message}"}}"#));
        }
        let longest = [3000, 70_000, 1_000_000][round % 3];
        let mut client = daemon.client();
        let mut writer = client.writer();
        let received = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut left = stream.as_slice();
                while !left.is_empty() {
                    let (chunk, rest) = left.split_at(left.len().min(1 + random.below(longest)));
                    writer.send_bytes(chunk);
                    left = rest;
                }
                writer.close_writing();
            });
            client.rest()
        });
        assert!(received == expected, "round {round}: {} answers of {}", received.len(), expected.len());
    }
    daemon.finish();
}

#[test]
fn what_a_client_sent_before_it_left_is_carried_out() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    for number in 0..50 {
        let mut client = daemon.client();
        client.send(&format!(r#"{{"jsonrpc":"2.0","method":"notify_hello","params":[{number}]}}"#));
        client.request(1, "notify_hello", &json!([1000 + number]));
    }
    let heard = daemon.alone().ask("kitchen.heard", json!([]));
    for number in (0..50).chain(1000..1050) {
        assert!(heard.as_array().unwrap().contains(&json!(format!("hello {number}"))), "{number}: {heard}");
    }
    daemon.finish();
}

#[test]
fn one_client_never_sees_the_answers_of_another() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_kitchen"), &[]);
    let mut clients: Vec<Client> = (0..20).map(|_| daemon.client()).collect();
    for round in 0..20 {
        for (index, client) in clients.iter_mut().enumerate() {
            let method = if round % 2 == 0 { "kitchen.same" } else { "kitchen.elsewhere" };
            client.request(7, method, &json!([format!("{index} in round {round}")]));
        }
        for (index, client) in clients.iter_mut().enumerate() {
            let answer: Value = serde_json::from_str(&client.line()).unwrap();
            assert_eq!(answer["result"], format!("{index} in round {round}"));
        }
    }
    drop(clients);
    daemon.finish();
}
