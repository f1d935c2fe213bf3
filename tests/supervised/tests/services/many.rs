//! A thousand services that end at once.

use std::fmt::Write;

use harness::{Process, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::keeper::Keeper;

const SERVICES: usize = 1000;

#[test]
fn all_of_a_thousand_services_that_end_at_once_are_seen_to_end() {
    let mut file = String::new();
    for number in 0..SERVICES {
        writeln!(file, "[service.s{number}]\ncommand = \"sleep 1000\"\nrestart = \"never\"").unwrap();
    }
    let keeper = Keeper::start(&file);
    let mut client = keeper.client();
    client.ask("service.wait", json!({"name": "*"}));
    let daemon = keeper.daemon().process();
    let services = daemon.children();
    assert_eq!(services.len(), SERVICES);

    // While it stands still, all of them end, so that one SIGCHLD stands for all.
    daemon.signal(Signal::SIGSTOP);
    let services: Vec<Process> = services.into_iter().map(|pid| Process::open(pid).unwrap()).collect();
    services.iter().for_each(|service| service.signal(Signal::SIGKILL));
    services.iter().for_each(Process::wait);
    daemon.signal(Signal::SIGCONT);

    client.ask("service.wait", json!({"name": "*", "state": "failed"}));
    assert_eq!(daemon.children(), [0; 0], "zombies are left");
    let infos = client.ask("service.status", json!([]));
    let killed =
        |info: &&Value| info["state"] == "failed" && info["exit_code"] == 137 && info["restarts"] == 0;
    assert_eq!(infos.as_array().unwrap().iter().filter(killed).count(), SERVICES);
    let changes = keeper.changes();
    assert_eq!(changes.iter().filter(|change| change.ends_with(" failed")).count(), SERVICES);
    // They can be started again, all of them.
    client.ask("service.start", json!(["*"]));
    until("all run again", || daemon.children().len() == SERVICES);
    drop(client);
    keeper.finish();
}
