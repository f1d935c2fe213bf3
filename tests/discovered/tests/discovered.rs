//! Clients that find a daemon by its name, while instances of it end, hang, restart, or are not what they seem.

// A panic here fails the test.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use daemon_core::{Discovered, Discovery};
use discovered::FoundClient;
use harness::{Daemon, Home, is_root, python, skip, until};
use nix::sys::signal::Signal;

const FOUND: &str = env!("CARGO_BIN_EXE_discovered");

/// The directory of some instances.
struct Place(Home);

impl Place {
    fn new() -> Place {
        Place(Home::new(FOUND))
    }

    fn command(&self, instance: &str, more: &[&str]) -> Command {
        let file = |ending| self.0.path().join(format!("found@{instance}.{ending}")).display().to_string();
        let socket = format!("unix:{}", file("sock"));
        let record = self.record().display().to_string();
        let mut command = self.0.command(&["-f", "--socket", &socket, "--pidfile", &file("pid")]);
        command.args(["--record", &record]).args(more);
        command
    }

    fn start(&self, instance: &str) -> Daemon {
        Daemon::start_by(&self.0, self.command(instance, &[]))
    }

    fn record(&self) -> std::path::PathBuf {
        self.0.path().join("record")
    }

    fn discovery(&self) -> Discovery {
        Discovery::directory(self.0.path())
    }

    fn client(&self) -> FoundClient<Discovered> {
        self.discovery().client::<FoundClient>().unwrap()
    }
}

fn pid(daemon: &Daemon) -> u32 {
    u32::try_from(daemon.process().pid()).unwrap()
}

fn kill(daemon: Daemon) {
    daemon.signal(Signal::SIGKILL);
    daemon.ended();
}

#[test]
fn a_call_waits_for_a_daemon_that_starts_later() {
    let place = Place::new();
    let mut client = place.discovery().wait("30s").client::<FoundClient>().unwrap();
    let asked = thread::spawn(move || client.who().unwrap());
    let daemon = place.start("a");
    assert_eq!(asked.join().unwrap(), pid(&daemon));
    kill(daemon);
}

#[test]
fn a_daemon_that_never_comes_is_an_error_that_says_where_and_how_long() {
    let place = Place::new();
    let mut client = place.discovery().wait("20ms").failures(2).client::<FoundClient>().unwrap();
    for _ in 0..2 {
        let error = client.who().unwrap_err();
        let said = error.to_string();
        assert!(error.is_not_running() && said.contains("no instance of `found` in `"), "{said}");
        assert!(said.contains(&place.0.path().display().to_string()) && said.contains("after 2"), "{said}");
    }
    let error = client.who().unwrap_err();
    assert!(error.to_string().contains("calls do not wait for it any more"), "{error}");
    // It is found as soon as it is there.
    let daemon = place.start("a");
    until("the daemon is found", || client.who().is_ok_and(|who| who == pid(&daemon)));
    kill(daemon);
    until("its end is noticed", || client.who().is_err_and(|error| error.report().contains("found@a.sock")));
}

#[test]
fn several_instances_share_the_calls_and_one_of_them_can_be_named() {
    let place = Place::new();
    let (a, b) = (place.start("a"), place.start("b"));
    let client = place.client();
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let mut client = client.clone();
            thread::spawn(move || (0..50).map(|_| client.who().unwrap()).collect::<Vec<u32>>())
        })
        .collect();
    let mut shares = BTreeMap::new();
    for who in callers.into_iter().flat_map(|caller| caller.join().unwrap()) {
        *shares.entry(who).or_insert(0) += 1;
    }
    assert_eq!(shares.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from([pid(&a), pid(&b)]));
    assert!(shares.values().all(|share| *share > 20), "{shares:?}");
    let mut named = place.discovery().instance("b").client::<FoundClient>().unwrap();
    assert!((0..10).all(|_| named.who().unwrap() == pid(&b)));
    kill(a);
    kill(b);
}

#[test]
fn faults_and_items_come_as_from_any_client() {
    let place = Place::new();
    let daemon = place.start("a");
    let mut client = place.client();
    assert_eq!(client.fail().unwrap_err().fault().map(|fault| fault.code()), Some(7));
    let counted: Vec<u64> = client.count(3).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(counted, [1, 2, 3]);
    assert_eq!(client.who().unwrap(), pid(&daemon));
    kill(daemon);
}

#[test]
fn what_may_have_run_is_not_sent_again_and_the_next_call_finds_the_successor() {
    let place = Place::new();
    let first = place.start("a");
    let mut client = place.client();
    let error = client.end().unwrap_err();
    assert!(error.to_string().contains("the daemon hung up"), "{error}");
    first.ended();
    let second = place.start("a");
    assert_eq!(client.who().unwrap(), pid(&second));
    kill(second);
}

