//! Access rules: the kernel identifies the caller, and a method's rules decide whether the call is allowed.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use harness::{Daemon, Detached, Endpoint, Finished, Home, is_root, program, run, skip, tell_skipped};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
/// The user and the group that own no files, on any Linux.
const NOBODY: u32 = 65534;

#[test]
fn a_method_for_the_owner_can_be_called_by_the_owner() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.for_owner", json!([])), true);
    let (method, rule) = if is_root() {
        ("kitchen.for_nobody", "allow(uid 65534)")
    } else {
        ("kitchen.for_root", "allow(root)")
    };
    assert_refused(&client.fault(method, json!([])), method, rule);
    let guest = client.ask("kitchen.whoami", json!([]));
    assert_eq!(guest["uid"], nix::unistd::geteuid().as_raw());
    assert_eq!(guest["gid"], nix::unistd::getegid().as_raw());
    assert_eq!(guest["pid"], std::process::id());
    drop(client);
    daemon.finish();
}

#[test]
fn a_group_that_the_caller_is_not_in_is_refused_by_its_number() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let fault = daemon.client().fault("kitchen.for_group", json!([]));
    assert_refused(&fault, "kitchen.for_group", "allow(gid 54321)");
    daemon.finish();
}

#[test]
fn rules_refuse_every_caller_on_an_inet_socket() {
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    let mut client = daemon.client();
    for method in
        ["kitchen.for_owner", "kitchen.for_root", "kitchen.for_named", "daemon.shutdown", "daemon.reload"]
    {
        let fault = client.fault(method, json!([]));
        assert_eq!((&fault["code"], &fault["data"]["uid"]), (&json!(-32001), &Value::Null), "{fault}");
    }
    let guest = client.ask("kitchen.whoami", json!([]));
    assert_eq!((&guest["uid"], &guest["pid"]), (&Value::Null, &Value::Null));
    assert!(guest["address"].as_str().is_some_and(|address| address.starts_with("127.0.0.1:")), "{guest}");
    drop(client);
    daemon.finish();
}

#[test]
fn others_cannot_even_connect() {
    if !may_be_others() {
        return;
    }
    let daemon = Daemon::start(KITCHEN, &[]);
    open(daemon.home().path(), 0o711);
    let call = run(as_nobody(daemon.home(), &["call", "kitchen.nothing"]));
    assert_eq!(call.code, Some(4), "{call:#?}");
    let owner = format!("as it belongs to uid {} with mode 0600", nix::unistd::geteuid());
    assert!(call.stderr.contains("denied") && call.stderr.contains(&owner), "{call:#?}");
    daemon.finish();
}

#[test]
fn a_caller_is_who_the_kernel_says() {
    if !may_be_others() {
        return;
    }
    let daemon = open_to_all();
    let guest = run(as_nobody(daemon.home(), &["call", "kitchen.whoami"]));
    let guest: Value = serde_json::from_str(&guest.stdout).unwrap();
    assert_eq!((&guest["uid"], &guest["gid"]), (&json!(NOBODY), &json!(NOBODY)));
    assert_eq!(run(as_nobody(daemon.home(), &["call", "kitchen.for_nobody"])).stdout, "true");
    for (method, rule) in [
        ("kitchen.for_owner", "allow(owner)"),
        ("kitchen.for_root", "allow(root)"),
        ("kitchen.for_named", "allow(user root, group root)"),
        ("kitchen.for_group", "allow(gid 54321)"),
    ] {
        assert_refused_at_call(&run(as_nobody(daemon.home(), &["call", method])), rule);
    }
    daemon.finish();
}

#[test]
fn a_stranger_can_neither_stop_nor_reload() {
    if !may_be_others() {
        return;
    }
    let daemon = open_to_all();
    for method in ["daemon.shutdown", "daemon.reload"] {
        assert_refused_at_call(&run(as_nobody(daemon.home(), &["call", method])), "allow(owner, root)");
    }
    for command in ["stop", "reload", "restart"] {
        let finished = run(as_nobody(daemon.home(), &[command]));
        assert!(finished.code != Some(0) && !finished.stderr.is_empty(), "{command}: {finished:#?}");
    }
    assert_eq!(daemon.client().ask("sum", json!([1, 2, 3])), 6);
    daemon.finish();
}

