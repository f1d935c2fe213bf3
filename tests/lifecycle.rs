//! Starting, detaching, holding the pid file and the sockets, stopping; and that nothing is left behind.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;

use harness::{Client, Daemon, Detached, Endpoint, Fifo, Finished, Home, Process, run, until};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::signal::Signal;
use serde_json::json;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const COUNTED: &str = env!("CARGO_BIN_EXE_counted");

#[test]
fn a_foreground_daemon_serves_until_it_is_told_to_stop() {
    let daemon = Daemon::start(ECHO, &[]);
    assert_eq!(daemon.client().ask("my.echo", json!({"message": "hello"})), "hello");
    assert_eq!(daemon.home().pid(), Some(daemon.process().pid()));
    assert_eq!(daemon.process().threads(), 1);
    daemon.finish();
}

#[test]
fn the_launcher_returns_when_the_daemon_answers() {
    let home = Home::new(ECHO);
    let daemon = Detached::start(&home, &[""; 0]);
    assert_eq!(daemon.client().ask("my.echo", json!(["hello"])), "hello");
    daemon.finish();
}

#[test]
fn a_detached_daemon_has_left_everything_behind() {
    let home = Home::new(KITCHEN);
    // It even resets the signals that its launcher ignores.
    let launcher = run(home.command_after("trap '' TERM INT HUP USR1 CHLD; umask 077", &["-d"]));
    assert_eq!(launcher.code, Some(0), "{launcher:#?}");
    let daemon = Detached::find(&home);
    let process = daemon.process();
    assert_ne!(process.session(), process.pid(), "it leads its session, and could get a terminal back");
    assert_ne!(process.status("PPid"), std::process::id().to_string());
    assert_eq!(fs::read_link(format!("/proc/{}/cwd", process.pid())).unwrap(), Path::new("/"));
    assert_eq!([0, 1, 2].map(|number| process.descriptor(number)), ["/dev/null"; 3]);
    assert_eq!(process.status("Umask"), "0027");
    assert_eq!(signals(&process.status("SigBlk")), 0);
    // Only SIGPIPE, as in every Rust program, and SIGXFSZ, so that writing to a file at its size limit is an error.
    assert_eq!(signals(&process.status("SigIgn")), 1 << 12 | 1 << 24);
    assert_eq!(process.threads(), 1);
    daemon.finish();
}

#[test]
fn a_detached_daemon_keeps_no_descriptor_of_its_launcher() {
    let home = Home::new(KITCHEN);
    let secret = tempfile::NamedTempFile::new().unwrap();
    let path = secret.path().display();
    let launcher = run(home.command_after(&format!("exec 3<{path} 7<{path}"), &["-d"]));
    assert_eq!(launcher.code, Some(0), "{launcher:#?}");
    let daemon = Detached::find(&home);
    let keeps = |kind: &str| daemon.process().descriptors().iter().any(|link| link.starts_with(kind));
    assert!(!keeps(&path.to_string()), "what was inherited is closed before the launcher returns");
    // The launcher returns when it has read the report; the daemon closes the pipe after that.
    let mut client = daemon.client();
    until("the pipe to the launcher is closed", || {
        client.ask("kitchen.nothing", json!([]));
        !keeps("pipe:")
    });
    drop(client);
    daemon.finish();
}

#[test]
fn a_start_that_fails_says_why_and_leaves_nothing() {
    for mode in ["-f", "-d"] {
        for (flag, words) in [("--fail-setup", "there are no eggs"), ("--panic-setup", "the stove exploded")]
        {
            let home = Home::new(KITCHEN);
            let start = home.run(&[mode, flag, words]);
            assert_eq!(start.code, Some(1), "{mode} {flag}: {start:#?}");
            assert!(start.stderr.contains(words), "{mode} {flag}: {start:#?}");
            home.assert_empty();
        }
    }
}

