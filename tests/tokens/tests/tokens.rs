//! Tokens and the secret of a suite, as callers meet them.

// A panic here fails the test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::thread;

use harness::{Authority, Client, Daemon, Endpoint, Home, program, run, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const CASTLE: &str = env!("CARGO_BIN_EXE_tokens");

fn start(home: &Home, member: &str, more: &[&str]) -> Daemon {
    Daemon::start_by(home, home.command(&[&[member, "-f", "-vv"], more].concat()))
}

fn token(home: &Home, arguments: &[&str]) -> String {
    let finished = home.run(&[&["gate", "token", "add"], arguments].concat());
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    finished.stdout.trim().to_owned()
}

fn code(fault: &Value) -> i64 {
    fault["code"].as_i64().unwrap()
}

/// Ends a daemon; its log must have none of the secrets.
fn end(daemon: Daemon, secrets: &[&str]) {
    let arguments = fs::read(format!("/proc/{}/cmdline", daemon.process().pid())).unwrap();
    daemon.signal(Signal::SIGTERM);
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(0));
    for secret in secrets {
        assert!(!ended.log.contains(secret), "{}", ended.log);
        assert!(!String::from_utf8_lossy(&arguments).contains(secret));
    }
}

#[test]
fn a_token_holds_for_the_calls_that_follow_also_pipelined_ones() {
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let (ci, other) = (token(&home, &["ci"]), token(&home, &["other"]));
    let mut client = daemon.client();
    assert_eq!(client.ask("gate.who", json!([]))["token"], Value::Null);
    assert_eq!(code(&client.fault("gate.any", json!([]))), -32011);
    assert_eq!(client.ask("auth", json!([other])), true);
    assert_eq!(client.ask("gate.any", json!([])), "any");
    assert_eq!(code(&client.fault("gate.one", json!([]))), -32001);
    assert_eq!(client.ask("auth", json!({ "token": ci })), true);
    assert_eq!(client.ask("gate.one", json!([])), "one");
    let who = client.ask("gate.who", json!([]));
    assert_eq!((&who["token"], &who["member"]), (&json!("ci"), &json!(false)));
    assert!(who["uid"].is_number());
    // In one piece, on a new connection; and as a member of the request.
    let mut client = daemon.client();
    let line = |id: u64, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let mut with_auth = line(3, "gate.one", json!([]));
    with_auth["auth"] = json!(ci);
    let lines = [
        line(1, "auth", json!([other])),
        line(2, "gate.any", json!([])),
        with_auth,
        line(4, "gate.one", json!([])),
    ];
    client.send_bytes(lines.map(|line| format!("{line}\n")).concat().as_bytes());
    let replies: Vec<Value> = (0..4).map(|_| serde_json::from_str(&client.line()).unwrap()).collect();
    let results: Vec<&Value> = replies.iter().map(|reply| &reply["result"]).collect();
    assert_eq!(results, [&json!(true), &json!("any"), &json!("one"), &json!("one")]);
    end(daemon, &[&ci, &other, &ci[4..]]);
}

#[test]
fn a_revoked_and_an_expired_token_are_worth_nothing_at_once() {
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let (ci, short) = (token(&home, &["ci"]), token(&home, &["short", "--expires", "1s"]));
    let mut client = daemon.client();
    client.ask("auth", json!([ci]));
    assert_eq!(client.ask("gate.one", json!([])), "one");
    let listed = home.run(&["gate", "token", "list"]);
    assert!(listed.stdout.contains("short") && !listed.stdout.contains(&ci), "{listed:#?}");
    assert_eq!(home.run(&["gate", "token", "revoke", "ci"]).code, Some(0));
    until("the token is worth nothing", || client.call("gate.one", json!([])).is_err());
    let mut client = daemon.client();
    if client.call("auth", json!([short])).is_ok() {
        until("the token has expired", || client.call("gate.any", json!([])).is_err());
    }
    assert_ne!(home.run(&["gate", "token", "revoke", "ci"]).code, Some(0));
    end(daemon, &[&ci, &short]);
}

#[test]
fn who_guesses_waits_and_others_do_not() {
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let ci = token(&home, &["ci"]);
    let mut guesser = daemon.client();
    guesser.request(1, "auth", &json!(["dmn_wrong"]));
    guesser.assert_silence(std::time::Duration::from_millis(300));
    // Another connection shows the right one meanwhile, without a wait for the guesser's.
    let mut honest = daemon.client();
    assert_eq!(honest.ask("auth", json!([ci])), true);
    assert_eq!(honest.ask("gate.any", json!([])), "any");
    let reply: Value = serde_json::from_str(&guesser.line()).unwrap();
    assert_eq!(code(&reply["error"]), -32012, "{reply}");
    // After the third, the connection is closed.
    assert_eq!(code(&guesser.fault("auth", json!(["dmn_wrong"]))), -32012);
    guesser.request(3, "auth", &json!(["dmn_wrong"]));
    let rest = guesser.rest();
    assert!(rest.len() <= 1, "{rest:?}");
    end(daemon, &["dmn_wrong"]);
}

