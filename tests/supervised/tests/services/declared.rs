//! Services that a program declares, and those that its code adds.

use harness::{Daemon, until};
use serde_json::json;

const SHOP: &str = env!("CARGO_BIN_EXE_shop");

#[test]
fn declared_services_are_started_and_listed() {
    let daemon = Daemon::start(SHOP, &[]);
    let mut client = daemon.client();
    assert_eq!(client.ask("service.wait", json!(["till", "running", "20s"])), true);
    let list = client.ask("service.list", json!([]));
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nightly", "spare", "stock", "till"]);
    assert_eq!(list[3]["command"], json!(["sh", "-c", "echo \"$GREETING\"; exec sleep 1000"]));
    assert_eq!((&list[3]["needs"], &list[3]["groups"]), (&json!(["stock"]), &json!(["front"])));
    let infos = client.ask("service.status", json!([]));
    let states: Vec<&str> =
        infos.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["scheduled", "down", "running", "running"]);
    drop(client);
    daemon.terminate();
}

#[test]
fn user_code_adds_and_stops_services() {
    let daemon = Daemon::start(SHOP, &[]);
    let mut client = daemon.client();
    for name in ["one", "two", "two"] {
        client.ask("shop.open", json!([name]));
    }
    until("all were answered", || client.ask("shop.answers", json!([])).as_array().unwrap().len() == 3);
    let answers = client.ask("shop.answers", json!([]));
    assert_eq!((&answers[0], &answers[1]), (&json!("added"), &json!("added")));
    assert!(answers[2].to_string().contains("there is a service `two` already"), "{answers}");
    assert_eq!(client.ask("shop.close", json!([])), 2);
    assert_eq!(client.ask("service.status", json!(["one"]))[0]["state"], "down");
    drop(client);
    daemon.terminate();
}