#[test]
fn a_second_start_reports_the_holder_and_changes_nothing() {
    let first = Daemon::start(KITCHEN, &[]);
    let home = first.home().clone();
    let before = identities(&home);
    for args in [&["-f"][..], &["-d"], &["-f", "-s"], &["-d", "-s"]] {
        assert_refused(&home.run(args), &format!("held by pid {}", first.process().pid()));
    }
    // A start with another socket changes nothing either.
    let elsewhere = format!("unix:{}", home.path().join("other.sock").display());
    assert_refused(&home.run(&["-f", "--socket", &elsewhere]), "held by pid");
    assert_eq!(identities(&home), before);
    assert_eq!(first.client().ask("sum", json!([1, 2, 3])), 6);
    first.finish();
}

#[test]
fn a_second_start_that_fails_leaves_the_first_its_own_end() {
    let home = Home::new(KITCHEN);
    let first = Detached::start(&home, &[""; 0]);
    assert_eq!(home.run(&["-d"]).code, Some(1));
    assert_eq!(home.run(&["stop"]).code, Some(0));
    first.assert_gone();
}

#[test]
fn a_socket_of_a_live_daemon_with_another_pid_file_is_not_stolen() {
    let first = Daemon::start(KITCHEN, &[]);
    let home = first.home().clone();
    let other = home.path().join("other.pid");
    for args in [&["-f"][..], &["-f", "-s"], &["-d", "-s"]] {
        let mut command = home.command(args);
        command.arg("--pidfile").arg(&other);
        assert_refused(&run(command), "listens on it");
        assert!(!other.exists(), "the pid file of the start that failed is left");
    }
    assert_eq!(first.client().ask("sum", json!([1, 2, 3])), 6);
    first.finish();
}

#[test]
fn of_many_starts_at_once_one_wins() {
    for args in [&["-d"][..], &["-d", "-s"]] {
        let home = Home::new(KITCHEN);
        let starts: Vec<Finished> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| home.run(args))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let winners = starts.iter().filter(|start| start.code == Some(0)).count();
        assert_eq!(winners, 1, "{starts:#?}");
        let daemon = Detached::find(&home);
        assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
        daemon.finish();
    }
}

#[test]
fn files_of_a_killed_daemon_are_no_obstacle() {
    for args in [&[][..], &["-s"]] {
        let home = Home::new(KITCHEN);
        let killed = Daemon::start_at(&home, &[""; 0]);
        killed.signal(Signal::SIGKILL);
        assert_eq!(killed.ended().signal, Some(9));
        assert_eq!(home.files(), ["kitchen.pid", "kitchen.sock"]);
        let next = Daemon::start_at(&home, args);
        assert_eq!(home.pid(), Some(next.process().pid()));
        assert_eq!(next.client().ask("sum", json!([1, 2, 3])), 6);
        next.finish();
    }
}

#[test]
fn a_pid_file_with_the_number_of_somebody_else_is_no_obstacle() {
    let home = Home::new(KITCHEN);
    // This very process runs, but it holds no lock.
    fs::write(home.pid_file(), format!("{}\n", std::process::id())).unwrap();
    Daemon::start_at(&home, &[""; 0]).finish();
}

#[test]
fn an_empty_pid_file_is_no_obstacle() {
    let home = Home::new(KITCHEN);
    fs::write(home.pid_file(), "").unwrap();
    Daemon::start_at(&home, &[""; 0]).finish();
}

#[test]
fn asking_for_the_status_never_keeps_a_daemon_from_starting() {
    let home = Home::new(KITCHEN);
    for _ in 0..10 {
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        home.run(&["status"]);
                    }
                });
            }
            let started = std::panic::catch_unwind(|| Daemon::start_at(&home, &[""; 0]).terminate());
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            started.unwrap();
        });
    }
}

#[test]
fn a_file_that_is_no_pid_file_is_left_alone() {
    let home = Home::new(KITCHEN);
    fs::write(home.pid_file(), "the only copy of my thesis").unwrap();
    assert_refused(&home.run(&["-f"]), "kitchen.pid");
    assert_eq!(fs::read_to_string(home.pid_file()).unwrap(), "the only copy of my thesis");
    assert_eq!(home.files(), ["kitchen.pid"]);
}

