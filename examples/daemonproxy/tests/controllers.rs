//! Controllers that misbehave, and what the others notice of it.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod support;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use support::{Client, Program, until};

const LONG: &str = "service.tags\tx\t";

fn long(count: usize) -> String {
    format!("{LONG}{}{count:03}", "t".repeat(397))
}

#[test]
fn a_client_that_does_not_read_misses_events_and_learns_it() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let mut client = program.connect("c.sock");
    client.send("echo\there");
    client.expect("here");
    for count in 0..3000 {
        program.send(&long(count));
        program.expect(&long(count));
    }
    client.send("echo\tawake");
    let mut count = 0;
    loop {
        match client.next().expect("events") {
            line if line == "overflow" => break,
            line => assert_eq!(line, long(count)),
        }
        count += 1;
    }
    assert!(count > 0 && count < 3000, "{count}");
    // The echo was carried out while the client was overflowed, or comes now.
    client.send("echo\tagain");
    while client.next().expect("an answer") != "again" {}
}

#[test]
fn a_client_that_floods_and_reads_nothing_is_held_back_and_answered_again() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let mut client = program.connect("c.sock");
    client.send("conn.event_timeout\t1\t100");
    client.stream().set_nonblocking(true).unwrap();
    let lines = format!("echo\t{}\n", "x".repeat(900)).repeat(1000).into_bytes();
    let mut sent = 0;
    // Until the program takes no more for a while.
    while sent < lines.len() && support::writable(client.stream(), Duration::from_millis(500)) {
        sent += client.stream().write(&lines[sent..]).unwrap();
    }
    assert!(sent < lines.len());
    program.send("echo\tfine");
    program.expect("fine");
    program.expect_error("warning: controller 1 blocked pipe for # seconds");
    client.stream().set_nonblocking(false).unwrap();
    while client.next().expect("events") != "overflow" {}
    // The last line may be a part of one.
    client.send("\necho\tlast");
    while client.next().expect("an answer") != "last" {}
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let mut client = program.connect("c.sock");
    client.send("conn.event_timeout\t0\t1");
    client.send("echo\tset");
    client.expect("set");
    for count in 0..1000 {
        program.send(&long(count));
        program.expect(&long(count));
    }
    program.expect_error("error: controller 1 blocked pipe for # seconds, closing connection");
    while client.next().is_some() {}
    assert!(client.lines.ended);
}

#[test]
fn passed_descriptors_become_handles() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let client = program.connect("c.sock");
    let (reader, _writer) = nix::unistd::pipe().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    support::pass(client.stream(), b"fd.take\tp\n", &[reader.as_raw_fd()]);
    program.expect("fd.state\tp\tfile\tread\tunknown");
    support::pass(client.stream(), b"fd.take\ts\n", &[listener.as_raw_fd()]);
    program.expect("fd.state\ts\tsocket\tinet,stream\tunknown");
    support::pass(client.stream(), b"fd.take\tcontrol.cmd\nfd.take\tq\n", &[listener.as_raw_fd()]);
    program.send("fd.take\tx");
    program.expect("error\tNo ancillary file descriptor received, for command \"fd.take\tx\"");
    let more = [reader.as_raw_fd(), listener.as_raw_fd(), reader.as_raw_fd()];
    support::pass(client.stream(), b"echo\thi\n", &more);
    program.expect_error("error: No room for a descriptor that controller[1] has passed");
}

#[test]
fn a_client_that_half_closes_gets_all_its_answers() {
    let program = Program::run(&["-i", "-S", "c.sock"]);
    let mut client = program.connect("c.sock");
    (0..200).for_each(|count| client.send(&format!("echo\t{count}")));
    client.stream().shutdown(Shutdown::Write).unwrap();
    (0..200).for_each(|count| drop(client.expect(&count.to_string())));
    assert_eq!((client.next(), client.lines.ended), (None, true));
}

#[test]
fn a_third_connection_waits_and_is_reported_once() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let mut first = program.connect("c.sock");
    first.send("echo\tfirst");
    first.expect("first");
    // A signal alone is no reason for a report.
    program.signal("USR1");
    program.expect("signal\tSIGUSR1\t#\t1");
    let mut second = program.connect("c.sock");
    second.send("echo\tsecond");
    assert_eq!(program.next_error().unwrap(), "warning: No free controllers to accept a connection");
    drop(first);
    second.expect("signal\tSIGUSR1\t#\t1");
    second.expect("second");
}

