//! A daemon as process 1 of a container, or as a subreaper: it reaps orphans, and exits as its main service does.

use std::fs;
use std::process::Command;

use harness::{Daemon, Home, Process, run, tell_skipped, until};
use serde_json::json;

use crate::keeper::KEEPER;

const SHOP: &str = env!("CARGO_BIN_EXE_shop");
/// Runs a program as a subreaper: PR_SET_CHILD_SUBREAPER is 36.
const SUBREAPER: [&str; 3] = [
    "python3",
    "-c",
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])",
];

#[test]
fn orphans_are_reaped_and_what_user_code_waits_for_is_spared() {
    let home = Home::new(SHOP);
    let daemon = Daemon::start_by(&home, home.command_by(&SUBREAPER, &["-f"]));
    let mut client = daemon.client();
    let orphan = home.path().join("orphan");
    // It leaves the group of the service before the service ends.
    let script = format!(
        "setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 0.1' & while ! test -e {0}; do sleep 0.01; done",
        orphan.display()
    );
    let service = json!({"command": ["sh", "-c", script], "restart": "never"});
    client.ask("service.add", json!(["parent", service]));
    assert_eq!(client.ask("service.wait", json!(["parent", "ended", "20s"])), true);
    until("the orphan has ended, and is no zombie", || {
        client.ask("shop.answers", json!([]));
        let pid = fs::read_to_string(&orphan).ok().and_then(|pid| pid.trim().parse().ok());
        pid.is_some_and(|pid| Process::open(pid).is_none())
    });
    assert_eq!(client.ask("shop.errand", json!([])), 5);
    fs::remove_file(orphan).unwrap();
    drop(client);
    daemon.terminate();
}

#[test]
fn the_daemon_exits_with_the_code_of_its_main_service_after_the_others_have_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services.toml");
    for (script, code) in [("exit 7", 7), ("exit 0", 0), ("kill -9 $$", 137)] {
        let text = format!(
            "[service.app]\ncommand = [\"sh\", \"-c\", \"{script}\"]\nrestart = \"never\"\nmain = true\nneeds = [\"side\"]\n\
             [service.side]\ncommand = [\"sleep\", \"1000\"]\n"
        );
        fs::write(&file, text).unwrap();
        let home = Home::new(KEEPER);
        let ended = home.run(&["-f", "--services", file.to_str().unwrap()]);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains("side is down: SIGTERM"), "{ended:?}");
        home.assert_empty();
    }
}

#[test]
fn as_process_1_it_ends_with_its_main_service() {
    let can = Command::new("unshare").args(["-pf", "--mount-proc", "true"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        return tell_skipped("process namespaces can't be made here");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services.toml");
    let script = "setsid sh -c 'sleep 0.1' & while test $(ls -d /proc/[0-9]* | wc -l) -gt 5; do sleep 0.01; done; exit 9";
    fs::write(
        &file,
        format!(
            "[service.app]\ncommand = [\"sh\", \"-c\", \"{script}\"]\nrestart = \"never\"\nmain = true\n"
        ),
    )
    .unwrap();
    let home = Home::new(KEEPER);
    let by = ["unshare", "-pf", "--kill-child", "--mount-proc"];
    let ended = run(home.command_by(&by, &["-f", "--services", file.to_str().unwrap()]));
    assert_eq!(ended.code, Some(9), "{ended:?}");
    home.assert_empty();
}