#[test]
fn a_file_where_the_socket_should_be_is_left_alone() {
    for args in [&["-f"][..], &["-f", "-s"]] {
        let home = Home::new(KITCHEN);
        fs::write(home.socket(), "no socket").unwrap();
        assert_refused(&home.run(args), "kitchen.sock");
        assert_eq!(fs::read_to_string(home.socket()).unwrap(), "no socket");
        assert_eq!(home.files(), ["kitchen.sock"]);
    }
}

#[test]
fn a_socket_that_somebody_else_listens_on_is_not_stolen() {
    let home = Home::new(KITCHEN);
    let somebody = UnixListener::bind(home.socket()).unwrap();
    let before = fs::metadata(home.socket()).unwrap().ino();
    for args in [&["-f"][..], &["-f", "-s"], &["-d", "-s"]] {
        assert_refused(&home.run(args), "listens on it");
        assert_eq!(home.files(), ["kitchen.sock"]);
    }
    assert_eq!(fs::metadata(home.socket()).unwrap().ino(), before);
    drop(somebody);
}

#[test]
fn a_dead_socket_of_somebody_else_is_replaced() {
    let home = Home::new(KITCHEN);
    drop(UnixListener::bind(home.socket()).unwrap());
    Daemon::start_at(&home, &["-s"]).finish();
}

#[test]
fn a_pid_file_that_is_a_link_is_not_followed() {
    for args in [&["-f"][..], &["-f", "-s"], &["-d"]] {
        let home = Home::new(KITCHEN);
        let outside = tempfile::tempdir().unwrap();
        let (victim, dangling) = (outside.path().join("victim"), outside.path().join("new"));
        fs::write(&victim, "").unwrap();
        for target in [&victim, &dangling] {
            symlink(target, home.pid_file()).unwrap();
            assert_refused(&home.run(args), "kitchen.pid");
            assert_eq!(fs::read_link(home.pid_file()).unwrap(), *target);
            fs::remove_file(home.pid_file()).unwrap();
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "");
        assert!(!dangling.exists());
        home.assert_empty();
    }
}

#[test]
fn a_pid_file_with_a_second_name_is_not_written() {
    let home = Home::new(KITCHEN);
    let victim = home.path().join("victim");
    fs::write(&victim, "").unwrap();
    fs::hard_link(&victim, home.pid_file()).unwrap();
    assert_refused(&home.run(&["-f", "-s"]), "kitchen.pid");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "");
}

#[test]
fn a_socket_path_that_is_a_link_is_not_followed() {
    let home = Home::new(KITCHEN);
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("new.sock");
    symlink(&target, home.socket()).unwrap();
    assert_refused(&home.run(&["-f", "-s"]), "kitchen.sock");
    assert!(!target.exists());
    assert_eq!(home.files(), ["kitchen.sock"]);
}

#[test]
fn files_belong_to_the_owner_whatever_the_mask() {
    for mask in ["umask 000", "umask 077"] {
        let home = Home::new(KITCHEN);
        let daemon = Daemon::start_by(&home, home.command_after(mask, &["-f"]));
        let socket = fs::metadata(home.socket()).unwrap();
        assert!(socket.file_type().is_socket());
        assert_eq!(socket.permissions().mode() & 0o777, 0o600, "{mask}");
        let pid_file = fs::metadata(home.pid_file()).unwrap();
        assert_eq!(pid_file.permissions().mode() & 0o022, 0, "{mask}: others may write the pid file");
        daemon.finish();
    }
}

#[test]
fn a_daemon_has_the_settings_it_declares() {
    let home = Home::new(COUNTED);
    let daemon = Detached::start(&home, &[""; 0]);
    assert_eq!(fs::metadata(home.socket()).unwrap().permissions().mode() & 0o777, 0o660);
    assert_eq!(daemon.process().niceness(), 5);
    assert_eq!(daemon.process().status("Umask"), "0077");
    let mut client = daemon.client();
    client.send("[1,2,3]");
    assert!(client.line().contains("limit"), "the batch is longer than the declared limit");
    drop(client);
    daemon.finish();
}

