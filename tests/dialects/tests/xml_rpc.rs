//! XML-RPC on a bare connection: three clients of other people, and what no well-meaning client sends.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{Client, Daemon, Endpoint, program, python, run, skip, until};
use nix::sys::signal::Signal;
use serde_json::json;

const KITCHEN: &str = env!("CARGO_BIN_EXE_canteen");
const TELLER: &str = env!("CARGO_BIN_EXE_teller");
const TICKER: &str = env!("CARGO_BIN_EXE_metronome");

/// A call with parameters, each the content of a `<value>`.
fn call(method: &str, values: &[&str]) -> String {
    let params: String =
        values.iter().map(|value| format!("<param><value>{value}</value></param>")).collect();
    format!("<methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>")
}

/// The response with a result, as its `<value>` contains it.
fn result(value: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse><params><param><value>{value}</value></param></params>\
         </methodResponse>"
    )
}

/// Checks that a line is a fault with this code, and with this in its text.
#[track_caller]
fn assert_fault(line: &str, code: i32, text: &str) {
    let has_code = line.contains(&format!("<name>faultCode</name><value><int>{code}</int></value>"));
    assert!(has_code && line.contains(text) && line.ends_with("</methodResponse>"), "{line}");
}

fn run_client(mut command: Command, script: &str) {
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let daemon = Daemon::start(KITCHEN, &[]);
    let Endpoint::Unix(socket) = &daemon.endpoints()[0] else { panic!("no unix socket") };
    command.arg(script).arg(socket);
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    daemon.finish();
}

/// Returns a Perl that has this module.
fn perl(module: &str) -> Option<PathBuf> {
    let perl = program("perl")?;
    let mut command = Command::new(&perl);
    command.arg(format!("-M{module}")).args(["-e", "0"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()).then_some(perl)
}

#[test]
fn the_client_of_python_is_understood() {
    let Some(python) = python(&["xmlrpc.client"]) else {
        return skip("Python is not here");
    };
    run_client(Command::new(python), "xml_rpc.py");
}

#[test]
fn a_client_of_perl_is_understood() {
    let Some(perl) = perl("RPC::XML") else {
        return skip("RPC::XML (Debian: librpc-xml-perl) is not here");
    };
    run_client(Command::new(perl), "rpc_xml.pl");
}

#[test]
fn another_client_of_perl_is_understood() {
    let Some(perl) = perl("Frontier::RPC2") else {
        return skip("Frontier::RPC2 (Debian: libfrontier-rpc-perl) is not here");
    };
    run_client(Command::new(perl), "frontier.pl");
}

#[test]
fn documents_are_answered_in_order_however_they_are_cut() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let documents = format!(
        "\u{feff}<?xml version='1.0'?>\n<!-- </methodCall> -->{}\r\n{}\n\n<?xml version='1.0'?>{}",
        call("kitchen.echo", &["<![CDATA[</methodCall>]]>"]),
        call("kitchen.later", &["<int>1</int>"]),
        call("kitchen.echo", &["é"]),
    );
    let expected = [
        result("<string>&lt;/methodCall&gt;</string>"),
        result("<string>ready</string>"),
        result("<string>é</string>"),
    ];
    for size in [1, 2, 3, 7, 50, documents.len()] {
        let mut client = daemon.client();
        for piece in documents.as_bytes().chunks(size) {
            client.send_bytes(piece);
        }
        client.close_writing();
        assert_eq!(client.rest(), expected, "pieces of {size} bytes");
    }
    daemon.finish();
}

#[test]
fn a_call_waits_for_the_response_before_it() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut xml, mut json) = (daemon.client(), daemon.client());
    let park = call("kitchen.park", &[]);
    xml.send_bytes(format!("{park}{}{park}", call("kitchen.echo", &["next"])).as_bytes());
    until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    xml.assert_silence(Duration::from_millis(50));
    assert_eq!(json.ask("kitchen.release", json!([[1]])), 1);
    assert_eq!(xml.line(), result("<array><data><value><int>1</int></value></data></array>"));
    assert_eq!(xml.line(), result("<string>next</string>"));
    until("the next call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    assert_eq!(json.ask("kitchen.forget", json!([])), 1);
    assert_fault(&xml.line(), -32603, "");
    drop((xml, json));
    daemon.finish();
}

#[test]
fn a_call_that_waits_is_served_after_the_peer_has_sent_everything() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut xml, mut json) = (daemon.client(), daemon.client());
    let calls =
        [call("kitchen.park", &[]), call("kitchen.big", &["<int>100000</int>"]), call("kitchen.park", &[])];
    let filling = call("kitchen.echo", &[&"x".repeat(200_000)]);
    let mut writer = xml.writer();
    let sent = std::thread::spawn(move || {
        writer.send_bytes((calls.concat() + &filling).as_bytes());
        writer.close_writing();
    });
    for _ in 0..2 {
        until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
        json.ask("kitchen.release", json!([null]));
    }
    let lengths: Vec<usize> = xml.rest().iter().map(String::len).collect();
    assert_eq!(lengths.len(), 4, "{lengths:?}");
    assert!(lengths[1] > 100_000 && lengths[3] > 200_000, "{lengths:?}");
    sent.join().unwrap();
    drop(json);
    daemon.finish();
}

