//! What the manual shows as use cases, as configs.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{Client, Program, until};

/// Starts the program with a config and a control socket.
fn start(config: &str) -> Program {
    let mut program = Program::prepare();
    program.write("conf", config);
    program.start(&["-c", "conf", "-S", "c.sock"].map(str::to_owned));
    program
}

#[test]
fn a_service_is_kept_up_and_can_be_taken_down() {
    let program = start(
        "service.args\tweb\tsleep\t30\n\
         service.fds\tweb\tnull\tstdout\tstdout\n\
         service.auto_up\tweb\t1\talways\n",
    );
    let mut client = program.connect("c.sock");
    client.send("statedump");
    let up = |line: &str| line.starts_with("service.state\tweb\tup\t");
    until("it is up", || client.next().is_some_and(|line| up(&line)));
    client.send("service.signal\tweb\tTERM");
    until("it is up again", || client.next().is_some_and(|line| up(&line)));
    client.send("service.auto_up\tweb\t-");
    client.send("service.signal\tweb\tSIGKILL");
    until("it is down", || client.next().is_some_and(|line| line.contains("\tsignal\tSIGKILL\t")));
    client.send("service.delete\tweb");
    client.expect("service.state\tweb\tdeleted\t-\t-\t-\t-\t-\t-");
}

#[test]
fn a_logger_gets_what_a_service_writes() {
    let program = start(
        "fd.pipe\tlog.r\tlog.w\n\
         service.args\tlogger\tsh\t-c\tcat > messages\n\
         service.fds\tlogger\tlog.r\tstderr\tstderr\n\
         service.auto_up\tlogger\t2\talways\n\
         service.args\tjob\tsh\t-c\techo out; echo err >&2; sleep 30\n\
         service.fds\tjob\tnull\tlog.w\tlog.w\n\
         service.auto_up\tjob\t2\talways\n",
    );
    program.expect_file("messages", "out\nerr\n");
    let mut client = program.connect("c.sock");
    client.send("service.auto_up\tjob\t-");
    client.send("service.signal\tjob\tKILL");
    until("it is down", || client.next().is_some_and(|line| line.contains("\tsignal\tSIGKILL\t")));
}

#[test]
fn a_signal_starts_a_service_until_it_is_cleared() {
    let program = start(
        "service.args\ttidy\tsh\t-c\techo tidy >> ran\n\
         service.auto_up\ttidy\t1\tSIGUSR1\n",
    );
    let mut client = program.connect("c.sock");
    until("the config was run", || dump(&mut client).iter().any(|line| line.ends_with("\tSIGUSR1")));
    program.signal("USR1");
    // It is pending, so the service is started again.
    program.expect_file("ran", "tidy\n");
    program.expect_file("ran", "tidy\ntidy\n");
    client.send("signal.clear\tUSR1\t1");
    client.send("service.start\ttidy\t-");
    let signals = dump(&mut client).iter().filter(|line| line.starts_with("signal\t")).count();
    assert_eq!(signals, 1, "only when it arrived");
}

/// Asks for the state; returns what has come since the last time.
fn dump(client: &mut Client) -> Vec<String> {
    client.send("statedump");
    client.send("echo\tend");
    std::iter::from_fn(|| client.next()).take_while(|line| line != "end").collect()
}