#[test]
fn the_command_line_overrides_the_declared_settings() {
    let daemon = Daemon::start(COUNTED, &["--limit", "batch=3"]);
    let mut client = daemon.client();
    client.send("[1,2,3]");
    assert!(client.line().starts_with('['));
    drop(client);
    daemon.finish();
}

#[test]
fn several_sockets_are_served_at_once() {
    let home = Home::new(KITCHEN);
    let [one, two] =
        ["one.sock", "two.sock"].map(|name| format!("unix:{}", home.path().join(name).display()));
    let args =
        ["--socket", &one, "--socket", &two, "--socket", "tcp://127.0.0.1:0", "--socket", "tcp://[::1]:0"];
    let daemon = Daemon::start_at(&home, &args);
    assert_eq!(daemon.endpoints().len(), 4, "{:?}", daemon.endpoints());
    for endpoint in daemon.endpoints() {
        assert_eq!(Client::connect(endpoint).ask("sum", json!([1, 2, 3])), 6, "{endpoint:?}");
    }
    let sockets = daemon.client().ask("daemon.status", json!([]))["sockets"].clone();
    assert_eq!(sockets.as_array().unwrap().len(), 4, "{sockets}");
    assert_eq!(home.files(), ["kitchen.pid", "one.sock", "two.sock"]);
    daemon.finish();
}

#[test]
fn when_one_of_several_sockets_cannot_be_bound_none_is_left() {
    let home = Home::new(KITCHEN);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let good = format!("unix:{}", home.path().join("good.sock").display());
    let bad = format!("tcp://{}", taken.local_addr().unwrap());
    assert_refused(&home.run(&["-d", "--socket", &good, "--socket", &bad]), &bad);
    home.assert_empty();
}

#[test]
fn a_socket_that_strangers_can_reach_is_refused() {
    for socket in ["tcp://0.0.0.0:0", "tcp://[::]:0"] {
        let home = Home::new(KITCHEN);
        let start = home.run(&["-f", "--socket", socket]);
        assert!(matches!(start.code, Some(1 | 2)), "{start:#?}");
        assert!(start.stderr.contains("loopback") && !start.stderr.contains("ready on"), "{start:#?}");
        home.assert_empty();
    }
}

#[test]
fn a_missing_directory_is_reported() {
    let home = Home::new(KITCHEN);
    assert_refused(&home.run(&["-f", "--socket", "unix:/nonexistent/here/k.sock"]), "/nonexistent/here");
    assert_refused(&home.run(&["-d", "--pidfile", "/nonexistent/here/k.pid"]), "/nonexistent/here");
    home.assert_empty();
}

#[test]
fn a_socket_path_that_is_too_long_is_reported() {
    let home = Home::new(KITCHEN);
    let long = format!("unix:{}/{}.sock", home.path().display(), "x".repeat(120));
    assert_refused(&home.run(&["-f", "--socket", &long]), "cannot listen on");
    home.assert_empty();
}

#[test]
fn setup_comes_first_and_teardown_last() {
    let outside = tempfile::tempdir().unwrap();
    let farewell = outside.path().join("farewell");
    let daemon = Daemon::start(KITCHEN, &["--farewell", farewell.to_str().unwrap()]);
    let heard = daemon.client().ask("kitchen.heard", json!([]));
    assert_eq!(heard.as_array().unwrap()[..2], [json!("setup"), json!("start")]);
    assert!(!farewell.exists());
    daemon.finish();
    assert_eq!(fs::read_to_string(farewell).unwrap(), "teardown\n");
}