#[test]
fn rights_that_were_dropped_are_gone() {
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let ci = token(&home, &["ci"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("gate.own", json!([])), "own");
    let line =
        |id: u64, method: &str| format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "method": method }));
    client.send_bytes(
        [line(1, "daemon.drop_rights"), line(2, "gate.own"), line(3, "gate.who")].concat().as_bytes(),
    );
    let replies: Vec<Value> = (0..3).map(|_| serde_json::from_str(&client.line()).unwrap()).collect();
    assert_eq!(replies[0]["result"], true);
    assert_eq!(code(&replies[1]["error"]), -32001, "{replies:?}");
    assert_eq!(replies[2]["result"]["uid"], Value::Null, "{replies:?}");
    assert_eq!(client.ask("auth", json!([ci])), true);
    assert_eq!(client.ask("gate.one", json!([])), "one");
    assert_eq!(code(&client.fault("gate.own", json!([]))), -32001);
    end(daemon, &[&ci]);
}

/// Calls over HTTP with curl; returns the status, the challenge and the body.
fn curl(home: &Home, path: &str, more: &[&str]) -> (u16, String, String) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--max-time", "30", "--unix-socket"]).arg(home.path().join("gate.sock"));
    command.args(["--write-out", "\n%header{www-authenticate}\n%{http_code}"]).args(more);
    let finished = run({
        command.arg(format!("http://localhost{path}"));
        command
    });
    let mut lines = finished.stdout.rsplitn(3, '\n').map(str::to_owned);
    let status = lines.next().and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("{finished:#?}"));
    (status, lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

#[test]
fn over_http_a_token_is_that_of_one_request() {
    if program("curl").is_none() {
        return skip("curl is not here");
    }
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let (ci, other) = (token(&home, &["ci"]), token(&home, &["other"]));
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    let rpc =
        ["-H", "Content-Type: application/json", "-d", r#"{"jsonrpc":"2.0","id":1,"method":"gate.one"}"#];
    let missing = curl(&home, "/any", &[]);
    assert_eq!((missing.0, &*missing.1), (401, "Bearer realm=\"daemon\""), "{missing:?}");
    let wrong = curl(&home, "/any", &["-H", &bearer("dmn_wrong")]);
    assert_eq!((wrong.0, &*wrong.1), (401, "Bearer error=\"invalid_token\""), "{wrong:?}");
    assert_eq!(curl(&home, "/any", &["-H", &bearer(&other)]), (200, String::new(), "\"any\"".to_owned()));
    assert_eq!(curl(&home, "/one", &["-H", &bearer(&other)]).0, 403);
    assert_eq!(curl(&home, "/one", &["-H", &bearer(&ci)]).0, 200);
    assert_eq!(curl(&home, "/rpc", &rpc).0, 401);
    let allowed = curl(&home, "/rpc", &[&rpc[..], &["-H", &bearer(&ci)]].concat());
    assert!(allowed.0 == 200 && allowed.2.contains("\"one\""), "{allowed:?}");
    let both = curl(&home, "/who", &["-H", &bearer(&ci), "-H", &bearer(&other)]);
    assert_eq!(both.0, 400, "{both:?}");
    end(daemon, &[&ci, &other]);
}

#[test]
fn the_command_line_shows_a_token_from_the_environment_or_a_file() {
    let home = Home::new(CASTLE);
    let daemon = start(&home, "gate", &[]);
    let ci = token(&home, &["ci"]);
    let mut command = home.command(&["gate", "gate.one"]);
    let finished = run({
        command.env("GATE_TOKEN", &ci);
        command
    });
    assert_eq!(finished.stdout, "one", "{finished:#?}");
    let file = home.path().join("token.txt");
    fs::write(&file, format!("{ci}\n")).unwrap();
    let finished = home.run(&["gate", "gate.one", "--token-file", &file.display().to_string()]);
    assert_eq!(finished.stdout, "one", "{finished:#?}");
    let finished = home.run(&["gate", "gate.one"]);
    assert!(finished.code != Some(0) && finished.stderr.contains("oken needed"), "{finished:#?}");
    fs::remove_file(file).unwrap();
    end(daemon, &[&ci]);
}

#[test]
fn members_of_a_suite_know_each_other_also_while_the_secret_changes() {
    let home = Home::new(CASTLE);
    let gate = start(&home, "gate", &[]);
    let visitor = start(&home, "visitor", &[]);
    assert_eq!(visitor.client().ask("visitor.visit", json!([3])), 3);
    assert_eq!(code(&gate.client().fault("gate.inside", json!([]))), -32001);
    let secret = fs::read_to_string(home.path().join("secret")).unwrap();
    let mode = fs::metadata(home.path().join("secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = visitor.client();
    let visits = thread::spawn(move || client.ask("visitor.visit", json!([2000])));
    for _ in 0..5 {
        let rotated = home.run(&["secret", "rotate"]);
        assert_eq!(rotated.code, Some(0), "{rotated:#?}");
        assert_eq!(visitor.client().ask("visitor.visit", json!([1])), 1);
    }
    assert_eq!(visits.join().unwrap(), 2000);
    let word = secret.split('"').find(|word| word.starts_with("dms_")).unwrap().to_owned();
    assert_ne!(fs::read_to_string(home.path().join("secret")).unwrap(), secret);
    end(visitor, &[&word]);
    end(gate, &[&word]);
}

#[test]
fn a_file_that_others_could_read_or_have_made_is_refused() {
    let home = Home::new(CASTLE);
    token(&home, &["ci"]);
    let tokens = home.path().join("tokens");
    fs::set_permissions(&tokens, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = home.run(&["gate", "-f"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("chmod 600"), "{refused:#?}");
    fs::remove_file(&tokens).unwrap();
    symlink("/dev/null", &tokens).unwrap();
    let refused = home.run(&["gate", "-f"]);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
}

#[test]
fn a_killed_change_leaves_a_whole_file() {
    let home = Home::new(CASTLE);
    token(&home, &["first"]);
    for number in 0..20 {
        let mut command = home.command(&["gate", "token", "add", &format!("t{number}")]);
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        for _ in 0..number {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let listed = home.run(&["gate", "token", "list"]);
        assert!(listed.code == Some(0) && listed.stdout.contains("first"), "{listed:#?}");
    }
}

#[test]
fn a_socket_for_other_machines_needs_tls_and_tokens() {
    let Some(authority) = Authority::new() else { return skip("openssl is not here") };
    let certificate = authority.sign("gate");
    let text = |path: &std::path::Path| path.display().to_string();
    let tls =
        ["--tls-cert", &text(&certificate.file), "--tls-key", &text(&certificate.key)].map(str::to_owned);
    let tls: Vec<&str> = tls.iter().map(String::as_str).collect();
    let home = Home::new(CASTLE);
    let plain = home.run(&["gate", "-f", "--socket", "tcp://0.0.0.0:0"]);
    assert!(plain.code == Some(2) && plain.stderr.contains("tls://"), "{plain:#?}");
    let bare = home.run(&[&["gate", "-f", "--socket", "tls://0.0.0.0:0"], &tls[..]].concat());
    assert!(bare.code == Some(2) && bare.stderr.contains("token add"), "{bare:#?}");
    let ci = token(&home, &["ci"]);
    let daemon = start(&home, "gate", &[&["--socket", "tls://0.0.0.0:0"], &tls[..]].concat());
    let ready = daemon.log().wait_for("ready on tls://");
    let port = ready.trim().rsplit_once(':').unwrap().1.to_owned();
    let address = format!("tls://127.0.0.1:{port}");
    let ca = text(&authority.file());
    let call = |with_token: bool| {
        let mut command = home.command(&["gate", "call", "gate.who", "--socket", &address, "--tls-ca", &ca]);
        if with_token {
            command.env("GATE_TOKEN", &ci);
        }
        run(command)
    };
    let refused = call(false);
    assert!(refused.code != Some(0) && refused.stderr.contains("oken needed"), "{refused:#?}");
    let served = call(true);
    assert!(served.code == Some(0) && served.stdout.contains("\"ci\""), "{served:#?}");
    end(daemon, &[&ci]);
}

#[test]
fn the_socket_of_a_member_is_where_the_others_look() {
    let home = Home::new(CASTLE);
    let gate = start(&home, "gate", &["--socket", "tcp://127.0.0.1:0"]);
    let address = format!("unix:{}", home.path().join("gate.sock").display());
    gate.log().wait_for(&address);
    let mut client = Client::connect(&Endpoint::parse(&address).unwrap());
    assert_eq!(client.ask("gate.own", json!([])), "own");
    end(gate, &[]);
}
