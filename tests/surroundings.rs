//! The environment of a daemon: signals that its parent ignores or blocks, narrow limits, full disks, a launcher that
//! ends, a terminal that is closed, a log that nothing reads.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, pipe};
use std::process::{Child, Command, Stdio};

use harness::{
    Client, DEADLINE, Daemon, Detached, Endpoint, Fifo, Home, Process, is_root, program, run, skip, until,
};
use nix::sys::signal::Signal;
use serde_json::json;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const COPY: &str = env!("CARGO_BIN_EXE_copy");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const FORKING: &str = env!("CARGO_BIN_EXE_forking");

/// The number of calls whose log does not fit into a pipe.
const MANY: usize = 3000;

/// Signal settings that a parent may pass on, as options of `env` from the GNU coreutils.
const HANDED_DOWN: [&str; 5] = [
    "--ignore-signal=CHLD",
    "--ignore-signal=TERM,HUP,INT,PIPE",
    "--block-signal",
    "--block-signal=TERM,CHLD",
    "--default-signal=PIPE",
];

#[test]
fn a_detached_start_does_not_depend_on_the_signals_of_its_parent() {
    for option in HANDED_DOWN {
        if !knows("env", option) {
            return skip("env (GNU coreutils 8.31 or newer) does not know `--block-signal`");
        }
        for program in [ECHO, COPY] {
            let home = Home::new(program);
            let launcher = run(home.command_by(&["env", option], &["-d"]));
            // A start that reports failure may still have left a daemon.
            let daemon = home.pid().and_then(Process::open);
            if launcher.code != Some(0) {
                daemon.inspect(|daemon| daemon.signal(Signal::SIGKILL));
                panic!("{option}: {launcher:#?}");
            }
            stop(&Detached::find(&home), &home);
        }
    }
}

#[test]
fn a_start_in_the_foreground_hears_term_whatever_its_parent_ignores_or_blocks() {
    for option in HANDED_DOWN {
        if !knows("env", option) {
            return skip("env (GNU coreutils 8.31 or newer) does not know `--block-signal`");
        }
        for program in [ECHO, COPY] {
            let home = Home::new(program);
            Daemon::start_by(&home, home.command_by(&["env", option], &["-f"])).terminate();
        }
    }
}

#[test]
fn a_child_that_setup_has_forked_does_not_hold_up_the_launcher() {
    let home = Home::new(FORKING);
    let mut command = home.command(&["-d"]);
    let mut launcher = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ended = process(&launcher).ends_within(DEADLINE);
    // It is up when it has released its launcher; if it blocks its launcher, it is up by now.
    let daemon = Detached::find(&home);
    if !ended {
        launcher.kill().unwrap();
    }
    let status = launcher.wait().unwrap();
    assert!(ended, "the launcher waits for the child");
    assert_eq!(status.code(), Some(0));
    assert_eq!(daemon.client().ask("forking.has_forked", json!([])), true);
    daemon.process().signal(Signal::SIGTERM);
    daemon.process().wait();
    home.assert_empty();
}

#[test]
fn a_start_is_given_up_when_its_launcher_is_killed() {
    for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT] {
        let (home, fifo) = (Home::new(KITCHEN), Fifo::new());
        let mut command = home.command(&["-d", "--hold-setup"]);
        command.arg(fifo.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut launcher = command.spawn().unwrap();
        let held = fifo.hold();
        let daemon = Detached::find(&home);
        process(&launcher).signal(signal);
        assert!(!launcher.wait().unwrap().success());
        held.release();
        daemon.process().wait();
        daemon.assert_gone();
    }
}