#[test]
fn a_teardown_that_fails_is_reported_and_leaves_nothing() {
    let daemon = Daemon::start(KITCHEN, &["--fail-teardown", "the tap drips"]);
    let home = daemon.home().clone();
    daemon.signal(Signal::SIGTERM);
    let ended = daemon.ended();
    assert!(ended.log.contains("teardown failed: the tap drips"), "{ended:#?}");
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    home.assert_empty();
}

#[test]
fn stop_returns_when_the_daemon_is_gone() {
    let home = Home::new(KITCHEN);
    for _ in 0..5 {
        let daemon = Detached::start(&home, &[""; 0]);
        let stop = home.run(&["stop"]);
        assert_eq!(stop.code, Some(0), "{stop:#?}");
        daemon.assert_gone();
    }
}

#[test]
fn stop_succeeds_when_nothing_runs() {
    let home = Home::new(KITCHEN);
    assert_eq!(home.run(&["stop"]).code, Some(0));
    fs::write(home.pid_file(), format!("{}\n", std::process::id())).unwrap();
    assert_eq!(home.run(&["stop"]).code, Some(0), "it stopped whoever has the number of a dead daemon");
}

#[test]
fn restart_replaces_the_process_and_keeps_its_arguments() {
    let home = Home::new(KITCHEN);
    let first = Detached::start(&home, &["--prefix", "oh "]);
    let before = first.process().pid();
    let restart = home.run(&["restart"]);
    assert_eq!(restart.code, Some(0), "{restart:#?}");
    assert!(!first.process().is_running());
    let second = Detached::find(&home);
    assert_ne!(second.process().pid(), before);
    assert_eq!(second.client().ask("kitchen.greet", json!(["Ann"])), "oh hello Ann");
    second.finish();
}

#[test]
fn reload_is_an_event() {
    let daemon = Daemon::start(KITCHEN, &[]);
    assert_eq!(daemon.home().run(&["reload"]).code, Some(0));
    let mut client = daemon.client();
    until("the reload by command", || heard(&mut client, "reload") == 1);
    client.ask("daemon.reload", json!([]));
    until("the reload by a call", || heard(&mut client, "reload") == 2);
    client.ask("kitchen.refresh", json!([]));
    until("the reload by a handler", || heard(&mut client, "reload") == 3);
    daemon.signal(Signal::SIGHUP);
    until("the reload by a signal", || heard(&mut client, "reload") == 4);
    drop(client);
    daemon.finish();
}

#[test]
fn reload_fails_when_nothing_runs() {
    let home = Home::new(KITCHEN);
    let reload = home.run(&["reload"]);
    assert_eq!(reload.code, Some(7), "{reload:#?}");
    assert!(reload.stderr.contains("cannot reach the daemon on "), "{reload:#?}");
}

#[test]
fn status_has_the_exit_codes_of_the_lsb() {
    let home = Home::new(KITCHEN);
    assert_eq!(home.run(&["status"]).code, Some(3), "not running");
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let running = home.run(&["status"]);
    assert_eq!(running.code, Some(0));
    assert!(running.stdout.contains(&daemon.process().pid().to_string()), "{running:#?}");
    daemon.signal(Signal::SIGKILL);
    daemon.ended();
    assert_eq!(home.run(&["status"]).code, Some(1), "dead, and the pid file exists");
    // A process holds the file, but the file does not name it.
    fs::write(home.pid_file(), "").unwrap();
    let file = fs::File::options().write(true).open(home.pid_file()).unwrap();
    lock(&file);
    assert_eq!(home.run(&["status"]).code, Some(4), "unknown");
}

#[test]
fn a_call_of_shutdown_is_answered_before_the_daemon_ends() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("daemon.shutdown", json!([])), true);
    assert_eq!(client.rest(), [""; 0]);
    daemon.ends_well();
}

#[test]
fn a_handler_can_stop_the_daemon() {
    let daemon = Daemon::start(KITCHEN, &[]);
    assert_eq!(daemon.client().ask("kitchen.close", json!([])), true);
    daemon.ends_well();
}

