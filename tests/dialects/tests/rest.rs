//! Routes: methods as resources of HTTP, called by curl and by what OpenAPI's tools make of the document.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::Command;

use harness::{Daemon, Endpoint, Finished, Home, Session, program, python, run, skip, type_in};
use serde_json::json;

const LIBRARY: &str = env!("CARGO_BIN_EXE_library");
const JSON: [&str; 2] = ["--header", "Content-Type: application/json"];

/// Starts a daemon on a unix and on an inet socket; returns it and the address of the latter.
fn start() -> (Daemon, String) {
    start_with(&[])
}

/// The same, with further arguments.
fn start_with(args: &[&str]) -> (Daemon, String) {
    let home = Home::new(LIBRARY);
    let unix = format!("unix:{}", home.socket().display());
    let daemon =
        Daemon::start_at(&home, &[&["--socket", &unix, "--socket", "tcp://127.0.0.1:0"], args].concat());
    let Endpoint::Tcp(address) = daemon.endpoints()[1].clone() else { panic!("no inet socket") };
    (daemon, address)
}

/// Runs curl on the inet socket; `None` if there is no curl. The output starts with the status.
fn curl(address: &str, path: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program("curl")?);
    command.args(["--silent", "--show-error", "--include", "--max-time", "30"]).args(JSON).args(args);
    command.arg(format!("http://{address}{path}"));
    let finished = run(command);
    assert_eq!(finished.code, Some(0), "{path}: {finished:#?}");
    Some(finished.stdout.strip_prefix("HTTP/1.1 ").unwrap().to_owned())
}

fn put<'a>(verb: &'a str, body: &'a str) -> Vec<&'a str> {
    vec!["--request", verb, "--data", body]
}