#[test]
fn a_peer_that_hangs_up_leaves_nothing_behind() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut json = daemon.client();
    let mut xml = daemon.client();
    xml.send_bytes((call("kitchen.park", &[]) + &call("kitchen.echo", &["never"])).as_bytes());
    until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    drop(xml);
    until("the connection is gone", || json.ask("kitchen.about", json!([])) == json!(["kitchen", 1]));
    assert_eq!(json.ask("kitchen.release", json!([1])), 1);
    drop(json);
    daemon.finish();
}

#[test]
fn a_call_in_flight_gets_its_response_when_the_daemon_stops() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let (mut xml, mut json) = (daemon.client(), daemon.client());
    xml.send_bytes((call("kitchen.park", &[]) + &call("kitchen.echo", &["a"])).as_bytes());
    until("the call is parked", || json.ask("kitchen.waiting", json!([])) == 1);
    drop(json);
    daemon.signal(Signal::SIGTERM);
    let lines = xml.rest();
    assert_fault(&lines[0], -32300, "");
    daemon.ends_well();
}

#[test]
fn a_document_that_is_no_call_keeps_the_connection_and_one_that_is_not_xml_ends_it() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    for (document, text) in [
        ("<a/>".to_owned(), "&lt;a&gt;, which XML-RPC does not have"),
        (call("kitchen.echo", &["<int>x</int>"]), "not an integer of 32 bits"),
        (call("kitchen.echo", &["<array><data>"; 1].map(|_| "<date/>")), "which XML-RPC does not have"),
    ] {
        client.send_bytes(document.as_bytes());
        assert_fault(&client.line(), -32600, text);
    }
    client.send_bytes(call("kitchen.echo", &["still here"]).as_bytes());
    assert_eq!(client.line(), result("<string>still here</string>"));
    let whole = call("kitchen.grumble", &["never called"]);
    for (bytes, text) in [
        (whole.replace("</methodCall>", "</methodcall>"), "methodcall"),
        (format!("<!DOCTYPE a []>{whole}"), "document type declaration"),
        (whole.replace("never", "&never;"), "&amp;never; is not defined"),
        (whole.replace("never", "\u{1}"), "U+0001"),
        (format!("<?xml version='1.0' encoding='UTF-16'?>{whole}"), "send UTF-8"),
    ] {
        let mut client = daemon.client();
        let _ = client.try_send((bytes.clone() + &whole).as_bytes());
        let lines = client.rest();
        assert_eq!(lines.len(), 1, "{bytes}: {lines:?}");
        assert_fault(&lines[0], -32700, text);
    }
    client.send_bytes(b"{\"jsonrpc\":\"2.0\"}");
    assert_fault(&client.rest()[0], -32700, "a document starts with `&lt;`");
    daemon.finish();
}

#[test]
fn limits_hold_for_documents() {
    let limits = ["--limit", "half_frame=300ms", "--limit", "frame=1000", "--limit", "output_hard=2000"];
    let daemon = Daemon::start(KITCHEN, &limits);
    let mut half = daemon.client();
    half.send_bytes(b"<methodCall>");
    assert_fault(&half.rest()[0], -32300, "the document has no end");
    let mut ended = daemon.client();
    ended.send_bytes(b"<methodCall><!-- </methodCall>");
    ended.close_writing();
    assert_fault(&ended.rest()[0], -32700, "the document has no end");
    let mut long = daemon.client();
    let _ = long.try_send(call("kitchen.echo", &[&"x".repeat(2000)]).as_bytes());
    assert_fault(&long.rest()[0], -32300, "longer than 1000 bytes");
    let mut client = daemon.client();
    client.send_bytes(call("kitchen.numbers", &["<int>200</int>"]).as_bytes());
    assert_fault(&client.line(), -32603, "longer than 2000 bytes");
    client.send_bytes(call("kitchen.echo", &["a"]).as_bytes());
    assert_eq!(client.line(), result("<string>a</string>"));
    drop(client);
    daemon.finish();
}

#[test]
fn what_has_no_place_in_a_response_is_refused() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = daemon.client();
    client.send_bytes(call("ticker.count", &["<int>2</int>"]).as_bytes());
    assert_fault(&client.line(), -32300, "cannot be received this way");
    let entry = "<struct><member><name>methodName</name><value>ticker.watch</value></member></struct>";
    let calls = format!("<array><data><value>{entry}</value></data></array>");
    client.send_bytes(call("system.multicall", &[&calls]).as_bytes());
    let line = client.line();
    assert!(line.contains("<name>faultCode</name><value><int>-32300</int></value>"), "{line}");
    client.send_bytes(call("daemon.cancel", &["<int>1</int>"]).as_bytes());
    assert_fault(&client.line(), -32600, "have no ids");
    drop(client);
    daemon.finish();
}

#[test]
fn an_inet_socket_speaks_it_but_not_to_a_web_page() {
    let daemon = Daemon::start(TELLER, &["--socket", "tcp://127.0.0.1:0"]);
    let mut client = Client::connect(&daemon.endpoints()[0]);
    let echo = call("teller.echo", &["a"]);
    client.send_bytes(echo.as_bytes());
    assert_eq!(client.line(), result("<string>a</string>"));
    drop(client);
    let mut page = Client::connect(&daemon.endpoints()[0]);
    let _ = page.try_send(
        format!(
            "\r\nPOST / HTTP/1.1\r\nHost: evil.example\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n{echo}"
        )
        .as_bytes(),
    );
    page.close_writing();
    assert!(page.rest().iter().all(|line| !line.contains("methodResponse")));
    daemon.finish();
}
