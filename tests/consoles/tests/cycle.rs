//! Single cycles, as cron runs them.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Child, Command};

use harness::{Daemon, Fifo, Finished, Home, Process, run, until};
use nix::sys::signal::Signal;

const CRON: &str = env!("CARGO_BIN_EXE_cron");

/// A home, and a journal beside it.
struct Crontab {
    home: Home,
    beside: Home,
}

impl Crontab {
    fn new() -> Self {
        Crontab { home: Home::new(CRON), beside: Home::new(CRON) }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(args);
        command.arg("--journal").arg(self.beside.path().join("journal"));
        command
    }

    fn run(&self, args: &[&str]) -> Finished {
        run(self.command(args))
    }

    fn journal(&self) -> Vec<String> {
        let journal = fs::read_to_string(self.beside.path().join("journal")).unwrap_or_default();
        journal.lines().map(str::to_owned).collect()
    }

    /// Starts a cycle, and waits until this is in its journal.
    fn start(&self, args: &[&str], line: &str) -> Child {
        let child = self.command(args).stderr(std::process::Stdio::piped()).spawn().unwrap();
        until(line, || self.journal().iter().any(|noted| noted == line));
        child
    }
}

/// Waits for the end of a child, and returns its exit status and what it said.
fn end(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn process(child: &Child) -> Process {
    Process::open(i32::try_from(child.id()).unwrap()).unwrap()
}

#[test]
fn a_cycle_runs_each_timer_once_in_order_and_what_they_began_to_its_end() {
    let cron = Crontab::new();
    let ended = cron.run(&["-c"]);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    let mut journal = cron.journal();
    let began: Vec<String> = journal
        .iter()
        .filter(|line| ["sweep", "relay", "mint", "backup"].contains(&line.as_str()))
        .cloned()
        .collect();
    assert_eq!(began, ["sweep", "relay", "mint", "backup"]);
    assert_eq!(
        (journal.remove(0).as_str(), journal.pop().as_deref()),
        ("setup of a cycle", Some("teardown"))
    );
    journal.sort();
    assert_eq!(journal, ["backed up: true", "backup", "mint", "minted Ok(7)", "relay", "relayed", "sweep"]);
    cron.home.assert_empty();
}

#[test]
fn a_cycle_waits_for_threads_workers_and_programs() {
    for (timer, done) in [("relay", "relayed"), ("mint", "minted Ok(7)"), ("backup", "backed up: true")] {
        let (cron, fifo) = (Crontab::new(), Fifo::new());
        let child =
            cron.start(&[&format!("--cycle={timer}"), "--wait-for", fifo.path().to_str().unwrap()], timer);
        let held = fifo.hold();
        assert!(process(&child).is_running());
        assert!(cron.home.files().contains(&"cron.pid".to_owned()));
        assert!(!cron.home.files().contains(&"cron.sock".to_owned()), "a cycle serves nobody");
        held.release();
        assert_eq!(end(child), (Some(0), String::new()));
        assert_eq!(cron.journal(), ["setup of a cycle", timer, done, "teardown"]);
        cron.home.assert_empty();
    }
}

#[test]
fn a_cycle_of_some_timers_keeps_their_order() {
    let cron = Crontab::new();
    assert_eq!(cron.run(&["--cycle=mint,sweep"]).code, Some(0));
    assert_eq!(cron.journal(), ["setup of a cycle", "sweep", "mint", "minted Ok(7)", "teardown"]);
}

#[test]
fn a_timer_that_does_not_exist_is_a_usage_error() {
    let cron = Crontab::new();
    for (name, advice) in [("swep", "did you mean `sweep`?"), ("x", "there are: sweep, relay, mint, backup")]
    {
        let ended = cron.run(&[&format!("--cycle={name}")]);
        let said = format!("cron: --cycle={name}: there is no such timer; {advice}");
        assert_eq!((ended.code, ended.stderr), (Some(2), said));
    }
    assert_eq!(cron.journal(), [""; 0]);
}

#[test]
fn a_timer_that_fails_fails_the_cycle_but_not_the_other_timers() {
    let cron = Crontab::new();
    let ended = cron.run(&["-c", "--fail", "sweep", "--fail", "mint"]);
    assert_eq!(ended.code, Some(1));
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert!(said[0].contains("ERROR") && said[0].contains("`mint` failed: mint is out of order"), "{said:?}");
    assert_eq!(said[1..], ["cron: `sweep` failed: sweep is out of order"]);
    assert!(cron.journal().contains(&"relayed".to_owned()), "{:?}", cron.journal());
    assert_eq!(cron.journal().last().unwrap(), "teardown");
    cron.home.assert_empty();
}

#[test]
fn what_fails_beside_the_loop_fails_the_cycle_if_it_says_so() {
    let cron = Crontab::new();
    let ended = cron.run(&["--cycle=relay", "--fail", "relayed"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), "cron: relayed is out of order"));
}

#[test]
fn a_stop_in_the_middle_ends_the_cycle_in_order() {
    let (cron, fifo) = (Crontab::new(), Fifo::new());
    // The first timer is held; those behind it never run.
    let child = cron.start(&["-c", "--hold", fifo.path().to_str().unwrap()], "setup of a cycle");
    let held = fifo.hold();
    process(&child).signal(Signal::SIGTERM);
    held.release();
    let unfinished = "cron: a signal ended the cycle before it was done\n";
    assert_eq!(end(child), (Some(1), unfinished.to_owned()));
    assert_eq!(cron.journal(), ["setup of a cycle", "sweep", "teardown"]);
    cron.home.assert_empty();

    let (cron, fifo) = (Crontab::new(), Fifo::new());
    let child = cron.start(&["--cycle=mint", "--wait-for", fifo.path().to_str().unwrap()], "mint");
    let held = fifo.hold();
    process(&child).signal(Signal::SIGTERM);
    held.release();
    assert_eq!(end(child).0, Some(1));
    assert_eq!(cron.journal().last().unwrap(), "teardown");
    cron.home.assert_empty();
}

#[test]
fn a_cycle_beside_a_daemon_or_another_cycle_says_that_it_runs_already() {
    let (cron, fifo) = (Crontab::new(), Fifo::new());
    let child = cron.start(&["--cycle=relay", "--wait-for", fifo.path().to_str().unwrap()], "relay");
    let held = fifo.hold();
    let refused = || {
        let second = cron.run(&["-c"]);
        assert_eq!(second.code, Some(75));
        assert!(second.stderr.ends_with("the daemon is running already"), "{}", second.stderr);
    };
    refused();
    held.release();
    assert_eq!(end(child).0, Some(0));

    let mut command = cron.home.command(&["-f"]);
    command.arg("--journal").arg(cron.beside.path().join("journal"));
    let daemon = Daemon::start_by(&cron.home, command);
    refused();
    daemon.terminate();
    assert_eq!(cron.journal().iter().filter(|line| *line == "sweep").count(), 0, "{:?}", cron.journal());
}
