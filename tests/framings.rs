//! JSON however it is framed: by clients that end their messages in other ways than with a line end.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::{Daemon, NO_NODE, node, node_modules, python, run, skip};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const SUM: &str = r#"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2,3]}"#;
const SIX: &str = r#"{"jsonrpc":"2.0","id":1,"result":6}"#;

fn connect(daemon: &Daemon) -> UnixStream {
    let stream = UnixStream::connect(daemon.home().socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Reads as many bytes as are expected, and compares them.
#[track_caller]
fn expect(stream: &mut UnixStream, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes), expected);
}

/// Ends our side, and reads what still comes.
fn rest(mut stream: UnixStream) -> String {
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    rest
}

fn with_headers(body: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Runs a client on a daemon of its own.
#[track_caller]
fn assert_well(mut client: Command) {
    let daemon = Daemon::start(KITCHEN, &[]);
    client.arg(daemon.home().socket());
    let finished = run(client);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    daemon.finish();
}

#[test]
fn a_client_of_core_lightning_is_understood() {
    let Some(python) = python(&["pyln.client"]) else { return skip("pyln-client (PyPI) is not here") };
    let mut client = Command::new(python);
    client.arg(script("core_lightning.py"));
    assert_well(client);
}

#[test]
fn a_client_of_language_servers_is_understood() {
    let Some(python) = python(&["pylsp_jsonrpc"]) else {
        return skip("python-lsp-jsonrpc (PyPI) is not here");
    };
    let mut client = Command::new(python);
    client.arg(script("language_server.py"));
    assert_well(client);
}

#[test]
fn a_client_of_an_editor_is_understood() {
    let Some(modules) = node_modules() else { return skip(NO_NODE) };
    let mut client = node(&modules);
    client.arg(script("headers.js"));
    assert_well(client);
}

#[test]
fn a_rust_client_that_ends_with_the_value_is_understood() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let transport = jsonrpc::simple_uds::UdsTransport::new(daemon.home().socket());
    let client = jsonrpc::Client::with_transport(transport);
    for number in 0..10 {
        let params = to_raw_value(&json!([number, 2, 3])).unwrap();
        assert_eq!(client.call::<u64>("sum", Some(&params)).unwrap(), number + 5);
    }
    let stew = to_raw_value(&json!(["stew"])).unwrap();
    let error = client.call::<Value>("kitchen.fetch", Some(&stew)).unwrap_err();
    assert!(error.to_string().contains("no such dish: stew"), "{error}");
    drop(client);
    daemon.finish();
}

#[test]
fn replies_end_as_requests_do() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for separator in ["\n", "\0"] {
        let mut stream = connect(&daemon);
        for _ in 0..3 {
            write!(stream, "{SUM}{separator}").unwrap();
            expect(&mut stream, &format!("{SIX}{separator}"));
        }
        // The end of a request may come later than its value.
        write!(stream, "{SUM}").unwrap();
        stream.write_all(separator.as_bytes()).unwrap();
        expect(&mut stream, &format!("{SIX}{separator}"));
        assert_eq!(rest(stream), "");
    }
    daemon.finish();
}

#[test]
fn the_end_of_the_first_request_may_come_with_a_delay() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for separator in ["\n", "\0"] {
        let mut stream = connect(&daemon);
        write!(stream, "{SUM}").unwrap();
        expect(&mut stream, SIX);
        write!(stream, "{separator}{SUM}{separator}").unwrap();
        // If the separator came late, the daemon has already ended its reply with a blank line.
        let mut replies = String::new();
        while replies.matches(SIX).count() < 1 || !replies.ends_with(separator) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            replies.push(char::from(byte[0]));
        }
        assert_eq!(rest(stream), "");
    }
    daemon.finish();
}

#[test]
fn a_client_that_ends_its_messages_with_a_nul_may_write_line_ends_in_them() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut stream = connect(&daemon);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(SUM).unwrap()).unwrap();
    write!(stream, "{SUM}\0{pretty}\0{pretty}\0").unwrap();
    expect(&mut stream, &format!("{SIX}\0").repeat(3));
    write!(stream, "no\0").unwrap();
    let refused = rest(stream);
    assert!(refused.contains("-32700") && refused.ends_with('\0'), "{refused:?}");
    daemon.finish();
}

#[test]
fn a_client_that_waits_after_a_value_gets_the_end_of_its_reply_in_time() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut stream = connect(&daemon);
    for _ in 0..3 {
        write!(stream, "{SUM}").unwrap();
        expect(&mut stream, &format!("{SIX}\n\n"));
    }
    assert_eq!(rest(stream), "");
    daemon.finish();
}

#[test]
fn messages_with_headers_are_answered_with_headers() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut stream = connect(&daemon);
    let batch = format!("[{SUM},\n{SUM}]");
    for (request, reply) in [
        (with_headers(SUM), with_headers(SIX)),
        (
            format!("Content-Type: application/json\r\n{}", with_headers(&batch)),
            with_headers(&format!("[{SIX},{SIX}]")),
        ),
        (with_headers(r#"{"jsonrpc":"2.0","method":"notify_hello","params":[7]}"#), String::new()),
        (with_headers("  "), String::new()),
    ] {
        // Blank lines before the first message are part of none.
        let mut at_once = connect(&daemon);
        write!(at_once, "\r\n\r\n{request}").unwrap();
        assert_eq!(rest(at_once), reply);
        // One byte at a time.
        for byte in request.as_bytes() {
            stream.write_all(&[*byte]).unwrap();
        }
        expect(&mut stream, &reply);
    }
    let pipelined = with_headers(SUM).repeat(100);
    stream.write_all(pipelined.as_bytes()).unwrap();
    expect(&mut stream, &with_headers(SIX).repeat(100));
    assert_eq!(rest(stream), "");
    daemon.finish();
}

#[test]
fn wrong_headers_end_the_connection_with_a_fault() {
    let daemon = Daemon::start(KITCHEN, &["--limit", "half_frame=50ms"]);
    for (request, reason) in [
        ("Content-Length: five\r\n\r\n", "must be a number of bytes"),
        ("Content-Type: x\r\n\r\n{}", "needs the header `Content-Length`"),
        ("Content-Length: 99999999\r\n\r\n", "longer than the limit, 1048576 bytes"),
        ("Content-Length: 2\r\nhello\r\n\r\n{}", "an empty line ends them"),
        ("Content-Length: 5\r\n\r\n{}", "shorter than its `Content-Length`"),
    ] {
        let mut stream = connect(&daemon);
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("Content-Length: ") && reply.contains("-32300"), "{reply}");
        assert!(reply.contains(reason), "{reply}");
    }
    let mut stream = connect(&daemon);
    stream.write_all(b"Content-Length: 5\r\n\r\n{}").unwrap();
    let reply = rest(stream);
    assert!(reply.contains("the message ends before its last byte"), "{reply}");
    daemon.finish();
}

#[test]
fn many_values_on_one_line_are_all_answered() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut stream = connect(&daemon);
    let requests = SUM.repeat(18_000);
    let mut writer = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || writer.write_all(requests.as_bytes()));
    expect(&mut stream, &format!("{SIX}\n").repeat(17_999));
    sender.join().unwrap().unwrap();
    assert_eq!(rest(stream), format!("{SIX}\n"));
    daemon.finish();
}