#[test]
fn a_group_lets_its_members_in() {
    if !may_be_others() {
        return;
    }
    let daemon = open_to_all();
    let mut primary = daemon.home().command(&["call", "kitchen.for_group"]);
    primary.uid(NOBODY).gid(54321);
    assert_eq!(run(primary).stdout, "true");
    let Some(setpriv) = program("setpriv") else {
        return skip("setpriv (util-linux) is not here");
    };
    for (groups, is_member) in [("54321", true), ("1,2,54321,7", true), ("54320", false)] {
        let mut member = Command::new(&setpriv);
        member.args(["--reuid", "65534", "--regid", "65534", "--groups", groups]).arg(KITCHEN);
        member.args(["call", "kitchen.for_group"]).env("RUNTIME_DIRECTORY", daemon.home().path());
        let call = run(member);
        if is_member {
            assert_eq!(call.stdout, "true", "{groups}: {call:#?}");
        } else {
            assert_refused_at_call(&call, "allow(gid 54321)");
        }
    }
    daemon.finish();
}

#[test]
fn root_can_call_what_root_may_on_another_users_daemon() {
    if !may_be_others() {
        return;
    }
    let home = Home::new(KITCHEN);
    chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let daemon = Daemon::start_by(&home, as_nobody(&home, &["-f"]));
    let mut client = daemon.client();
    assert_eq!(client.ask("kitchen.for_root", json!([])), true);
    assert_refused(&client.fault("kitchen.for_owner", json!([])), "kitchen.for_owner", "allow(owner)");
    assert_eq!(run(as_nobody(&home, &["call", "kitchen.for_owner"])).stdout, "true");
    assert_eq!(client.ask("daemon.reload", json!([])), true);
    drop(client);
    daemon.finish();
}

#[test]
fn the_runtime_directory_of_a_user_is_closed_to_others() {
    if !may_be_others() {
        return;
    }
    for variable in ["XDG_RUNTIME_DIR", "TMPDIR"] {
        let home = Home::new(KITCHEN);
        chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        let daemon = Daemon::start_by(&home, in_session(&home, variable));
        let name = if variable == "TMPDIR" { "kitchen-65534" } else { "kitchen" };
        let directory = home.path().join(name);
        assert_eq!(daemon.endpoints(), [Endpoint::Unix(directory.join("kitchen.sock"))]);
        let metadata = fs::metadata(&directory).unwrap();
        assert_eq!((metadata.uid(), metadata.permissions().mode() & 0o777), (NOBODY, 0o700));
        daemon.signal(nix::sys::signal::Signal::SIGTERM);
        assert_eq!(daemon.ended().code, Some(0));
        assert!(
            fs::read_dir(&directory).is_ok_and(|mut files| files.next().is_none()) || !directory.exists()
        );
    }
}

#[test]
fn a_runtime_directory_that_somebody_else_has_prepared_is_refused() {
    if !may_be_others() {
        return;
    }
    let traps: [fn(&Path); 3] = [
        |directory| fs::create_dir(directory).unwrap(),
        |directory| {
            fs::create_dir(directory).unwrap();
            chown(directory, Some(NOBODY), Some(NOBODY)).unwrap();
            open(directory, 0o777);
        },
        |directory| {
            let target = directory.with_extension("target");
            fs::create_dir(&target).unwrap();
            chown(&target, Some(NOBODY), Some(NOBODY)).unwrap();
            symlink(target, directory).unwrap();
        },
    ];
    for trap in traps {
        let home = Home::new(KITCHEN);
        chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        trap(&home.path().join("kitchen-65534"));
        let start = run(in_session(&home, "TMPDIR"));
        assert_eq!(start.code, Some(1), "{start:#?}");
        assert!(start.stderr.contains("kitchen-65534"), "{start:#?}");
        let left = fs::read_dir(home.path().join("kitchen-65534")).unwrap().count();
        assert_eq!(left, 0, "a file was created in another user's directory");
    }
}

/// Starts a daemon whose socket everyone may connect to.
fn open_to_all() -> Daemon {
    let daemon = Daemon::start(KITCHEN, &[]);
    open(daemon.home().path(), 0o711);
    open(&daemon.home().socket(), 0o666);
    daemon
}

fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn as_nobody(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// Starts the daemon of a user who has a directory of this kind and none from the system.
fn in_session(home: &Home, variable: &str) -> Command {
    let mut command = as_nobody(home, &["-f"]);
    command.env_remove("RUNTIME_DIRECTORY").env_remove("XDG_RUNTIME_DIR").env(variable, home.path());
    command
}

/// Only root can call as another user; otherwise reports what is not tested.
fn may_be_others() -> bool {
    if !is_root() {
        tell_skipped("only root can call as another user");
    }
    is_root()
}

#[track_caller]
fn assert_refused(fault: &Value, method: &str, rule: &str) {
    let uid = nix::unistd::geteuid().as_raw();
    let expected = json!({
        "code": -32001, "message": "Not allowed", "data": {"method": method, "rule": rule, "uid": uid},
    });
    assert_eq!(*fault, expected);
}

#[track_caller]
fn assert_refused_at_call(call: &Finished, rule: &str) {
    assert_eq!((call.code, call.stdout.as_str()), (Some(4), ""), "{call:#?}");
    assert!(call.stderr.contains("Not allowed") && call.stderr.contains(rule), "{call:#?}");
}

/// Returns a home where another user's daemon lives, and that daemon.
fn of_somebody_else() -> (Home, Detached) {
    let home = Home::new(KITCHEN);
    chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let started = run(as_nobody(&home, &["-d"]));
    assert_eq!(started.code, Some(0), "{started:#?}");
    let daemon = Detached::find(&home);
    (home, daemon)
}

#[test]
fn root_stops_the_daemon_of_another_user_and_does_not_start_it_as_root() {
    if !may_be_others() {
        return;
    }
    let (home, daemon) = of_somebody_else();
    assert_eq!(home.run(&["status"]).code, Some(0));
    let restart = home.run(&["restart"]);
    assert_eq!(restart.code, Some(1), "{restart:#?}");
    assert!(restart.stderr.contains(&format!("runs as uid {NOBODY}")), "{restart:#?}");
    assert!(daemon.process().is_running(), "it was not touched");
    let stop = home.run(&["stop"]);
    assert_eq!(stop.code, Some(0), "{stop:#?}");
    daemon.assert_gone();
}

#[test]
fn the_pid_file_of_another_user_is_trusted_only_for_that_users_processes() {
    if !may_be_others() {
        return;
    }
    let home = Home::new(KITCHEN);
    chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let mut sleeper = Command::new("sleep").arg("1000").spawn().unwrap();
    // As that user's daemon would write and lock it, except for the number.
    fs::write(home.pid_file(), format!("{}\n", sleeper.id())).unwrap();
    chown(home.pid_file(), Some(NOBODY), Some(NOBODY)).unwrap();
    let file = fs::File::options().write(true).open(home.pid_file()).unwrap();
    let whole = libc::flock { l_type: libc::F_WRLCK as i16, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&whole)).unwrap();
    let (stop, status) = (home.run(&["stop"]), home.run(&["status"]));
    let runs = sleeper.try_wait().unwrap().is_none();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert!(runs && stop.code == Some(1), "{stop:#?}");
    assert!(stop.stderr.contains("not a process of its owner"), "{stop:#?}");
    assert_eq!(status.code, Some(4), "{status:#?}");
}

#[test]
fn nobody_else_can_open_the_pid_file() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let metadata = fs::metadata(daemon.home().pid_file()).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    daemon.finish();
}

#[test]
fn a_start_that_clears_the_files_of_another_user_makes_its_own() {
    if !may_be_others() {
        return;
    }
    let home = Home::new(KITCHEN);
    fs::write(home.pid_file(), "99999999\n").unwrap();
    chown(home.pid_file(), Some(NOBODY), Some(NOBODY)).unwrap();
    assert_eq!(home.run(&["-d"]).code, Some(1));
    let daemon = Detached::start(&home, &["-s"]);
    assert_eq!(fs::metadata(home.pid_file()).unwrap().uid(), nix::unistd::geteuid().as_raw());
    assert_eq!(home.run(&["status"]).code, Some(0));
    daemon.finish();
}
