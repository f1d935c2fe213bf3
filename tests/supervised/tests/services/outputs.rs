//! What services write: logs, pipes between them, descriptors that the daemon holds.

use std::fs;
use std::io::Read;

use crate::keeper::Keeper;
use harness::until;
use serde_json::{Value, json};

#[test]
fn a_log_has_all_that_a_service_writes_and_is_rotated() {
    let keeper = Keeper::start(
        r#"
        [service.loud]
        command = ["sh", "-c", "seq 1 3000; echo oops >&2; exec sleep 1000"]
        log = { file = "DIR/loud.log", max_size = 4096, keep = 9 }
        "#,
    );
    let read = |name: &str| fs::read_to_string(keeper.path(name)).unwrap_or_default();
    until("all is written", || read("loud.log").ends_with("oops\n"));
    let names = (1..=9).rev().map(|number| format!("loud.log.{number}")).chain(["loud.log".to_owned()]);
    let whole: String = names.map(|name| read(&name)).collect();
    let expected: String =
        (1..=3000).map(|number| format!("{number}\n")).chain(["oops\n".to_owned()]).collect();
    assert_eq!(whole, expected);
    assert!(fs::metadata(keeper.path("loud.log.1")).unwrap().len() <= 4096);
    keeper.finish();
}

#[test]
fn the_end_of_a_log_is_sent_and_followed() {
    let keeper = Keeper::start(
        r#"
        [service.talker]
        command = ["sh", "-c", "echo one; echo two; printf thr; while ! test -e DIR/go; do sleep 0.01; done; echo ee; exec sleep 1000"]
        log = "DIR/talker.log"
        [service.mute]
        command = "sleep 1000"
        "#,
    );
    until("it has begun", || {
        fs::read_to_string(keeper.path("talker.log")).is_ok_and(|log| log.ends_with("thr"))
    });
    let mut client = keeper.client();
    let id = client.ask("service.tail", json!({"name": "talker", "lines": 1, "follow": true}));
    let mut item = || serde_json::from_str::<Value>(&client.line()).unwrap();
    let first = item();
    assert!(first.to_string().contains("\"two\""), "{first}");
    assert!(first.to_string().contains(&id.to_string()), "{first}");
    fs::write(keeper.path("go"), "").unwrap();
    let second = item();
    assert!(second.to_string().contains("\"three\""), "{second}");

    let line = keeper.daemon().home().run(&["service.tail", "--name", "talker", "--lines", "2"]);
    assert_eq!((line.code, line.stdout.as_str()), (Some(0), "two\nthree"), "{line:?}");
    let line = keeper.daemon().home().run(&["service.tail", "--name", "mute"]);
    assert!(line.stderr.contains("`mute` has no log"), "{line:?}");
    keeper.finish();
}

#[test]
fn a_pipe_between_two_services_survives_the_death_of_either() {
    let keeper = Keeper::start(
        r#"
        [descriptor.words]
        pipe = true
        [service.writer]
        command = ["sh", "-c", "i=0; while true; do i=$((i+1)); echo $$ $i; sleep 0.01; done"]
        fds = { 1 = "words:write" }
        [service.logger]
        command = ["sh", "-c", "exec cat >> DIR/words"]
        fds = { 0 = "words:read" }
        "#,
    );
    let mut client = keeper.client();
    let pid = |name: &str| keeper.info(name)["pid"].to_string();
    assert_eq!(client.ask("service.wait", json!(["*", "running", "20s"])), true);
    let has = |pid: &str| {
        fs::read_to_string(keeper.path("words"))
            .is_ok_and(|words| words.lines().any(|line| line.starts_with(pid)))
    };
    let first = pid("writer");
    until("the first writes", || has(&first));
    client.ask("service.signal", json!(["logger", "SIGKILL"]));
    client.ask("service.signal", json!(["writer", "SIGKILL"]));
    keeper.until("writer", |info| info["restarts"] == 1 && info["state"] == "running");
    let second = pid("writer");
    until("the second writes", || has(&second));
    drop(client);
    keeper.finish();
}

#[test]
fn a_listening_socket_is_held_for_a_service_and_a_wrong_name_is_an_error() {
    let keeper = Keeper::start(
        r#"
        [descriptor.web]
        listen = "unix:DIR/web.sock"
        [descriptor.journal]
        file = "DIR/journal"
        [service.web]
        command = ["python3", "-c", "import socket; s = socket.socket(fileno=3); c, _ = s.accept(); c.send(b'hello'); c.close()"]
        fds = { 3 = "web", 4 = "journal" }
        "#,
    );
    // The socket accepts before the service does.
    let mut stream = std::os::unix::net::UnixStream::connect(keeper.path("web.sock")).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, "hello");
    assert!(keeper.path("journal").exists());
    let fault = keeper.client().fault("service.add", json!(["x", {"command": "true", "fds": {"3": "wbe"}}]));
    assert!(fault.to_string().contains("there is no descriptor `wbe`"), "{fault}");
    let socket = keeper.path("web.sock");
    keeper.finish();
    assert!(!socket.exists(), "the socket is left");
}