#[test]
fn a_start_with_a_closed_output_is_like_any_other() {
    let home = Home::new(ECHO);
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = home.command(&["-d"]);
    let status = command.stdout(writer.try_clone().unwrap()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
    Detached::find(&home).finish();
}

#[test]
fn a_start_with_few_descriptors_succeeds_or_says_why_not() {
    for limit in 4..32 {
        for program in [ECHO, COPY] {
            assert_starts_or_says_why(program, &format!("ulimit -n {limit}"));
        }
    }
}

#[test]
fn a_start_that_may_write_no_file_succeeds_or_says_why_not() {
    for program in [ECHO, COPY] {
        assert_starts_or_says_why(program, "ulimit -f 0");
    }
}

#[test]
fn a_start_in_the_foreground_that_may_write_no_file_leaves_nothing() {
    let home = Home::new(ECHO);
    let start = run(home.command_after("ulimit -f 0", &["-f"]));
    assert!(start.code.is_some_and(|code| code > 0), "{start:#?}");
    assert!(!start.stderr.trim().is_empty());
    home.assert_empty();
}

#[test]
fn a_start_on_a_full_disk_says_why_not_and_leaves_nothing() {
    // The disk is in memory, and invisible to other processes.
    let fill = "mount -t tmpfs -o size=16k,mode=0700 none \"$RUNTIME_DIRECTORY\" || exit 99; cd \"$RUNTIME_DIRECTORY\"; \
                head -c 100000 /dev/zero >filler 2>/dev/null; \"$0\" \"$1\"; echo $?; ls -A";
    if !is_root() || !succeeds("unshare", &["-m", "mount", "-t", "tmpfs", "none", "/mnt"]) {
        return skip("a file system can be mounted by root only, who may make a namespace");
    }
    for mode in ["-f", "-d"] {
        let home = Home::new(ECHO);
        let start = run(home.command_by(&["unshare", "-m", "sh", "-c", fill], &[mode]));
        let said: Vec<&str> = start.stdout.lines().collect();
        assert_eq!(said, ["1", "filler"], "{mode}: {start:#?}");
        assert!(start.stderr.contains("No space left on device"), "{mode}: {start:#?}");
    }
}

#[test]
fn a_daemon_in_the_foreground_outlives_its_terminal() {
    if program("script").is_none() {
        return skip("script (util-linux) is not here");
    }
    let home = Home::new(ECHO);
    let mut terminal = in_a_terminal(&home);
    until("the daemon answers", || answers(&home));
    let daemon = Detached::find(&home);
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    // SIGHUP means reload, and the reload's message goes to a terminal that no longer exists.
    daemon.process().signal(Signal::SIGHUP);
    for _ in 0..100 {
        assert_eq!(daemon.client().ask("my.echo", json!(["here"])), "here");
    }
    daemon.process().signal(Signal::SIGTERM);
    daemon.process().wait();
    home.assert_empty();
}

#[test]
fn a_log_reader_that_goes_away_does_no_harm() {
    let home = Home::new(ECHO);
    let (reader, writer) = pipe().unwrap();
    let mut command = home.command(&["-f", "-v"]);
    let daemon = Watched(command.stdout(Stdio::null()).stderr(writer).spawn().unwrap());
    drop(command);
    let mut log = BufReader::new(reader);
    until("the daemon is ready", || {
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        line.contains("ready on ")
    });
    drop(log);
    daemon.serves_and_stops(&home);
}

#[test]
fn a_log_that_is_full_does_no_harm() {
    let home = Home::new(ECHO);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = home.command(&["-f", "-v"]);
    let daemon = Watched(command.stdout(Stdio::null()).stderr(full).spawn().unwrap());
    until("the daemon answers", || answers(&home));
    daemon.serves_and_stops(&home);
}

#[test]
fn a_log_that_nobody_reads_blocks_nothing() {
    let home = Home::new(ECHO);
    let (reader, writer) = pipe().unwrap();
    let mut command = home.command(&["-f", "-v"]);
    let daemon = Watched(command.stdout(Stdio::null()).stderr(writer).spawn().unwrap());
    until("the daemon answers", || answers(&home));
    daemon.serves_and_stops(&home);
    drop(reader);
}

/// A daemon in the foreground whose log is not read; killed when it is dropped.
struct Watched(Child);

impl Watched {
    /// Calls it until its log would have overflowed, and ends it.
    fn serves_and_stops(mut self, home: &Home) {
        let mut client = Client::connect(&Endpoint::Unix(home.socket()));
        for _ in 0..MANY {
            assert_eq!(client.ask("my.echo", json!(["here"])), "here");
        }
        drop(client);
        let daemon = process(&self.0);
        daemon.signal(Signal::SIGTERM);
        assert!(daemon.ends_within(DEADLINE), "the daemon does not hear SIGTERM");
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
        home.assert_empty();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Both do nothing if the child has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ends a detached daemon, which must reply first.
fn stop(daemon: &Detached, home: &Home) {
    daemon.client().ask("daemon.status", json!([]));
    daemon.process().signal(Signal::SIGTERM);
    daemon.process().wait();
    home.assert_empty();
}

/// Whether the daemon of a home replies: a round trip of a separate process.
fn answers(home: &Home) -> bool {
    home.run(&["status"]).code == Some(0)
}

fn process(child: &Child) -> Process {
    Process::open(i32::try_from(child.id()).unwrap()).unwrap()
}

/// Starts the daemon of a home in a terminal, as the leader of its session. The terminal's input stays open.
fn in_a_terminal(home: &Home) -> Child {
    let mut script = Command::new("script");
    script.args(["-qfc", &format!("exec {} -f -v", home.program().display()), "/dev/null"]);
    script.env("RUNTIME_DIRECTORY", home.path()).env("SHELL", "/bin/sh");
    script.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    script.spawn().unwrap()
}

/// Whether `env` supports an option.
fn knows(program: &str, option: &str) -> bool {
    succeeds(program, &[option, "true"])
}

/// Whether a command can be run, and succeeds.
fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Checks a detached start after a shell command: it succeeds and the daemon serves, or it fails with a message and
/// leaves nothing.
fn assert_starts_or_says_why(program: &str, before: &str) {
    let home = Home::new(program);
    let start = run(home.command_after(before, &["-d"]));
    let said = format!("{program} after `{before}`: {start:#?}");
    match start.code {
        Some(0) => stop(&Detached::find(&home), &home),
        Some(_) => assert!(!start.stderr.trim().is_empty() && !start.stderr.contains("panic"), "{said}"),
        None => panic!("{said}"),
    }
    if let Some(daemon) = home.pid().and_then(Process::open) {
        daemon.wait();
    }
    assert_eq!(home.files(), [""; 0], "{said}");
}
