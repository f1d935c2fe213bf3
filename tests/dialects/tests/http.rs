//! HTTP, by bytes: framing, persistent connections, refusals.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use harness::{Client, Daemon, Endpoint, Home};
use serde_json::{Value, json};

const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const ECHO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"teller.echo","params":["hi"]}"#;
const HI: &str = r#"{"jsonrpc":"2.0","id":1,"result":"hi"}"#;

/// Starts a daemon on a unix and on an inet socket.
fn start(args: &[&str]) -> Daemon {
    let home = Home::new(TELLER);
    let unix = format!("unix:{}", home.socket().display());
    Daemon::start_at(&home, &[&["--socket", &unix, "--socket", "tcp://127.0.0.1:0"], args].concat())
}

fn unix(daemon: &Daemon) -> UnixStream {
    let stream = UnixStream::connect(daemon.home().socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn inet(daemon: &Daemon) -> (TcpStream, String) {
    let Endpoint::Tcp(address) = &daemon.endpoints()[1] else { panic!("{:?}", daemon.endpoints()) };
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    (stream, address.clone())
}

fn post(body: &str) -> String {
    format!("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// An answer: its status, its headers in lower case, its body.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Reads answers until the daemon ends the connection.
fn answers(mut stream: impl Read) -> Vec<Answer> {
    let mut bytes = String::new();
    stream.read_to_string(&mut bytes).unwrap();
    let (mut rest, mut answers) = (bytes.as_str(), Vec::new());
    while let Some((answer, after)) = first(rest) {
        answers.push(answer);
        rest = after;
    }
    assert_eq!(rest, "", "{answers:?}");
    answers
}

fn first(text: &str) -> Option<(Answer, &str)> {
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let head = head.to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    let (body, rest) = rest.split_at_checked(length)?;
    Some((Answer { status, head, body: body.to_owned() }, rest))
}

/// Sends bytes on a new connection, ends our side, and returns what comes.
fn exchange(daemon: &Daemon, request: &[u8]) -> Vec<Answer> {
    let mut stream = unix(daemon);
    // It may be refused before it is complete.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    answers(stream)
}

#[track_caller]
fn assert_statuses(daemon: &Daemon, request: &str, expected: &[u16]) {
    let found = exchange(daemon, request.as_bytes());
    let statuses: Vec<u16> = found.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, expected, "{request:?}: {found:#?}");
}

#[test]
fn requests_are_answered_in_turn_however_they_come() {
    let daemon = start(&[]);
    let request = post(ECHO).repeat(30);
    for piece in [request.len(), 1000, 7, 1] {
        let mut stream = unix(&daemon);
        for piece in request.as_bytes().chunks(piece) {
            stream.write_all(piece).unwrap();
        }
        stream.shutdown(Shutdown::Write).unwrap();
        let answers = answers(stream);
        assert_eq!(answers.len(), 30);
        for answer in answers {
            assert_eq!((answer.status, answer.body.as_str()), (200, HI));
            assert!(answer.head.contains("content-type: application/json"), "{answer:?}");
        }
    }
    daemon.finish();
}

#[test]
fn a_body_may_come_in_any_form() {
    let daemon = start(&[]);
    let chunks: String = ECHO
        .as_bytes()
        .chunks(5)
        .map(|chunk| format!("{:x};ext=1\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)))
        .collect();
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n{chunks}0\r\nX: y\r\n\r\n"
    );
    let plain = chunked.replace("X: y\r\n", "");
    for request in [post(ECHO), plain] {
        let found = exchange(&daemon, request.repeat(2).as_bytes());
        assert_eq!(found.iter().map(|answer| &*answer.body).collect::<Vec<_>>(), [HI, HI], "{request}");
    }
    // After trailers, nothing is read: a reader may see their end elsewhere.
    for end in ["0\r\nX: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: y\r\n\n", "0\r\n\n"] {
        let request = chunked.replace("0\r\nX: y\r\n\r\n", end);
        let found = exchange(&daemon, [request, post(ECHO)].concat().as_bytes());
        assert_eq!(found.iter().map(|answer| &*answer.body).collect::<Vec<_>>(), [HI], "{end:?}");
        assert!(found[0].head.contains("connection: close"), "{found:?}");
    }
    let mut stream = unix(&daemon);
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        ECHO.len()
    )
    .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim, *b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(ECHO.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answers(stream)[0].body, HI);
    daemon.finish();
}

#[test]
fn the_connection_ends_when_the_peer_says_so() {
    let daemon = start(&[]);
    let body = format!("Content-Length: {}\r\n\r\n{ECHO}", ECHO.len());
    for (head, stays) in [
        ("POST / HTTP/1.1\r\nHost: x\r\n", true),
        ("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", false),
        ("POST / HTTP/1.0\r\n", false),
        ("POST / HTTP/1.0\r\nConnection: keep-alive\r\n", true),
    ] {
        let request = format!("{head}{body}");
        let mut stream = unix(&daemon);
        write!(stream, "{request}{request}").unwrap();
        if stays {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let found = answers(stream);
        assert_eq!(found.len(), if stays { 2 } else { 1 }, "{head}: {found:#?}");
        assert!(found.iter().all(|answer| answer.body == HI), "{found:#?}");
    }
    daemon.finish();
}

#[test]
fn a_connection_may_end_after_a_late_answer() {
    let daemon = start(&[]);
    let late = r#"{"jsonrpc":"2.0","id":2,"method":"teller.later","params":["late",30]}"#;
    let mut stream = unix(&daemon);
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{late}{}",
        late.len(),
        post(ECHO)
    )
    .unwrap();
    let found = answers(stream);
    assert!(found.len() == 1 && found[0].body.contains("late"), "{found:?}");
    daemon.finish();
}

#[test]
fn each_path_has_its_methods() {
    let daemon = start(&[]);
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/openrpc.json", 200),
        ("POST", "/healthz", 405),
        ("DELETE", "/rpc", 405),
        ("GET", "/nope", 404),
        ("OPTIONS", "/rpc", 204),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut stream = unix(&daemon);
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {text}");
        assert_eq!(text.contains("\r\nallow: "), matches!(status, 204 | 405), "{text}");
        let body = text.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body.is_empty(), method == "HEAD" || status == 204, "{request}: {text}");
        if status >= 400 {
            let problem: Value = serde_json::from_str(body).unwrap();
            assert_eq!(problem["status"], status, "{problem}");
        }
    }
    daemon.finish();
}

#[test]
fn what_json_rpc_does_not_answer_has_no_content() {
    let daemon = start(&[]);
    let note = r#"{"jsonrpc":"2.0","method":"teller.echo","params":["x"]}"#;
    let late = r#"{"jsonrpc":"2.0","method":"teller.later","params":["x",1]}"#;
    assert_statuses(&daemon, &post(note).repeat(2), &[204, 204]);
    assert_statuses(&daemon, &post(late), &[204]);
    assert_statuses(&daemon, &post(&format!("[{note},{late}]")), &[204]);
    let found = exchange(&daemon, post("{").as_bytes());
    assert_eq!(found[0].status, 200);
    assert!(found[0].body.contains("-32700"), "{found:?}");
    daemon.finish();
}

#[test]
fn an_answer_waits_for_late_replies_and_the_next_request_for_the_answer() {
    let daemon = start(&[]);
    let late = r#"{"jsonrpc":"2.0","id":2,"method":"teller.later","params":["late",30]}"#;
    let batch = format!("[{ECHO},{late},{late}]");
    let found = exchange(&daemon, [post(late), post(ECHO), post(&batch), post(ECHO)].concat().as_bytes());
    let late = r#"{"jsonrpc":"2.0","id":2,"result":"late"}"#;
    let bodies: Vec<&str> = found.iter().map(|answer| &*answer.body).collect();
    assert_eq!(bodies, [late, HI, &format!("[{HI},{late},{late}]"), HI]);
    daemon.finish();
}

#[test]
fn a_message_that_could_be_read_in_two_ways_is_read_in_none() {
    let daemon = start(&[]);
    let inner = post(ECHO);
    for (name, head) in [
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("a list of lengths", "Content-Length: 5, 6\r\n"),
        ("a signed length", "Content-Length: +5\r\n"),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n"),
        ("a length and a space before the colon", "Content-Length : 5\r\n"),
        ("an unknown coding", "Transfer-Encoding: identity\r\n"),
        ("a coding after chunked", "Transfer-Encoding: chunked, identity\r\n"),
        ("a vertical tab before chunked", "Transfer-Encoding: \x0bchunked\r\n"),
        ("a NUL in a header", "X: a\0b\r\n"),
        ("a header without a name", ": x\r\n"),
        ("a line without a colon", "hello\r\n"),
    ] {
        let request = format!("POST /rpc HTTP/1.1\r\nHost: x\r\n{head}\r\n{inner}");
        let mut stream = unix(&daemon);
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let found = answers(stream);
        assert!(found.len() == 1 && found[0].status == 400, "{name}: {found:#?}");
    }
    let mut client = daemon.client();
    assert_eq!(client.ask("teller.served", json!([])), 0, "a request was smuggled in");
    drop(client);
    daemon.finish();
}

#[test]
fn a_length_and_a_coding_together_do_not_hide_a_request() {
    let daemon = start(&[]);
    let smuggled = post(ECHO);
    let request = format!(
        "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        smuggled.len() + 5
    );
    // RFC 9112, section 6.3: the coding counts; what follows may be refused, or is the next request.
    let found = exchange(&daemon, request.as_bytes());
    assert!(
        found.iter().all(|answer| answer.status != 200 || answer.body.contains("-32") || answer.body == HI)
    );
    assert!(found.len() <= 2, "{found:#?}");
    daemon.finish();
}

#[test]
fn nothing_is_read_after_a_request_that_another_reader_refuses() {
    let daemon = start(&[]);
    let chunks = "0\r\n\r\n";
    for (head, status) in [
        ("", 400),
        ("Host: x\r\nHost: x\r\n", 400),
        ("Host: x\r\nTransfer-Encoding: gzip, chunked\r\n", 501),
        ("Host: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", 501),
        ("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501),
    ] {
        let body = if head.contains("chunked") { chunks } else { "" };
        assert_statuses(&daemon, &format!("POST /rpc HTTP/1.1\r\n{head}\r\n{body}{}", post(ECHO)), &[status]);
    }
    daemon.finish();
}

#[test]
fn what_is_too_long_is_refused() {
    let daemon = start(&["--limit", "frame=1000"]);
    let long = "x".repeat(20_000);
    assert_statuses(&daemon, &format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"), &[431]);
    assert_statuses(&daemon, &post(&long), &[413]);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    assert_statuses(&daemon, &chunked, &[413]);
    daemon.finish();
}

#[test]
fn a_request_that_does_not_end_is_cut() {
    let daemon = start(&["--limit", "half_frame=50ms"]);
    for request in ["GET /healthz HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{"]
    {
        for before in ["".to_owned(), post(ECHO), post(ECHO).repeat(2)] {
            let mut stream = unix(&daemon);
            stream.write_all(before.as_bytes()).unwrap();
            let mut answered = String::new();
            while answered.matches(HI).count() < before.matches(ECHO).count() {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                answered.push(char::from(byte[0]));
            }
            stream.write_all(request.as_bytes()).unwrap();
            let found = answers(stream);
            assert_eq!(found.iter().map(|answer| answer.status).collect::<Vec<_>>(), [408], "{request}");
        }
        // One that ends its side in the middle of a request gets no answer.
        let found = exchange(&daemon, request.as_bytes());
        assert!(found.is_empty() || found[0].status == 400, "{request}: {found:?}");
    }
    daemon.finish();
}

#[test]
fn a_foreign_page_calls_nothing() {
    let daemon = start(&[]);
    let (_, host) = inet(&daemon);
    let own = format!("http://{host}");
    for (headers, status) in [
        (vec![("Host", host.as_str()), ("Content-Type", "application/json")], 200),
        (vec![("Host", &host), ("Content-Type", "application/json"), ("Origin", &own)], 200),
        (vec![("Host", &host), ("Content-Type", "text/plain")], 415),
        (vec![("Host", &host), ("Content-Type", "application/x-www-form-urlencoded")], 415),
        (vec![("Host", &host)], 415),
        // It is XML by its type only.
        (vec![("Host", &host), ("Content-Type", "text/xml")], 200),
        (vec![("Host", &host), ("Content-Type", "application/json"), ("Origin", "http://evil.example")], 403),
        (vec![("Host", &host), ("Content-Type", "application/json"), ("Origin", "null")], 403),
        (vec![("Host", "evil.example"), ("Content-Type", "application/json")], 403),
        (vec![("Host", &host), ("Content-Type", "application/json"), ("Sec-Fetch-Site", "cross-site")], 403),
        (vec![("Content-Type", "application/json")], 400),
    ] {
        let (mut stream, _) = inet(&daemon);
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(stream, "POST / HTTP/1.1\r\n{lines}Content-Length: {}\r\n\r\n{ECHO}", ECHO.len()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let found = answers(stream);
        assert_eq!(found[0].status, status, "{headers:?}: {found:?}");
        assert!(!found[0].head.contains("access-control"), "{found:?}");
    }
    // A browser asks before it sends JSON; it gets no permission.
    let (mut stream, _) = inet(&daemon);
    write!(
        stream,
        "OPTIONS / HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"
    )
    .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answers(stream)[0].status, 403);
    let mut client = daemon.client();
    assert_eq!(client.ask("teller.served", json!([])), 2);
    drop(client);
    daemon.finish();
}

#[test]
fn each_connection_has_its_own_dialect() {
    let daemon = start(&[]);
    let mut line = daemon.client();
    let mut headed = unix(&daemon);
    let mut web = unix(&daemon);
    for _ in 0..3 {
        assert_eq!(line.ask("teller.echo", json!(["hi"])), "hi");
        write!(headed, "Content-Length: {}\r\n\r\n{ECHO}", ECHO.len()).unwrap();
        let mut reply = vec![0; format!("Content-Length: {}\r\n\r\n{HI}", HI.len()).len()];
        headed.read_exact(&mut reply).unwrap();
        assert!(reply.starts_with(b"Content-Length: ") && reply.ends_with(HI.as_bytes()));
        web.write_all(post(ECHO).as_bytes()).unwrap();
    }
    web.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answers(web).len(), 3);
    drop((line, headed));
    daemon.finish();
}

/// Reads a stream up to its end; returns the data of its events.
fn events(mut stream: impl Read) -> Vec<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    text.lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect()
}

fn subscribe(method: &str, params: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    format!(
        "POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn items_of_a_subscription_are_events() {
    let daemon = start(&[]);
    let mut stream = unix(&daemon);
    stream.write_all(subscribe("teller.count", "[3]").as_bytes()).unwrap();
    let found: Vec<Value> = events(stream).iter().map(|data| serde_json::from_str(data).unwrap()).collect();
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(
        (&found[0]["id"], &found[1]["params"]["result"], &found[4]["params"]["end"]),
        (&json!(1), &json!(1), &json!(true))
    );
    // Without a stream there is nowhere to send them.
    let found = exchange(
        &daemon,
        post(r#"{"jsonrpc":"2.0","id":1,"method":"teller.count","params":[3]}"#).as_bytes(),
    );
    assert!(found[0].body.contains("text/event-stream"), "{found:?}");
    daemon.finish();
}

/// Reads events until there are so many connects; returns the number and the connection of each.
fn connects(stream: &mut UnixStream, count: usize) -> Vec<(u64, u64)> {
    let mut seen = String::new();
    loop {
        let found: Vec<(u64, u64)> = seen.split_inclusive("\n\n").filter_map(connect).collect();
        if found.len() >= count {
            assert!(!seen.contains("event: missed"), "{seen}");
            return found;
        }
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).unwrap();
        seen.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
}

fn connect(event: &str) -> Option<(u64, u64)> {
    let (head, data) = event.strip_suffix("\n\n")?.split_once("\ndata: ")?;
    let report: Value = serde_json::from_str(data).ok()?;
    let id = head.rsplit_once("id: ")?.1.parse().unwrap();
    assert_eq!(report["id"], id, "{event}");
    Some((id, report["connection"].as_u64()?))
}

#[test]
fn a_stream_of_events_continues_where_it_broke() {
    let daemon = start(&[]);
    let ask = |stream: &mut UnixStream, last: &str| {
        let head = format!("GET /events?names=connect HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {last}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
    };
    let mut first = unix(&daemon);
    ask(&mut first, "what another server said");
    let mut head = [0; 12];
    first.read_exact(&mut head).unwrap();
    let client = daemon.client();
    let seen = connects(&mut first, 1);
    drop((first, client));
    // These come while nobody listens.
    (0..3).for_each(|_| drop(daemon.client().ask("teller.served", json!([]))));
    let mut again = unix(&daemon);
    ask(&mut again, &seen[0].0.to_string());
    let missed = connects(&mut again, 4);
    let last = missed.last().unwrap();
    assert!(missed.is_sorted() && missed[0].0 > seen[0].0, "{seen:?} {missed:?}");
    // The lower bits are a place in a table. The fourth is the connection that asks.
    assert_eq!((missed[0].1 >> 24) + 3, last.1 >> 24, "{missed:?}");
    drop(again);
    daemon.terminate();
}

#[test]
fn the_events_of_the_daemon_are_a_stream() {
    let daemon = start(&[]);
    let mut stream = unix(&daemon);
    stream.write_all(b"GET /events?names=connect,stop HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut seen = String::new();
    let mut others: Vec<Client> = Vec::new();
    while !seen.contains("\"event\":\"connect\"") {
        others.push(daemon.client());
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).unwrap();
        seen.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    assert!(seen.contains("text/event-stream"), "{seen}");
    drop(others);
    daemon.terminate();
    stream.read_to_string(&mut seen).unwrap();
    assert!(seen.contains("\"event\":\"stop\""), "{seen}");
    // It is not complete, and says so.
    assert!(seen.contains("event: end\ndata: {\"code\":-32300,"), "{seen}");
    assert!(seen.ends_with("0\r\n\r\n"), "{seen}");
}

#[test]
fn a_peer_that_leaves_ends_its_stream() {
    let daemon = start(&[]);
    for _ in 0..10 {
        let mut stream = unix(&daemon);
        stream.write_all(subscribe("teller.silence", "[]").as_bytes()).unwrap();
        let mut head = [0; 15];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(head, *b"HTTP/1.1 200 OK");
    }
    daemon.alone();
    daemon.finish();
}

#[test]
fn who_may_not_call_is_told_so() {
    let daemon = start(&[]);
    let (mut stream, host) = inet(&daemon);
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"teller.secret"}"#;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(answers(stream)[0].body.contains("-32001"));
    daemon.finish();
}

#[test]
fn a_request_that_comes_in_pieces_behind_a_late_one_is_served() {
    let daemon = start(&[]);
    let late = r#"{"jsonrpc":"2.0","id":2,"method":"teller.later","params":["late",100]}"#;
    let second = post(ECHO);
    let mut stream = unix(&daemon);
    write!(stream, "{}{}", post(late), &second[..2]).unwrap();
    // The daemon has read so much when it answers another client twice.
    let mut other = daemon.client();
    (0..2).for_each(|_| drop(other.ask("teller.served", json!([]))));
    drop(other);
    let (head, rest) = second.split_at(second.len() - 5);
    stream.write_all(&head.as_bytes()[2..]).unwrap();
    let mut seen = String::new();
    while !seen.contains("\"late\"}") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.push(char::from(byte[0]));
    }
    stream.write_all(rest.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answers(stream)[0].body, HI);
    daemon.finish();
}

#[test]
fn a_request_that_comes_byte_by_byte_has_no_more_time_than_another() {
    let daemon = start(&["--limit", "half_frame=300ms"]);
    let body = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{}", " ".repeat(8000));
    let head = format!("GET /healthz HTTP/1.1\r\nX: {}", "x".repeat(8000));
    for request in [head, body] {
        let mut stream = unix(&daemon);
        // Each byte waits for an answer that does not come.
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let mut answer = [0; 12];
        let cut = request.as_bytes().iter().any(|byte| {
            stream.write_all(&[*byte]).is_err() || stream.read(&mut answer).is_ok_and(|count| count > 0)
        });
        assert!(cut && answer.starts_with(b"HTTP/1.1 408"), "{:?}", String::from_utf8_lossy(&answer));
    }
    daemon.finish();
}

#[test]
fn the_end_of_a_notification_is_not_the_answer_to_another_call() {
    let daemon = start(&[]);
    let note = post(r#"{"jsonrpc":"2.0","method":"teller.later","params":["note",1]}"#);
    let call = "<methodCall><methodName>teller.later</methodName><params><param><value>call</value></param>\
                <param><value><int>100</int></value></param></params></methodCall>";
    let call = post(call).replace("Host: x", "Host: x\r\nContent-Type: text/xml");
    let found = exchange(&daemon, format!("{note}{call}").as_bytes());
    assert_eq!(found.iter().map(|answer| answer.status).collect::<Vec<_>>(), [204, 200]);
    assert!(found[1].body.contains("<string>call</string>"), "{found:?}");
    daemon.finish();
}

#[test]
fn an_inet_peer_that_leaves_is_noticed_even_if_it_has_sent_more() {
    let daemon = start(&[]);
    let (mut stream, host) = inet(&daemon);
    let request = subscribe("teller.silence", "[]")
        .replace("Host: x", &format!("Host: {host}\r\nContent-Type: application/json"));
    stream.write_all(request.as_bytes()).unwrap();
    let mut seen = String::new();
    while !seen.contains("\"result\":1}\n\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.push(char::from(byte[0]));
    }
    stream.write_all(b"x").unwrap();
    drop(stream);
    daemon.alone();
    daemon.finish();
}

#[test]
fn names_of_events_may_be_encoded() {
    let daemon = start(&[]);
    let mut stream = unix(&daemon);
    stream.write_all(b"GET /events?names=connect%2Cstop HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(head, *b"HTTP/1.1 200 OK");
    drop(stream);
    daemon.finish();
}
