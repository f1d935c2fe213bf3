//! Every example does what it says it does.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Client, Daemon, Detached, Endpoint, Home, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const ECHO: &str = env!("CARGO_BIN_EXE_echo");

#[test]
fn echo_replies_its_input() {
    let daemon = Daemon::start(ECHO, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("my.echo", json!(["hello"])), "hello");
    assert_eq!(client.ask("my.echo", json!({"message": "hello"})), "hello");
    assert_eq!(client.ask("echo.served", json!([])), 2);
    assert_eq!(client.ask("system.methodHelp", json!(["my.echo"])), "Reply the message.");
    drop(client);
    daemon.finish();
}

#[test]
fn echo_puts_its_prefix_in_front() {
    let daemon = Daemon::start(ECHO, &["--prefix", "you said: "]);
    assert_eq!(daemon.client().ask("my.echo", json!(["hi"])), "you said: hi");
    daemon.finish();
}

#[test]
fn echo_is_a_daemon_as_its_first_page_says() {
    let home = Home::new(ECHO);
    let daemon = Detached::start(&home, &[""; 0]);
    assert_eq!(home.run(&["call", "my.echo", "hello"]).stdout, "hello");
    assert_eq!(home.run(&["my.echo", "--message", "hello"]).stdout, "hello");
    assert!(home.run(&["methods"]).stdout.contains("my.echo"));
    assert_eq!(home.run(&["status"]).code, Some(0));
    assert_eq!(home.run(&["stop"]).code, Some(0));
    daemon.assert_gone();
}

#[test]
fn two_daemons_live_in_one_program() {
    let home = Home::new(env!("CARGO_BIN_EXE_two"));
    let echo = Daemon::start_by(&home, home.command(&["echo", "-f", "--prefix", "> "]));
    let counter = Daemon::start_by(&home, home.command(&["counter", "-f", "--from", "5"]));
    assert_eq!(home.files(), ["counter.pid", "counter.sock", "echo.pid", "echo.sock"]);
    assert_eq!(echo.client().ask("echo.say", json!(["hi"])), "> hi");
    assert_eq!(echo.client().ask("echo.shout", json!(["hi"])), "> HI");
    assert_eq!(counter.client().ask("counter.sum", json!([4])), 10);
    assert_eq!(home.run(&["counter", "counter.next"]).stdout, "6");
    assert!(home.run(&["echo", "status"]).stdout.starts_with("echo "));
    assert_eq!(home.run(&["echo", "stop"]).code, Some(0));
    assert_eq!(echo.ended().code, Some(0));
    assert_eq!(home.run(&["echo", "status"]).code, Some(3));
    assert_eq!(home.run(&["counter", "status"]).code, Some(0));
    counter.terminate();
    let help = home.run(&["--help"]).stdout;
    assert!(help.contains("I reply your data") && help.contains("I count"), "{help}");
    assert_eq!(home.run(&["nothing"]).code, Some(2));
}

#[test]
fn events_keeps_a_diary() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_events"), &[]);
    let mut client = daemon.client();
    let entries = |client: &mut Client| -> Vec<String> {
        serde_json::from_value(client.ask("events.entries", json!([]))).unwrap()
    };
    assert_eq!(entries(&mut client), ["start", "connect"]);
    drop(daemon.client());
    until("the visit", || entries(&mut client) == ["start", "connect", "connect", "hang-up"]);
    for (signal, entry) in
        [(Signal::SIGUSR1, "SIGUSR1"), (Signal::SIGUSR2, "registered"), (Signal::SIGHUP, "reload")]
    {
        daemon.signal(signal);
        until(entry, || entries(&mut client).last().is_some_and(|last| last.starts_with(entry)));
    }
    drop(client);
    daemon.finish();
}

#[test]
fn timers_run_and_ring() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_timers"), &[]);
    let mut client = daemon.client();
    // In one batch: however busy the machine is, both are set before either rings.
    client.send(
        r#"[{"jsonrpc":"2.0","id":1,"method":"timers.alarm","params":["late",60]},{"jsonrpc":"2.0","id":2,"method":"timers.alarm","params":{"label":"soon","milliseconds":1}}]"#,
    );
    assert!(!client.line().contains("error"));
    until("both alarms, the sooner one first", || {
        client.ask("timers.rung", json!([])) == json!(["soon", "late"])
    });
    client.ask("timers.alarm", json!(["never", 3_600_000]));
    assert_eq!(client.ask("timers.silence", json!(["never"])), true);
    assert_eq!(client.ask("timers.silence", json!(["never"])), false);
    until("the timer has run five times", || client.ask("timers.turns", json!([])).as_u64() >= Some(5));
    drop(client);
    daemon.finish();
}

#[test]
fn timers_take_their_pace_from_a_setting() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_timers"), &["--period", "1h"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("timers.turns", json!([])), 0);
    client.ask("timers.pace", json!(["1ms"]));
    until("it turns faster", || client.ask("timers.turns", json!([])).as_u64() >= Some(5));
    drop(client);
    daemon.finish();
}

