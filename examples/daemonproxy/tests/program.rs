//! The program as a whole: options, exit codes, ends, pools, its start in the background and as process 1.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::process::{Command, Output};

use support::{Client, Program, until};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_daemonproxy")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn bad_options_are_reported_and_end_the_program() {
    for (arguments, text) in [
        (&[][..], "require -i or -c or -S"),
        (&["-x"], "Unknown option -x  (see --help)"),
        (&["--name"], "Unknown option --name  (see --help)"),
        (&["-c"], "Missing argument for -c"),
        (&["--config"], "Missing argument for --config"),
        (&["x"], "Unexpected argument \"x\""),
        (&["-c", "/no/such"], "Cannot stat configfile \"/no/such\""),
        (&["--exit-guard", "x", "-i"], "Terminate guard must be an integer"),
        (&["--fd-pool", "x", "-i"], "Expected 'N' or 'NxM', not \"x\""),
    ] {
        assert_eq!(run(arguments), (2, String::new(), format!("fatal: {text}\n")), "{arguments:?}");
    }
    let long = "x".repeat(256);
    let text = "fatal: exec-on-exit arguments exceed buffer size\n".to_owned();
    assert_eq!(run(&["--exit-exec", &long]), (2, String::new(), text));
}

#[test]
fn help_and_version_are_printed() {
    let (code, help, _) = run(&["--help"]);
    assert!(code == 1 && help.starts_with("daemonproxy version 0."), "{help}");
    assert_eq!(help.lines().nth(1), Some("options:"));
    let (code, version, _) = run(&["-v", "--version", "--none"]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = version.lines().collect();
    assert!(lines[0].starts_with("daemonproxy version 0.1.0"), "{version}");
    assert!(lines[1].starts_with(" build timestamp: ") && lines[2].starts_with(" git HEAD: "), "{version}");
    assert!(lines[3].starts_with("Copyright (C) ") && version.contains("LICENSE"), "{version}");
}

#[test]
fn an_exec_on_exit_covers_what_is_to_its_right() {
    let exec = "sh\t-c\techo \"$DAEMONPROXY_EXITCODE:$DAEMONPROXY_ERROR\"; exit 8";
    let (code, output, log) = run(&["-E", exec, "-x"]);
    assert_eq!((code, output.as_str()), (8, "2:Unknown option -x  (see --help)\n"));
    assert_eq!(log, "warning: daemonproxy exec_on_exit to 'sh'\n");
    let (code, output, _) = run(&["-E", exec, "--version"]);
    assert!(code == 8 && output.ends_with("LICENSE-APACHE.\n1:\n"), "{output}");
    let (code, output, _) = run(&["-x", "-E", exec]);
    assert_eq!((code, output.as_str()), (2, ""));
    let (code, _, log) = run(&["-E", "./none", "-x"]);
    let text = "warning: daemonproxy exec_on_exit to './none'\n\
                error: Unable to exec \"./none\": No such file or directory\n\
                fatal: Unknown option -x  (see --help)\n";
    assert_eq!((code, log.as_str()), (2, text));
}

#[test]
fn a_guard_lets_faults_pass() {
    let mut program = Program::run(&["--exit-guard", "5", "-x", "-i"]);
    program.expect_error("fatal: (attempting to continue) Unknown option -x  (see --help)");
    program.send("echo\tfine");
    program.expect("fine");
    program.signal("SEGV");
    program.expect_error("fatal: (attempting to continue) Received signal SIGSEGV (11)");
    program.send("terminate\t3\t5");
    program.expect("error\tcannot exit, and exec-on-exit is not configured, for command \"terminate\t3\t5\"");
    program.send("terminate\t3");
    program.expect("error\tterminate guard code required, for command \"terminate\t3\"");
    program.send("terminate.exec_args\tsh\t-c\texit $DAEMONPROXY_EXITCODE");
    program.send("terminate\t3\t5");
    assert_eq!(program.wait(), 3);
}

#[test]
fn a_guard_outlives_the_interactive_session() {
    let mut program = Program::run(&["--exit-guard", "5", "-i", "-S", "c.sock"]);
    program.end_input();
    program.expect_error("warning: interactive session ended, but not exiting due to terminate-guard");
    let mut client = program.connect("c.sock");
    client.send("terminate.guard\t-\t6");
    client.expect("error\tincorrect guard code, for command \"terminate.guard\t-\t6\"");
    client.send("terminate.guard\t-\t5");
    client.send("terminate\t300");
    assert_eq!(program.wait(), 44);
}

#[test]
fn fatal_signals_run_the_program_that_comes_next() {
    for (name, number) in [("SEGV", 11), ("ABRT", 6), ("ILL", 4), ("BUS", 7), ("TRAP", 5)] {
        let mut program = Program::run(&["-i"]);
        program
            .ask(&["terminate.exec_args\tsh\t-c\techo \"$DAEMONPROXY_EXITCODE:$DAEMONPROXY_ERROR\"; exit 9"]);
        program.signal(name);
        program.expect(&format!("4:Received signal SIG{name} ({number})"));
        assert_eq!(program.wait(), 9);
    }
}

#[test]
fn the_end_reports_services_and_leaves_them_running() {
    let mut program = Program::run(&["-i"]);
    let seen = program.ask(&["service.args\ts\tsleep\t30", "service.start\ts"]);
    assert_eq!(seen.len(), 2, "{seen:?}");
    let up = program.expect("service.state\ts\tup\t#\t#\t-\t-\t0\t-");
    let pid = up.split('\t').nth(4).unwrap().to_owned();
    program.end_input();
    program.expect_error("info: interactive session ended");
    program.expect_error("info: daemonproxy exiting");
    program.expect_error(&format!("warning: service 's' running as pid {pid}"));
    assert_eq!(program.wait(), 0);
    let pid = nix::unistd::Pid::from_raw(pid.parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[test]
fn the_background_has_its_own_session_and_lets_the_starter_go() {
    let directory = tempfile::tempdir().unwrap();
    let conf = "fd.open\tlog\twrite,create\tlog.txt\nlog.dest\tfd\tlog\nnonsense\nsocket.create\t\tc.sock\n";
    fs::write(directory.path().join("conf"), conf).unwrap();
    // This waits for the end of both pipes.
    let output = Command::new(env!("CARGO_BIN_EXE_daemonproxy"))
        .args(["-D", "-c", "conf"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let pid = nix::unistd::Pid::from_raw(text.parse().unwrap());
    assert_eq!(nix::unistd::getsid(Some(pid)), Ok(pid));
    assert_eq!(nix::unistd::getpgid(Some(pid)), Ok(pid));
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
    assert_eq!(name, "daemonproxy\n");
    for number in 0..3 {
        let link = fs::read_link(format!("/proc/{pid}/fd/{number}")).unwrap();
        assert_eq!(link.to_str(), Some("/dev/null"), "{number}");
    }
    let mut client = Client::connect(directory.path().join("c.sock"));
    for count in 1..4 {
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGHUP).unwrap();
        client.expect(&format!("signal\tSIGHUP\t#\t{count}"));
    }
    client.send("service.args\tt\ttrue");
    client.expect("service.args\tt\ttrue");
    client.send("service.start\tt");
    client.expect("service.state\tt\tstart\t#\t-\t-\t-\t-\t-");
    client.expect("service.state\tt\tup\t#\t#\t-\t-\t0\t-");
    client.expect("service.state\tt\tdown\t#\t#\texit\t0\t0\t0");
    let log = fs::read_to_string(directory.path().join("log.txt")).unwrap();
    assert_eq!(log, "error: controller[0] sent unknown command nonsense\n");
    client.send("terminate\t0");
    while client.next().is_some() {}
}

#[test]
fn a_control_socket_replaces_only_sockets() {
    let mut program = Program::run(&["-i"]);
    program.write("file", "precious");
    program.send("socket.create\t\tfile");
    program.expect("error\tFailed to create control socket, for command \"socket.create\t\tfile\"");
    program.expect_file("file", "precious");
    drop(UnixListener::bind(program.path("old.sock")).unwrap());
    assert_eq!(program.ask(&["socket.create\t-\told.sock"]), Vec::<String>::new());
    let facts = fs::metadata(program.path("old.sock")).unwrap();
    assert!(facts.file_type().is_socket() && facts.permissions().mode() & 0o777 == 0o700);
    program.connect("old.sock");
    assert_eq!(program.ask(&["socket.create\t\tnew.sock"]), Vec::<String>::new());
    assert!(!program.path("old.sock").exists() && program.path("new.sock").exists());
    assert_eq!(program.ask(&["socket.delete", "socket.delete"]), Vec::<String>::new());
    program.expect_error("info: Unlinked control socket new.sock");
    assert!(!program.path("new.sock").exists());
}

#[test]
fn a_config_without_a_last_newline_is_run_to_its_end() {
    let mut program = Program::prepare();
    let tags: String = (0..20).map(|count| format!("service.tags\ts{count}\tx\n")).collect();
    program.write("conf", &format!("{tags}terminate\t9"));
    program.start(&["-vv".to_owned(), "-c".to_owned(), "conf".to_owned()]);
    assert_eq!(program.wait(), 9);
    let mut log = String::new();
    while let Some(line) = program.next_error() {
        log.push_str(&line);
    }
    assert!(log.contains("debug: ") && log.contains("service.tags\ts19\tx"), "{log}");
}

#[test]
fn a_config_may_come_from_standard_input() {
    let mut program = Program::prepare();
    program.start(&["-c".to_owned(), "-".to_owned()]);
    program.send("service.args\ts\tsh\t-c\techo hi");
    program.send("service.fds\ts\tnull\tstdout");
    program.send("service.start\ts");
    program.expect("hi");
    program.send("terminate\t4");
    assert_eq!(program.wait(), 4);
}

#[test]
fn pools_take_long_lists_or_refuse_them() {
    let mut program = Program::run(&["-i", "--service-pool", "2x200", "--fd-pool", "20x32"]);
    let long = format!("service.tags\ta\t{}", "t".repeat(194));
    assert_eq!(program.ask(&[&long]), std::slice::from_ref(&long));
    let error = format!(
        "error\tunable to set argv, for command \"{}...\"",
        &"service.args\ta\tsh\t-c\texit 3xxxxx"[..30]
    );
    assert_eq!(program.ask(&["service.args\ta\tsh\t-c\texit 3xxxxx"]), [error]);
    let many = format!("service.args\tb\t{}", vec!["x"; 90].join("\t"));
    assert_eq!(program.ask(&[&many]), std::slice::from_ref(&many));
    let refused = program.ask(&["service.args\tc\tx"]);
    assert_eq!(refused, ["error\tUnable to allocate new service, for command \"service.args\tc\tx\""]);
    program.ask(&["service.delete\tb"]);
    assert_eq!(program.ask(&["service.args\tc\tx"]), ["service.args\tc\tx"]);
}

#[test]
fn pool_sizes_outside_the_limits_are_moved() {
    let mut program = Program::run(&["-i", "--fd-pool", "1x5k"]);
    program.expect_error("warning: At least 7 fd objects required; using minimum");
    program.expect_error("warning: fd obj size limited to maximum of 4096");
}

#[test]
fn services_get_many_arguments_and_many_handles() {
    let mut program = Program::run(&["-i"]);
    let arguments = vec!["a"; 300].join("\t");
    let fds = vec!["null"; 150].join("\t");
    program
        .ask(&[&format!("service.args\tm\tsh\t-c\ttest $# = 300 -a -e /proc/self/fd/149\tsh\t{arguments}")]);
    program.ask(&[&format!("service.fds\tm\t{fds}")]);
    program.send("service.start\tm");
    program.expect("service.state\tm\tstart\t#\t-\t-\t-\t-\t-");
    program.expect("service.state\tm\tup\t#\t#\t-\t-\t0\t-");
    program.expect("service.state\tm\tdown\t#\t#\texit\t0\t#\t0");
}

#[test]
fn process_1_is_guarded_reaps_strangers_and_ends_with_its_code() {
    let mut program = Program::prepare();
    let own = env!("CARGO_BIN_EXE_daemonproxy").to_owned();
    let unshare = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"].map(str::to_owned);
    let tried = Command::new("unshare").args(&unshare).arg("true").status();
    if !tried.is_ok_and(|status| status.success()) {
        return;
    }
    let arguments: Vec<String> = unshare.into_iter().chain([own, "-i".to_owned(), "-D".to_owned()]).collect();
    program.start_binary("unshare", &arguments);
    program.expect_error("warning: Ignoring --daemonize, with --interactive or as process 1");
    program.send("terminate\t1\t1");
    program.expect("error\tcannot exit, and exec-on-exit is not configured, for command \"terminate\t1\t1\"");
    // The shell leaves an orphan, which ends later.
    program.ask(&["service.args\to\tsh\t-c\tsleep 0.1 & exit 0"]);
    program.send("service.start\to");
    while !program.next().unwrap().contains("\tdown\t") {}
    let zombies = || {
        let mut count = 0;
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let status = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            count += usize::from(status.contains(") Z ") && status.contains("(sleep)"));
        }
        count
    };
    until("the orphan is reaped", || zombies() == 0);
    program.ask(&["terminate.guard\t-\t1"]);
    program.send("terminate\t6");
    assert_eq!(program.wait(), 6);
}

/// What the program with the reporting allocator says.
const ALLOCATION: &str = "an allocation after the start";

#[test]
fn with_both_pools_nothing_is_allocated_after_the_start() {
    let mut program = Program::prepare();
    let arguments =
        ["-i", "-S", "c.sock", "--fd-pool", "40", "--service-pool", "20x600", "-vv"].map(str::to_owned);
    program.start_binary(env!("CARGO_BIN_EXE_daemonproxy-counted"), &arguments);
    program.ask(&["fd.open\tlog\twrite,create\tlog.txt", "log.dest\tfd\tlog"]);
    for round in 0..4 {
        let mut client = program.connect("c.sock");
        client.send("echo\thi");
        client.expect("hi");
        for service in 0..20 {
            program.ask(&[
                &format!("service.args\ts{service}\tsh\t-c\texit {service}"),
                &format!("service.tags\ts{service}\t{}", "t".repeat(100 * round)),
                &format!("service.fds\ts{service}\tnull\tr\tw\tabsent\t-"),
                &format!("service.auto_up\ts{service}\t1\tHUP"),
            ]);
        }
        program.ask(&["fd.pipe\tr\tw\tnonblock", "fd.open\tf\tread,mkdir\ta/b", "nonsense", "#", "chdir\t."]);
        program.ask(&["fd.socket\ts\tlisten\ts.sock", "fd.socket\ts\tudp\t127.0.0.1", "fd.delete\ts"]);
        program.ask(&["service.args\ts0\t./none", "service.fds\ts1\tcontrol.event\tcontrol.cmd"]);
        program.ask(&[
            "statedump",
            "terminate.exec_args\ta\tb",
            "terminate.exec_args",
            "service.start\ts7\t-",
        ]);
        program.ask(&["socket.create\t\tother.sock", "socket.create\t\tc.sock", "log.filter\t-"]);
        let (reader, _writer) = nix::unistd::pipe().unwrap();
        support::pass(client.stream(), b"fd.take\tt\n", &[std::os::fd::AsRawFd::as_raw_fd(&reader)]);
        drop(client);
        program.signal("HUP");
        let mut down = 0;
        while down < 20 {
            down += usize::from(program.next().unwrap().contains("\tdown\t"));
        }
        program.ask(&["signal.clear\tHUP\t9", "service.delete\ts19", "fd.delete\tt", "fd.delete\tr"]);
    }
    program.send("terminate\t0");
    assert_eq!(program.wait(), 0);
    let reports = std::iter::from_fn(|| program.next_error()).filter(|line| line == ALLOCATION).count();
    assert_eq!(reports, 0);
}

#[test]
fn without_pools_memory_is_allocated_as_it_is_needed() {
    let mut program = Program::prepare();
    program.start_binary(env!("CARGO_BIN_EXE_daemonproxy-counted"), &["-i".to_owned()]);
    program.ask(&["service.args\ts\tsh"]);
    program.expect_error(ALLOCATION);
}