#[test]
fn a_resource_is_made_read_changed_and_removed() {
    let (daemon, address) = start();
    for (path, args, expected) in [
        ("/books", put("POST", r#"{"title":"Emma","year":1815,"tags":["novel"]}"#), ["200 OK", "\n1"]),
        ("/books", put("POST", r#"{"title":"Emma"}"#), ["409 Conflict", "a book with this title"]),
        ("/books/1", vec![], ["200 OK", r#"{"title":"Emma","year":1815,"tags":["novel"]}"#]),
        ("/books/1", put("PATCH", r#"{"year":1816}"#), ["200 OK", r#""year":1816"#]),
        ("/books/1", put("PATCH", " { } "), ["200 OK", r#""year":1816"#]),
        ("/books?tag=novel&year=1816", vec![], ["200 OK", r#"[{"id":1,"book":"#]),
        ("/books?tag=novel&tag=new", vec![], ["200 OK", "[]"]),
        // A tag that happens to look like a list.
        ("/books?tag=%5B%5D", vec![], ["200 OK", "[]"]),
        (
            "/rpc",
            put("POST", r#"{"jsonrpc":"2.0","id":1,"method":"library.title","params":[1]}"#),
            ["200 OK", "Emma"],
        ),
        ("/readyz", vec![], ["200 OK", "ok"]),
        ("/anything", vec![], ["200 OK", "there is no shelf `anything`"]),
        ("/books/1/title", vec![], ["200 OK", "\"Emma\""]),
        ("/books/2/title", vec![], ["204 No Content", ""]),
        ("/titles/Em%6da", vec![], ["200 OK", "[\"Emma\"]"]),
        ("/titles/5", vec![], ["200 OK", "[]"]),
        ("/books/7?create=true", put("PUT", r#"{"title":"5"}"#), ["204 No Content", ""]),
        ("/titles/5", vec![], ["200 OK", "[\"5\"]"]),
        ("/later?milliseconds=5", vec![], ["200 OK", "\n2"]),
        ("/shelves?books=51", vec![], ["200 OK", "\n2"]),
        ("/books/7", vec!["--request", "DELETE"], ["204 No Content", ""]),
        ("/books/7", vec!["--request", "DELETE"], ["404 Not Found", r#""code":1,"data":7"#]),
        ("/count/2", vec![], ["200 OK", "id: 2\ndata: 2\n"]),
        ("/books/1", vec!["--head"], ["200 OK", "content-type: application/json"]),
        ("/count/2", vec!["--head"], ["200 OK", "content-type: text/event-stream"]),
    ] {
        let Some(answer) = curl(&address, path, &args) else { return skip("there is no curl") };
        assert!(answer.starts_with(expected[0]) && answer.contains(expected[1]), "{path} {args:?}: {answer}");
    }
    // The same methods by another protocol.
    assert_eq!(daemon.client().ask("library.title", json!([1])), json!("Emma"));
    daemon.terminate();
}

#[test]
fn head_says_how_a_stream_would_begin() {
    let (daemon, address) = start();
    for (path, expected) in [
        ("/count/3", ["200 OK", "text/event-stream"]),
        ("/count/3000", ["400 ", "application/problem+json"]),
        ("/count/x", ["400 ", "application/problem+json"]),
        ("/events", ["403 ", "application/problem+json"]),
    ] {
        let Some(answer) = curl(&address, path, &["--head"]) else { return skip("there is no curl") };
        assert!(answer.starts_with(expected[0]) && answer.contains(expected[1]), "{path}: {answer}");
    }
    daemon.alone();
    daemon.terminate();
}

#[test]
fn what_is_wrong_is_told_by_the_status_and_in_words() {
    let (daemon, address) = start();
    let deep_in_url = format!("/shelves?books={}{}", "%5B".repeat(70), "%5D".repeat(70));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (path, args, expected) in [
        ("/books/x", vec![], ["400 ", "`id`: invalid type: string"]),
        ("/books/-1", vec![], ["400 ", "`id`: invalid value"]),
        ("/books/%ff", vec![], ["400 ", "is not UTF-8"]),
        ("/books?limit=0", vec![], ["400 ", "`limit`: it is 0; the least is 1"]),
        ("/books?limit=null", vec![], ["400 ", "`limit`"]),
        ("/books?limit=1&limit=2", vec![], ["400 ", "`limit`: it is given twice"]),
        ("/books?limt=1", vec![], ["400 ", "there is no parameter `limt`"]),
        ("/books?limit", vec![], ["400 ", "`limit`"]),
        ("/books?tag=%5B%5D&limit=200", vec![], ["400 ", "`limit`"]),
        ("/books/7?create", put("PUT", r#"{"title":"5"}"#), ["400 ", "`create`"]),
        (&deep_in_url, vec![], ["400 ", "nested deeper than 64"]),
        ("/books/1?id=2", vec![], ["400 ", "it is given twice"]),
        ("/books", put("POST", "{"), ["400 ", "Parse error"]),
        ("/books", put("POST", "{} {}"), ["400 ", "Parse error"]),
        ("/books", put("POST", ""), ["400 ", "`book`: it is missing"]),
        ("/books", put("POST", &deep), ["400 ", "nested deeper"]),
        ("/books/1", put("PATCH", "[1]"), ["400 ", "the body is an object of parameters by name"]),
        ("/books/1", put("PATCH", r#"{"id":2}"#), ["400 ", "it is given twice"]),
        ("/books/1", put("PATCH", r#"{"titel":"x"}"#), ["400 ", "there is no parameter `titel`"]),
        ("/books/1", put("DELETE", "{}"), ["400 ", "a request with DELETE has no body here"]),
        ("/books/", vec![], ["404 ", "there is nothing at `/books/`"]),
        ("/books/1/2", vec![], ["404 ", "there is nothing at"]),
        (
            "/books",
            vec!["--request", "PUT"],
            ["405 ", "`/books` has no method PUT, only GET, HEAD, POST, OPTIONS"],
        ),
        ("/books", vec!["--request", "OPTIONS"], ["204 ", "allow: GET, HEAD, POST, OPTIONS"]),
        ("/close", vec!["--request", "POST"], ["403 ", "library.close"]),
        ("/books", vec!["--header", "Origin: http://evil.example"], ["403 ", "evil.example"]),
    ] {
        let Some(answer) = curl(&address, path, &args) else { return skip("there is no curl") };
        assert!(answer.starts_with(expected[0]) && answer.contains(expected[1]), "{path} {args:?}: {answer}");
    }
    // A type that a page can send without asking.
    let body = ["--header", "Content-Type: text/plain", "--data", r#"{"title":"x"}"#];
    let mut command = Command::new(program("curl").unwrap());
    command
        .args(["--silent", "--write-out", "%{http_code}"])
        .args(body)
        .arg(format!("http://{address}/books"));
    assert!(run(command).stdout.ends_with("415"));
    assert_eq!(daemon.client().ask("library.list", json!([])), json!([]));
    daemon.terminate();
}

#[test]
fn what_a_peer_has_is_not_sent_again() {
    let (daemon, address) = start();
    let Some(first) = curl(&address, "/books", &[]) else { return skip("there is no curl") };
    let tag = first.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().trim();
    assert!(first.contains("cache-control: no-cache"), "{first}");
    let ask =
        |tags: &str| curl(&address, "/books", &["--header", &format!("If-None-Match: {tags}")]).unwrap();
    for tags in [tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
        let again = ask(tags);
        assert!(again.starts_with("304 ") && again.contains(tag) && !again.contains("[]"), "{tags}: {again}");
    }
    assert!(ask("\"other\"").starts_with("200 "));
    daemon.client().ask("library.add", json!([{ "title": "Emma" }]));
    let changed = ask(tag);
    assert!(changed.starts_with("200 ") && !changed.contains(tag), "{changed}");
    daemon.terminate();
}

#[test]
fn fields_of_the_state_and_workers_are_metrics() {
    let Some(python) = python(&["prometheus_client"]) else {
        return skip("prometheus-client (PyPI) is not here");
    };
    let (daemon, address) = start();
    let mut client = daemon.client();
    for title in ["Emma", "Persuasion"] {
        client.ask("library.add", json!([{ "title": title }]));
    }
    for books in 1..=3 {
        client.ask("library.shelves", json!([books]));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/metrics.py");
    let mut command = Command::new(python);
    command.args([script, "library"]).arg(format!("http://{address}/metrics"));
    let finished = run(command);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "all is well"), "{}", finished.stderr);
    drop(client);
    daemon.terminate();
}

#[test]
fn a_daemon_whose_worker_does_not_come_up_is_not_ready() {
    let (daemon, address) = start_with(&["--broken"]);
    let Some(answer) = curl(&address, "/readyz", &[]) else { return skip("there is no curl") };
    assert!(answer.starts_with("503 ") && answer.contains(r#"{"worker":"bindery"}"#), "{answer}");
    assert!(curl(&address, "/healthz", &[]).unwrap().starts_with("200 "));
    let fault = daemon.client().fault("daemon.ready", json!([]));
    assert!(fault.to_string().contains("bindery"), "{fault}");
    daemon.terminate();
}

/// Runs a module of Python with the document in a file.
fn python_with_document(address: &str, module: &str, args: &[&str]) -> Option<Finished> {
    let python = python(&[module])?;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("openapi.json");
    let document = curl(address, "/openapi.json", &[])?;
    std::fs::write(&file, document.split_once("\r\n\r\n").unwrap().1).unwrap();
    let mut command = Command::new(python);
    command.current_dir(&directory).args(["-m", module]).args(args).arg(&file);
    Some(run(command))
}

#[test]
fn the_document_is_one_of_openapi() {
    let (daemon, address) = start();
    let Some(finished) = python_with_document(&address, "openapi_spec_validator", &[]) else {
        return skip("openapi-spec-validator (PyPI) or curl is not here");
    };
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    daemon.terminate();
}

/// It makes up requests, good and bad ones, and finds answers that the document does not describe.
#[test]
fn requests_that_schemathesis_makes_up_are_answered_as_the_document_says() {
    let (daemon, address) = start();
    let url = format!("http://{address}");
    let args = ["run", "--url", &url, "--max-examples", "10", "--seed", "1", "--no-color"];
    let Some(finished) = python_with_document(&address, "schemathesis.cli", &args) else {
        return skip("schemathesis (PyPI) or curl is not here");
    };
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(finished.stdout.contains("13 selected / 13 total"), "{}", finished.stdout);
    daemon.terminate();
}

#[test]
fn the_guide_shows_what_is_here() {
    let page = include_str!("../../../docs/guide/19-rest.md");
    let source = include_str!("../src/library.rs");
    let blocks: Vec<&str> = page.split("```").filter_map(|block| block.strip_prefix("text\n")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert!(source.contains(block.trim_end()), "not in library.rs:\n{block}");
    }
    if program("curl").is_none() {
        return skip("there is no curl");
    }
    let home = tempfile::tempdir().unwrap();
    let session = Session::play("19-rest.md", |command| type_in(command, home.path(), LIBRARY));
    if !session.is_true() {
        // A daemon that was started must not be left.
        type_in("library stop --socket unix:library.sock", home.path(), LIBRARY);
    }
    assert_eq!(session.seen, session.shown);
}