#[test]
fn datagrams_are_counted_until_the_socket_is_closed() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_datagrams"), &[]);
    let mut client = daemon.client();
    let address: String = serde_json::from_value(client.ask("datagrams.address", json!([]))).unwrap();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for name in ["red", "blue", "red"] {
        socket.send_to(name.as_bytes(), &address).unwrap();
    }
    until("all have arrived", || client.ask("datagrams.counts", json!([])) == json!({"red": 2, "blue": 1}));
    client.ask("datagrams.close", json!([]));
    // Nothing has the address any more.
    until("the socket is closed", || std::net::UdpSocket::bind(&address).is_ok());
    drop(client);
    daemon.finish();
}

#[test]
fn deferred_replies_when_there_is_a_note() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_deferred"), &[]);
    let mut waiting: Vec<Client> = (0..3).map(|_| daemon.client()).collect();
    for client in &mut waiting {
        client.request(7, "deferred.read", &json!(["lunch"]));
        // A reply to another request shows that the first one was read.
        assert_eq!(client.ask("deferred.sum", json!([[1, 2, 3]])), 6);
    }
    let mut cook = daemon.client();
    assert_eq!(cook.ask("deferred.pin", json!(["lunch", "soup"])), 3);
    for client in &mut waiting {
        assert_eq!(client.line(), r#"{"jsonrpc":"2.0","id":7,"result":"soup"}"#);
    }
    assert_eq!(cook.ask("deferred.read", json!(["lunch"])), "soup");
    drop((waiting, cook));
    daemon.finish();
}

#[test]
fn threads_come_back_with_what_they_have_measured() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_threads"), &[]);
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("inner")).unwrap();
    std::fs::write(directory.path().join("a"), "12345").unwrap();
    std::fs::write(directory.path().join("inner/b"), "123").unwrap();
    let mut client = daemon.client();
    assert_eq!(client.ask("threads.measure", json!([directory.path()])), 8);
    assert_eq!(client.ask("threads.known", json!([])), json!({directory.path().to_str().unwrap(): 8}));
    drop(client);
    daemon.finish();
}

#[test]
fn clock_sends_items_until_either_side_ends_them() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_clock"), &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("clock.count", json!([1])), 1);
    assert_eq!(
        client.line(),
        r#"{"jsonrpc":"2.0","method":"clock.count","params":{"subscription":1,"result":1}}"#
    );
    assert_eq!(
        client.line(),
        r#"{"jsonrpc":"2.0","method":"clock.count","params":{"subscription":1,"end":true}}"#
    );
    assert_eq!(client.ask("clock.watch", json!([])), 2);
    assert!(
        client
            .line()
            .starts_with(r#"{"jsonrpc":"2.0","method":"clock.watch","params":{"subscription":2,"result":"#)
    );
    drop(client);
    daemon.finish();
}

#[test]
fn journal_makes_its_state_from_its_settings() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kept");
    let daemon =
        Daemon::start(env!("CARGO_BIN_EXE_journal"), &["--file", file.to_str().unwrap(), "--mark", "> "]);
    let mut client = daemon.client();
    client.ask("journal.write", json!(["hello"]));
    client.ask("journal.write", json!(["again"]));
    assert_eq!(client.ask("journal.count", json!([])), 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "> hello\n> again\n");
    drop(client);
    daemon.terminate();
}

#[test]
fn journal_says_why_it_has_no_state() {
    let home = Home::new(env!("CARGO_BIN_EXE_journal"));
    for way in ["-f", "-d"] {
        let refused = home.run(&[way, "--file", "/nonexistent/journal"]);
        assert_eq!(refused.code, Some(1));
        let why = "cannot open `/nonexistent/journal`: No such file or directory";
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    home.wait_until_empty();
}

#[test]
fn errors_have_codes_messages_and_data() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_errors"), &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("errors.deposit", json!(["ann", 5])), 5);
    assert_eq!(client.ask("errors.withdraw", json!(["ann", 2])), 3);
    let overdrawn = json!({"code": 2, "message": "The account has too little.", "data": 4});
    assert_eq!(client.fault("errors.withdraw", json!(["ann", 7])), overdrawn);
    let unknown = json!({"code": 1, "message": "there is no account bob"});
    assert_eq!(client.fault("errors.withdraw", json!(["bob", 1])), unknown);
    assert_eq!(client.fault("errors.import", json!(["ann", "/nonexistent"]))["code"], -32500);
    let document = client.ask("rpc.discover", json!([]));
    let methods = document["methods"].as_array().unwrap();
    let withdraw: &Value = methods.iter().find(|method| method["name"] == "errors.withdraw").unwrap();
    assert_eq!(withdraw["errors"][0], json!({"code": 1, "message": "there is no account {name}"}));
    drop(client);
    daemon.finish();
}