#[test]
fn a_handler_can_hang_up_on_its_caller() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.goodbye", json!([])), "goodbye");
    assert_eq!(client.rest(), [""; 0]);
    daemon.finish();
}

#[test]
fn a_socket_file_that_was_replaced_is_not_removed() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let home = daemon.home().clone();
    fs::remove_file(home.socket()).unwrap();
    let _somebody = UnixListener::bind(home.socket()).unwrap();
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.ended().code, Some(0));
    assert_eq!(home.files(), ["kitchen.sock"]);
}

#[test]
fn a_start_is_given_up_when_its_launcher_has_ended() {
    let home = Home::new(KITCHEN);
    let fifo = Fifo::new();
    let mut command = home.command(&["-d", "--hold-setup"]);
    let mut launcher = command.arg(fifo.path()).stderr(Stdio::null()).spawn().unwrap();
    let held = fifo.hold();
    let daemon = Process::open(home.pid().unwrap()).unwrap();
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    held.release();
    daemon.wait();
    home.assert_empty();
}

#[test]
fn connecting_and_hanging_up_are_events() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    let before = (heard(&mut client, "connect true"), heard(&mut client, "hang up true"));
    drop(daemon.client());
    until("the other client's coming and going", || {
        (heard(&mut client, "connect true"), heard(&mut client, "hang up true"))
            == (before.0 + 1, before.1 + 1)
    });
    drop(client);
    daemon.finish();
}

#[test]
fn a_task_that_was_scheduled_at_run_time_runs_again_and_again() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    client.ask("kitchen.tick", json!([5]));
    until("the task has run three times", || client.ask("kitchen.ticks", json!([])).as_u64() >= Some(3));
    drop(client);
    daemon.finish();
}

#[test]
fn the_runtime_directory_is_where_the_socket_says() {
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    assert_eq!(daemon.endpoints(), [Endpoint::Unix(home.socket())]);
    daemon.finish();
}

/// Takes the lock of a pid file, as a daemon does.
fn lock(file: &fs::File) {
    let whole = libc::flock { l_type: libc::F_WRLCK as i16, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 };
    fcntl(file, FcntlArg::F_OFD_SETLK(&whole)).unwrap();
}

/// Returns the signals of a mask, without 32 and up: some of those belong to the C library and cannot be reset.
fn signals(mask: &str) -> u64 {
    u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff
}

/// Returns how often the kitchen has heard something.
fn heard(client: &mut Client, what: &str) -> usize {
    let heard = client.ask("kitchen.heard", json!([]));
    heard.as_array().unwrap().iter().filter(|heard| **heard == what).count()
}

/// Returns what identifies every file of a home, and the pid in the pid file.
fn identities(home: &Home) -> (Vec<(String, u64, i64)>, Option<i32>) {
    let identity = |name: String| {
        let metadata = fs::metadata(home.path().join(&name)).unwrap();
        (name, metadata.ino(), metadata.ctime_nsec())
    };
    (home.files().into_iter().map(identity).collect(), home.pid())
}

#[track_caller]
fn assert_refused(start: &Finished, why: &str) {
    assert_eq!(start.code, Some(1), "{start:#?}");
    assert!(start.stderr.contains(why), "expected `{why}`: {start:#?}");
    assert_eq!(start.stdout, "");
}

#[test]
fn a_daemon_that_fails_stops_in_order_and_says_why() {
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.give_up", json!(["out of flour"])), true, "what was accepted is answered");
    drop(client);
    let ended = daemon.ended();
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.log.contains("kitchen: out of flour") && ended.log.contains("the kitchen closes"),
        "{ended:#?}"
    );
    home.assert_empty();
}