#[test]
fn no_idempotent_call_fails_and_no_other_runs_twice_while_instances_are_killed() {
    let place = Place::new();
    let ended = AtomicBool::new(false);
    let acknowledged = thread::scope(|scope| {
        let (place, ended) = (&place, &ended);
        let mut daemons = [("a", place.start("a")), ("b", place.start("b"))];
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let mut client = place.client();
                scope.spawn(move || {
                    let mut calls = 0;
                    while !ended.load(Ordering::Relaxed) {
                        client.who().unwrap();
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let mut client = place.client();
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for line in (0..).map(|line| format!("{writer}-{line}")) {
                        if ended.load(Ordering::Relaxed) {
                            break;
                        }
                        if client.add(&line).is_ok() {
                            acknowledged.push(line);
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        for round in 0..12 {
            let (name, daemon) = &mut daemons[round % 2];
            daemon.signal(Signal::SIGKILL);
            daemon.process().wait();
            *daemon = place.start(name);
        }
        ended.store(true, Ordering::Relaxed);
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
        let acknowledged: Vec<String> =
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        daemons.into_iter().for_each(|(_, daemon)| kill(daemon));
        acknowledged
    });
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in fs::read_to_string(place.record()).unwrap().lines() {
        *times.entry(line.to_owned()).or_default() += 1;
    }
    assert!(acknowledged.len() > 10 && acknowledged.iter().all(|line| times.contains_key(line)));
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn calls_go_elsewhere_while_one_instance_hangs() {
    let place = Place::new();
    let (a, b) = (place.start("a"), place.start("b"));
    let mut client = place.discovery().timeout("50ms").client::<FoundClient>().unwrap();
    until("both are connected", || client.who().unwrap() == pid(&a));
    a.signal(Signal::SIGSTOP);
    assert!((0..50).all(|_| client.who().unwrap() == pid(&b)));
    a.signal(Signal::SIGCONT);
    until("it is called again", || client.who().unwrap() == pid(&a));
    kill(a);
    kill(b);
}

#[test]
fn a_daemon_that_hangs_is_left_alone_and_called_again_when_it_is_back() {
    let place = Place::new();
    let daemon = place.start("a");
    let discovery = place.discovery().timeout("30ms").wait("60ms").retries(0).failures(3);
    let mut client = discovery.client::<FoundClient>().unwrap();
    client.who().unwrap();
    daemon.signal(Signal::SIGSTOP);
    assert!(client.who().unwrap_err().is_timed_out());
    until("calls fail at once", || client.who().unwrap_err().is_unavailable());
    let said = client.who().unwrap_err().to_string();
    assert!(said.contains("is left alone since") && said.contains("found@a.sock"), "{said}");
    daemon.signal(Signal::SIGCONT);
    until("it is called again", || client.who().is_ok_and(|who| who == pid(&daemon)));
    kill(daemon);
}

#[test]
fn a_daemon_that_never_becomes_ready_is_an_error_that_says_so() {
    let place = Place::new();
    let daemon = Daemon::spawn(&place.0, place.command("a", &["--hang"]));
    let socket = place.0.path().join("found@a.sock");
    until("the socket is there", || socket.exists());
    let mut client = place.discovery().timeout("50ms").wait("200ms").client::<FoundClient>().unwrap();
    let error = client.who().unwrap_err();
    let said = error.to_string();
    assert!(error.is_timed_out() && said.contains("was not ready within"), "{said}");
    kill(daemon);
}

#[test]
fn a_socket_of_another_user_is_shown_nothing() {
    let Some(python) = python(&["os", "socket"]).filter(|_| is_root()) else {
        return skip("this needs Python and the superuser");
    };
    let place = Place::new();
    let program = "import os, socket, sys\n\
        s = socket.socket(socket.AF_UNIX)\n\
        s.bind(sys.argv[1])\n\
        os.setuid(65534)\n\
        s.listen()\n\
        print('listening', flush=True)\n\
        c, _ = s.accept()\n\
        print('received', c.recv(1000), flush=True)\n";
    let mut squatter = Command::new(python)
        .args(["-c", program])
        .arg(place.0.path().join("found@a.sock"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(squatter.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let error = place.client().who().unwrap_err();
    assert!(error.is_refused() && error.to_string().contains("of uid 65534 listens"), "{error}");
    line.clear();
    said.read_to_string(&mut line).unwrap();
    assert_eq!(line, "received b''\n");
    squatter.wait().unwrap();
}

#[test]
fn a_call_that_blocks_the_loop_is_named_in_the_log() {
    let place = Place::new();
    let (a, b) = (place.start("a"), place.start("b"));
    let directory = place.0.path();
    let mut client = place.discovery().instance("a").client::<FoundClient>().unwrap();
    assert_eq!(client.ask_in_a_thread(directory, "b").unwrap(), pid(&b));
    assert!(!a.log().lines().iter().any(|line| line.contains("blocks the loop")));
    assert_eq!(client.ask_on_the_loop(directory, "b").unwrap(), pid(&b));
    a.log().wait_for("a call of `found.who` of `found@b` in");
    kill(a);
    kill(b);
}