#[test]
fn extend_has_methods_of_three_crates() {
    let daemon = Daemon::start(env!("CARGO_BIN_EXE_extend"), &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("extend.hello", json!(["Ann"])), "Hello, Ann!");
    assert_eq!(client.ask("extend.all", json!([["Bob", "Cid"]])), "Hello, Bob and Cid!");
    assert_eq!(client.ask("extend.present", json!([])), 3);
    assert_eq!(client.ask("extend.goodbye", json!({"name": "Ann"})), "Good-bye, Ann.");
    assert_eq!(client.ask("extend.present", json!([])), 2);
    let listed = client.ask("system.listMethods", json!([]));
    for method in ["extend.hello", "extend.all", "extend.goodbye", "extend.present"] {
        assert!(listed.as_array().unwrap().contains(&json!(method)), "{method}: {listed}");
    }
    daemon.signal(Signal::SIGUSR1);
    until("all have left", || client.ask("extend.present", json!([])) == 0);
    drop(client);
    daemon.finish();
}

#[test]
fn extend_has_a_plugin_with_a_state_of_its_own() {
    let home = Home::new(env!("CARGO_BIN_EXE_extend"));
    let daemon = Daemon::start_at(&home, &["--pace", "5ms", "--unwanted", "Eve"]);
    let Endpoint::Unix(socket) = &daemon.endpoints()[0] else { panic!("it listens on a unix socket") };
    let mut client = daemon_core::Client::connect(&format!("unix:{}", socket.display())).unwrap();
    let mut book = plugin::BookClient(&mut client);
    assert_eq!(book.enter("Ann").unwrap(), 1);
    let refused = book.enter("Eve").unwrap_err();
    assert_eq!(refused.fault().unwrap().message(), "Eve is not wanted here");
    until("the guest is counted", || book.counts().unwrap().contains(&1));
    assert_eq!(book.visits().unwrap(), 1);
    assert_eq!(greeter::GreeterClient(&mut client).hello("Bob").unwrap(), "Hello, Bob!");
    let help = home.run(&["--help"]).stdout;
    assert!(help.contains("Options of the plugin `book`:\n      --pace <PACE>"), "{help}");
    assert!(help.contains("book.enter"), "{help}");
    assert!(home.run(&["methods"]).stdout.contains("book.counts"));
    assert_eq!(home.run(&["book.enter", "--name", "Cid"]).stdout, "3");
    drop(client);
    daemon.terminate();
}

#[test]
fn copy_has_a_handyman_that_can_change_the_file_name() {
    let home = Home::new(env!("CARGO_BIN_EXE_copy"));
    let place = Home::new(env!("CARGO_BIN_EXE_copy"));
    let file = |name: &str| place.path().join(name);
    let there = |name: &str| std::fs::read_to_string(file(name)).ok();
    std::fs::write(file("letter.txt"), "dear").unwrap();
    // A path is relative to where it was written, even for a worker of a daemon that has changed its directory.
    let mut command = home.command(&["-d", "--file", "letter.txt"]);
    command.current_dir(place.path());
    assert_eq!(harness::run(command).code, Some(0));
    let daemon = Detached::find(&home);
    let copies = || home.run(&["handyman.copies"]).stdout.parse::<u64>();
    until("the first copy", || copies().is_ok_and(|copies| copies > 0));
    assert_eq!(there("letter.copy").as_deref(), Some("dear"));
    assert_eq!(home.run(&["handyman.changename", "--name", "letter.bak"]).stdout, "true");
    assert_eq!(home.run(&["worker.restart", "--name", "handyman"]).stdout, "true");
    // The name belonged to the process that has ended.
    assert_eq!(home.run(&["handyman.copies"]).stdout, "1");
    assert!(home.run(&["methods"]).stdout.contains("Change the output file name."));
    assert!(home.run(&["copy.diary"]).stdout.contains("handyman/0 looping"));
    assert!(home.run(&["workers"]).stdout.contains("handyman/0"));
    assert_eq!(home.run(&["stop"]).code, Some(0));
    daemon.assert_gone();
}

#[test]
fn primes_counts_on_all_cores() {
    let home = Home::new(env!("CARGO_BIN_EXE_primes"));
    let daemon = Daemon::start_at(&home, &["--largest", "50000"]);
    let mut client = daemon.client();
    assert_eq!(client.ask("count", json!({"below": 100})), 25);
    assert_eq!(client.ask("count", json!([100, 90])), 1);
    let fault = client.fault("count", json!([50001]));
    assert!(fault["message"].as_str().unwrap().contains("--largest is 50000"), "{fault}");
    let workers = client.ask("worker.info", json!(["sieve"])).as_array().unwrap().len();
    assert_eq!(workers, std::thread::available_parallelism().unwrap().get());
    // More calls than processes, all in one write: the process with the fewest calls gets the next one.
    let calls = 4 * workers;
    let call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"count\",\"params\":[20000,2]}\n";
    client.send_bytes(call.repeat(calls).as_bytes());
    for _ in 0..calls {
        assert!(client.line().contains("\"result\":2262"));
    }
    let busy = client.ask("worker.info", json!(["sieve"]));
    let calls: Vec<u64> =
        busy.as_array().unwrap().iter().map(|worker| worker["calls"].as_u64().unwrap()).collect();
    assert!(calls.iter().all(|calls| *calls > 0), "{calls:?}");
    drop(client);
    daemon.terminate();
}