#[test]
fn a_detached_daemon_leaves_the_reason_of_its_end() {
    let home = Home::new(KITCHEN);
    for reason in ["out of flour", "out of\nsugar"] {
        // The files of the previous daemon are no obstacle.
        let daemon = Detached::start(&home, &[""; 0]);
        let mut client = daemon.client();
        client.ask("kitchen.give_up", json!([reason]));
        daemon.process().wait();
        let status = home.run(&["status"]);
        assert_eq!(status.code, Some(1), "{status:#?}");
        assert!(status.stdout.contains("kitchen is dead"), "{status:#?}");
        assert!(status.stdout.contains(&reason.replace('\n', " ")), "{status:#?}");
        assert_eq!(home.files(), ["kitchen.pid"]);
        assert_eq!(home.run(&["stop"]).code, Some(0), "it does not run");
    }
    let daemon = Detached::start(&home, &[""; 0]);
    daemon.finish();
    assert_eq!(home.run(&["status"]).code, Some(3), "a stop leaves nothing");
}

#[test]
fn a_reload_reports_which_listener_has_failed() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("daemon.reload", json!([])), true);
    client.ask("kitchen.resist", json!(["the oven is hot"]));
    let fault = client.fault("daemon.reload", json!([]));
    assert_eq!((&fault["code"], &fault["message"]), (&json!(-32500), &json!("Reload failed")));
    let reason = fault["data"]["reason"].as_str().unwrap();
    assert_eq!(reason, "`reloaded` failed: the oven is hot");
    let reload = daemon.home().run(&["reload"]);
    assert!(reload.code == Some(1) && reload.stderr.contains(reason), "{reload:#?}");
    client.ask("kitchen.resist", json!([]));
    assert_eq!(daemon.home().run(&["reload"]).code, Some(0));
    drop(client);
    daemon.finish();
}

#[test]
fn a_daemon_whose_pid_file_was_removed_is_still_found_by_its_socket() {
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    fs::remove_file(home.pid_file()).unwrap();
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(0), "{status:#?}");
    assert!(status.stdout.contains("runs without its pid file"), "{status:#?}");
    let stop = home.run(&["stop"]);
    assert!(stop.code == Some(0) && stop.stdout.is_empty(), "{stop:#?}");
    daemon.ends_well();
}

#[test]
fn a_lock_on_the_directory_of_a_socket_keeps_nobody_from_starting() {
    use nix::fcntl::{Flock, FlockArg};
    let home = Home::new(KITCHEN);
    let directory = fs::File::open(home.path()).unwrap();
    let _held = Flock::lock(directory, FlockArg::LockExclusive).unwrap();
    // A file where a start would lock is no obstacle either.
    let mut beside = home.socket().into_os_string();
    beside.push(".lock");
    fs::create_dir(&beside).unwrap();
    let daemon = Daemon::start_at(&home, &[""; 0]);
    fs::remove_dir(&beside).unwrap();
    daemon.finish();
}

#[test]
fn a_daemon_that_gives_up_before_it_is_ready_or_at_its_end_has_failed() {
    let home = Home::new(KITCHEN);
    for place in ["setup", "start"] {
        for way in ["-f", "-d"] {
            let start = home.run(&[way, "--give-up-in", place]);
            assert_eq!(start.code, Some(1), "{way} {place}: {start:#?}");
            assert!(start.stderr.contains(&format!("given up in {place}")), "{way} {place}: {start:#?}");
            home.wait_until_empty();
        }
    }
    let daemon = Detached::start(&home, &["--give-up-in", "teardown"]);
    daemon.process().signal(Signal::SIGTERM);
    daemon.process().wait();
    let status = home.run(&["status"]);
    assert!(status.code == Some(1) && status.stdout.contains("given up in teardown"), "{status:#?}");
}

#[test]
fn stop_ends_no_other_program_that_listens_at_the_path() {
    let home = Home::new(KITCHEN);
    let listener = UnixListener::bind(home.socket()).unwrap();
    let answering = std::thread::spawn(move || {
        // Answers like another user's daemon, with this process as the listener.
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(&stream), &mut line).unwrap();
        std::io::Write::write_all(&mut stream, b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n").unwrap();
    });
    let stop = home.run(&["stop"]);
    assert!(stop.code == Some(0) && stop.stdout.contains("is not running"), "{stop:#?}");
    answering.join().unwrap();
}