#[test]
fn a_controller_service_waits_for_room() {
    let mut program = Program::prepare();
    program.write(
        "conf",
        "service.args\tc\tcat\nservice.fds\tc\tcontrol.event\tcontrol.cmd\nservice.start\tc\n#\n#\n#\n#\n#\n#\n#\n#\n",
    );
    program.start(&["-i".to_owned(), "-c".to_owned(), "conf".to_owned()]);
    let mut seen = Vec::new();
    while !seen.last().is_some_and(|line: &String| line.contains("\tup\t")) {
        seen.push(program.next().expect("a start"));
    }
    let starts = seen.iter().filter(|line| line.contains("\tstart\t")).count();
    let retried = starts == 2;
    if retried {
        program.expect_error("info: will retry in 3 seconds");
    }
}

#[test]
fn a_service_that_only_gets_events_gets_them_until_it_ends() {
    let mut program = Program::run(&["-i"]);
    program.send("service.args\te\tsh\t-c\twhile read line; do echo \"$line\" >&2; done");
    program.send("service.fds\te\tcontrol.event\tnull\tstderr");
    program.send("service.start\te");
    program.expect_error("service.state\te\tup\t#\t#\t-\t-\t0\t-");
    program.send("service.tags\te\tlater");
    program.expect_error("service.tags\te\tlater");
    program.send("service.signal\te\tKILL");
    let ended = |line: &String| line.contains("\tdown\t");
    while !program.next().as_ref().is_some_and(ended) {}
    // Its place is free again.
    program.send("service.start\te");
    program.expect_error("service.state\te\tup\t#\t#\t-\t-\t0\t-");
}

#[test]
fn a_script_that_crashes_hangs_floods_and_comes_back_finds_its_state_again() {
    let Some(python) = support::python() else { return };
    let mut program = Program::prepare();
    program.write("controller.py", include_str!("support/controller.py"));
    program.write(
        "conf",
        &format!(
            "service.args\tctl\t{python}\t./controller.py\nservice.fds\tctl\tcontrol.event\tcontrol.cmd\tstderr\n\
             service.auto_up\tctl\t1\talways\n"
        ),
    );
    program.start(&["-c".to_owned(), "conf".to_owned()]);
    program.expect_error("python: crashing");
    program.expect_error("python: flooding");
    program.expect_error("python: has overflowed");
    program.expect_error("python: hanging");
    program.expect_error("error: controller # blocked pipe for # seconds, closing connection");
    program.expect_error("python: all is there, terminating");
    assert_eq!(program.wait(), 7);
}

#[test]
fn a_logger_pipe_survives_kills_of_both_ends() {
    let rounds: usize = std::env::var("PROXY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let mut program = Program::run(&["-i"]);
    program.write("writer.sh", include_str!("support/writer.sh"));
    program.write("reader.sh", include_str!("support/reader.sh"));
    program.ask(&[
        "fd.pipe\tr\tw",
        "fd.open\tsent\twrite,create,append\tsent",
        "fd.open\tgot\twrite,create,append\tgot",
        "service.args\twriter\tsh\t./writer.sh",
        "service.fds\twriter\tnull\tw\tsent",
        "service.args\treader\tsh\t./reader.sh",
        "service.fds\treader\tr\tgot",
    ]);
    let wait = |program: &mut Program, state: &str| {
        while !program.next().expect("a state").contains(state) {}
    };
    for name in ["writer", "reader"] {
        program.send(&format!("service.start\t{name}"));
        wait(&mut program, "\tup\t");
    }
    for round in 0..rounds {
        let name = if round % 2 == 0 { "writer" } else { "reader" };
        // Each holds off the signal while it has taken bytes and not passed them on.
        program.send(&format!("service.signal\t{name}\tTERM"));
        wait(&mut program, "\tdown\t");
        program.send(&format!("service.start\t{name}"));
        wait(&mut program, "\tup\t");
    }
    program.send("service.signal\twriter\tTERM");
    wait(&mut program, "\tdown\t");
    let sent = || fs::read_to_string(program.path("sent")).unwrap();
    let got = || fs::read_to_string(program.path("got")).unwrap_or_default();
    until("all that was sent has arrived", || got().len() == sent().len());
    assert_eq!(got(), sent());
    assert!(!sent().is_empty());
    eprintln!("{rounds} kills: {} bytes sent, {} received", sent().len(), got().len());
}

#[test]
fn nothing_happens_while_nothing_is_asked() {
    let mut program = Program::run(&["-i", "-S", "c.sock"]);
    let mut client = program.connect("c.sock");
    client.send("echo\there");
    client.expect("here");
    program.ask(&["service.args\ts\tsleep\t100", "service.start\ts"]);
    let switches = || {
        let status = fs::read_to_string(format!("/proc/{}/status", program.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("voluntary")).unwrap().to_owned();
        line.split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    until("it is asleep", || {
        fs::read_to_string(format!("/proc/{}/wchan", program.pid())).is_ok_and(|place| place.contains("poll"))
    });
    let before = switches();
    support::pass_time(Duration::from_millis(700));
    assert_eq!(switches(), before);
}

#[test]
fn a_blocked_log_holds_nothing_up_and_counts_what_it_loses() {
    let mut program = Program::run(&["-i"]);
    program.ask(&["fd.pipe\tr\tw\tnonblock", "log.dest\tfd\tw"]);
    let start = Instant::now();
    for _ in 0..4000 {
        program.send("nonsense");
        program.expect("error\tUnknown command: nonsense");
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    let mut log = take_log(&mut program);
    let mut seen = String::new();
    program.send("nonsense");
    while !seen.ends_with("log messages\n") && !seen.contains("lost ") {
        let mut bytes = [0; 65536];
        let count = log.read(&mut bytes).unwrap();
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    let lost: u64 =
        seen.lines().find(|line| line.contains("lost ")).unwrap().split(' ').nth(2).unwrap().parse().unwrap();
    assert!(lost > 0 && lost < 4000, "{lost}");
}

/// Returns the read end of the log's pipe.
fn take_log(program: &mut Program) -> File {
    let path = format!("/proc/{}/fd", program.pid());
    let pipes: Vec<_> = fs::read_dir(path).unwrap().filter_map(|entry| Some(entry.ok()?.path())).collect();
    let number = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().parse::<u32>().unwrap();
    let is_pipe = |path: &&std::path::PathBuf| {
        number(path) > 2 && fs::read_link(path).is_ok_and(|link| link.to_string_lossy().starts_with("pipe:"))
    };
    let mut pipes: Vec<_> = pipes.iter().filter(is_pipe).collect();
    pipes.sort_by_key(|path| number(path));
    let file = File::open(pipes[0]).unwrap();
    let _: OwnedFd = file.as_fd().try_clone_to_owned().unwrap();
    file
}

#[test]
fn a_client_that_is_gone_leaves_its_place() {
    let program = Program::run(&["-i", "-S", "c.sock"]);
    for _ in 0..50 {
        let mut client: Client = program.connect("c.sock");
        client.send("echo\thi");
        client.expect("hi");
    }
}

#[test]
fn a_flood_of_signals_holds_nothing_up_and_hides_no_other_signal() {
    const FLOOD: u64 = 200_000;
    let mut program = Program::run(&["-i"]);
    program.ask(&["service.args\tsteady\tsleep\t100", "service.args\tends\ttrue", "service.start\tsteady"]);
    let before = kib(program.pid(), "RssAnon:");
    let sent = AtomicU64::new(0);
    let (pid, stops) = (program.pid(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for name in ["USR1", "CHLD", "HUP"].iter().cycle() {
                if stops.load(Ordering::Relaxed) {
                    return;
                }
                support::signal(pid, name);
                sent.fetch_add(1, Ordering::Relaxed);
            }
        });
        // The flood ends with the test, however that is.
        let _stop = Stop(&stops);
        while sent.load(Ordering::Relaxed) < FLOOD {
            program.send("service.start\tends");
            wait_for(&mut program, "service.state\tends\tdown\t");
        }
        for (name, count) in ["USR2", "INT", "TERM", "QUIT"].iter().flat_map(|name| [(name, 1), (name, 2)]) {
            support::signal(pid, name);
            let end = format!("\t{count}");
            while !wait_for(&mut program, &format!("signal\tSIG{name}\t")).ends_with(&end) {}
        }
    });
    let steady = program.ask(&["statedump"]);
    assert!(steady.iter().any(|line| line.starts_with("service.state\tsteady\tup\t")), "{steady:#?}");
    let grown = kib(program.pid(), "RssAnon:").saturating_sub(before);
    assert!(grown < 1024, "the memory has grown by {grown} KiB");
}

/// Returns the next event that begins so.
fn wait_for(program: &mut Program, beginning: &str) -> String {
    loop {
        match program.next() {
            Some(line) if line.starts_with(beginning) => return line,
            Some(_) => {}
            None => panic!("no {beginning:?}"),
        }
    }
}

/// Returns a figure of a process, in KiB.
fn kib(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sets a flag when it is dropped.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
