//! `daemon_core::Client`, as a Rust program uses it.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use daemon_core::{Client, Fault};
use harness::{Daemon, Endpoint};
use pantry::{PantryClient, Refused};
use serde_json::{Value, json};
use team::{HandsClient, TeamClient};
use ticker::TickerClient;

#[allow(dead_code)]
#[path = "daemons/pantry.rs"]
mod pantry;
#[allow(dead_code)]
#[path = "daemons/team.rs"]
mod team;

#[allow(dead_code)]
#[path = "daemons/ticker.rs"]
mod ticker;

const PANTRY: &str = env!("CARGO_BIN_EXE_pantry");
const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const TICKER: &str = env!("CARGO_BIN_EXE_ticker");
const TEAM: &str = env!("CARGO_BIN_EXE_team");

fn address(daemon: &Daemon) -> String {
    match &daemon.endpoints()[0] {
        Endpoint::Unix(path) => format!("unix:{}", path.display()),
        Endpoint::Tcp(address) => format!("tcp://{address}"),
    }
}

fn connect(daemon: &Daemon) -> Client {
    Client::connect(&address(daemon)).unwrap()
}

#[test]
fn parameters_go_by_position_by_name_or_not_at_all() {
    for socket in [&[][..], &["--socket", "tcp://127.0.0.1:0"][..]] {
        let daemon = Daemon::start(KITCHEN, socket);
        let mut client = connect(&daemon);
        assert_eq!(client.call::<u64>("kitchen.waiting", &()).unwrap(), 0);
        assert_eq!(client.call::<u64>("kitchen.waiting", &[(); 0]).unwrap(), 0);
        assert_eq!(client.call::<String>("kitchen.later", &[0]).unwrap(), "ready");
        let by_name = BTreeMap::from([("milliseconds", 0)]);
        assert_eq!(client.call::<String>("kitchen.later", &by_name).unwrap(), "ready");
        drop(client);
        daemon.finish();
    }
}

#[test]
fn a_fault_is_an_error_that_carries_it() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = connect(&daemon);
    let error = client.call::<()>("kitchen.refuse_later", &()).unwrap_err();
    assert_eq!(error.fault().map(|fault| (fault.code(), fault.message())), Some((9, "not today")));
    let error = client.call::<u64>("kitchen.later", &[0]).unwrap_err();
    assert!(error.fault().is_none() && error.report().contains("expected u64"), "{}", error.report());
    drop(client);
    daemon.finish();
}

#[test]
fn an_answer_that_comes_after_its_timeout_is_not_that_of_the_next_call() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = connect(&daemon);
    client.set_timeout(Some(Duration::from_millis(10))).unwrap();
    assert!(client.call::<Value>("kitchen.park", &()).is_err());
    client.set_timeout(None).unwrap();
    assert_eq!(client.call::<u64>("kitchen.release", &["late"]).unwrap(), 1);
    assert_eq!(client.call::<Value>("kitchen.waiting", &()).unwrap(), 0);
    drop(client);
    daemon.finish();
}

#[test]
fn a_client_of_a_daemon_that_stops_gets_an_error() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut client = connect(&daemon);
    let address = format!("unix:{}", daemon.home().socket().display());
    assert!(client.call::<bool>("daemon.shutdown", &()).unwrap());
    daemon.ends_well();
    assert!(client.call::<u64>("kitchen.waiting", &()).is_err());
    assert!(Client::connect(&address).is_err_and(|error| error.is_not_running()));
    assert!(Client::connect("pigeon:coop").is_err_and(|error| error.is_usage()));
}

#[test]
fn typed_clients_have_the_methods_of_the_daemon_and_of_its_workers() {
    let daemon = Daemon::start(TEAM, &["--greeting", "good day"]);
    let mut client = connect(&daemon);
    let mut hands = HandsClient(&mut client);
    assert_eq!(hands.double(21).unwrap(), 42);
    assert_eq!(hands.greet("you").unwrap(), "good day you");
    hands.note("of late").unwrap();
    assert_eq!(hands.notes().unwrap(), ["of late"]);
    assert!(hands.later().unwrap() > 0);
    let error = hands.end("exit").unwrap_err();
    assert_eq!(error.fault().map(|fault| fault.code()), Some(-32002));
    let mut team = TeamClient(&mut client);
    assert_eq!(team.double(4).unwrap(), 8);
    assert!(team.work(1).unwrap().parse::<u32>().is_ok());
    assert!(team.news().unwrap().contains(&"hands/0 looping".to_owned()));
    drop(client);
    daemon.terminate();
}

#[test]
fn methods_of_workers_are_called_like_all_others() {
    let daemon = Daemon::start(TEAM, &[]);
    let mut client = connect(&daemon);
    assert_eq!(client.call::<u64>("hands.double", &[21]).unwrap(), 42);
    assert_eq!(client.call::<u64>("hands.double", &json!({"number": 4})).unwrap(), 8);
    let error = client.call::<()>("hands.end", &["exit"]).unwrap_err();
    let data = error.fault().and_then(|fault| fault.data()).unwrap();
    assert_eq!((error.fault().unwrap().code(), &data["exit_code"]), (-32002, &json!(7)));
    drop(client);
    daemon.terminate();
}

#[test]
fn items_of_a_subscription_are_iterated_over() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = connect(&daemon);
    let mut ticker = TickerClient(&mut client);
    let counted: Vec<u64> = ticker.count(3).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(counted, [1, 2, 3]);
    let mut failing = ticker.fail().unwrap();
    assert_eq!(failing.next().unwrap().unwrap(), 1);
    let error = failing.next().unwrap().unwrap_err();
    assert_eq!(error.fault().map(Fault::code), Some(7));
    assert!(failing.next().is_none());
    drop(failing);
    assert_eq!(ticker.refuse().unwrap_err().fault().map(Fault::message), Some("not now"));
    drop(client);
    daemon.finish();
}

#[test]
fn a_client_that_has_dropped_its_items_can_be_used_again() {
    let daemon = Daemon::start(TICKER, &[]);
    let mut client = connect(&daemon);
    let mut numbers = client.subscribe::<u64>("ticker.count_in_thread", &()).unwrap();
    assert!(numbers.next().unwrap().unwrap() > 0);
    drop(numbers);
    assert_eq!(TickerClient(&mut client).publish(1, None).unwrap(), 0);
    let mut nothing = client.subscribe::<Value>("ticker.watch", &()).unwrap();
    nothing.set_timeout(Some(Duration::from_millis(20))).unwrap();
    assert!(nothing.next().unwrap().unwrap_err().is_timed_out());
    drop(nothing);
    client.set_timeout(None).unwrap();
    assert_eq!(TickerClient(&mut client).publish(1, None).unwrap(), 0);
    drop(client);
    daemon.finish();
}

#[test]
fn what_the_conversion_of_an_error_made_is_a_fault_like_any_other() {
    let daemon = Daemon::start(PANTRY, &[]);
    let mut client = connect(&daemon);
    let mut fault = |what: &str, count: &str| {
        let error = client.call::<u32>("pantry.take", &[what, count]).unwrap_err();
        error.fault().cloned().unwrap()
    };
    assert_eq!((fault("salt", "much").code(), fault("salt", "much").message()), (4, "not a number"));
    let fault = fault("sugar", "1");
    assert_eq!((fault.message(), fault.data()), ("there is no sugar", Some(&json!("sugar"))));
    drop(client);
    daemon.finish();
}

#[test]
fn a_reply_fails_with_its_own_type_of_error_or_with_what_converts_into_it() {
    let daemon = Daemon::start(PANTRY, &[]);
    let mut client = connect(&daemon);
    let mut fault = |method: &str, params: &[&str]| {
        let error = client.call::<u32>(method, params).unwrap_err();
        let fault = error.fault().unwrap();
        (fault.code(), fault.message().to_owned())
    };
    let failed = |code: i32, message: &str| (code, message.to_owned());
    assert_eq!(fault("pantry.take_later", &["key", "1"]), failed(1, "The pantry is locked."));
    assert_eq!(fault("pantry.count", &["many"]), failed(4, "not a number"));
    assert_eq!(fault("pantry.fail", &["system"]), failed(-32500, "the door is stuck"));
    assert_eq!(fault("pantry.fail", &["boxed"]), failed(-32500, "a box"));
    assert_eq!(fault("pantry.fail", &["text"]), failed(-32500, "no"));
    assert_eq!(fault("pantry.fail", &["typed"]), failed(1, "The pantry is locked."));
    assert_eq!(fault("pantry.fail", &["otherwise"]), failed(9, "by hand"));
    assert_eq!(fault("pantry.parse", &["x"]), failed(-32500, "invalid digit found in string"));
    assert_eq!(client.call::<u32>("pantry.take_later", &["salt", "1"]).unwrap(), 2);
    drop(client);
    daemon.finish();
}

#[test]
fn introspection_lists_the_faults_of_a_reply() {
    let daemon = Daemon::start(PANTRY, &[]);
    let mut client = connect(&daemon);
    let document: Value = client.call("rpc.discover", &()).unwrap();
    let methods = document["methods"].as_array().unwrap();
    let codes = |name: &str| -> Vec<i64> {
        let method = methods.iter().find(|method| method["name"] == name).unwrap();
        let errors = method["errors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["code"].as_i64()).filter(|code| (1..=4).contains(code)).collect()
    };
    assert_eq!(codes("pantry.take"), [1, 2, 3, 4]);
    assert_eq!(codes("pantry.take_later"), [1, 2, 3, 4]);
    assert_eq!(codes("pantry.count"), [1, 2, 3, 4]);
    assert!(codes("pantry.fail").is_empty());
    drop(client);
    daemon.finish();
}

#[test]
fn a_reply_knows_that_its_caller_has_gone() {
    let daemon = Daemon::start(PANTRY, &[]);
    let mut client = connect(&daemon);
    let waiting = || {
        let mut waiting = daemon.client();
        waiting.request(1, "pantry.wait", &json!([]));
        waiting
    };
    let (stays, leaves) = (waiting(), waiting());
    harness::until("both wait", || client.call::<(usize, usize)>("pantry.queue", &()).unwrap() == (2, 0));
    drop(leaves);
    harness::until("one has left", || client.call::<(usize, usize)>("pantry.queue", &()).unwrap() == (1, 1));
    drop((stays, client));
    daemon.terminate();
}

#[test]
fn the_error_of_a_method_comes_back_if_all_of_it_is_in_the_fault() {
    let daemon = Daemon::start(PANTRY, &[]);
    let mut client = connect(&daemon);
    let mut pantry = PantryClient(&mut client);
    let mut refused = |what: &str, count: &str| pantry.take(what, count).unwrap_err().typed();
    assert_eq!(refused("key", "1"), Some(Refused::Locked));
    assert_eq!(refused("sugar", "1"), Some(Refused::Unknown("sugar".to_owned())));
    assert_eq!(refused("salt", "7"), None, "how much was wanted is not in the data");
    assert_eq!(refused("salt", "x"), None, "the source is not in the data");
    let error = pantry.take_later("key", "1").unwrap_err();
    assert_eq!(error.typed(), Some(Refused::Locked));
    assert_eq!(error.typed::<Fault>().as_ref(), error.fault());
    let error = client.call::<String>("pantry.take", &["salt", "1"]).unwrap_err();
    assert_eq!(error.typed::<Refused>(), None, "it is no fault");
    drop(client);
    daemon.finish();
}

#[test]
fn a_typed_client_owns_its_connection_and_writes_what_it_borrows() {
    struct Cook {
        pantry: PantryClient,
    }

    let daemon = Daemon::start(PANTRY, &[]);
    let mut cook = Cook { pantry: PantryClient::connect(&address(&daemon)).unwrap() };
    let names = ["salt".to_owned(), "ham".to_owned()];
    let listed = cook.pantry.list(&names, Path::new("/shelf"), Some("new"), None).unwrap();
    assert_eq!(listed, "/shelf: salt, ham (new)");
    let listed = cook.pantry.list(&names, Path::new("/"), None, Some("; ")).unwrap();
    assert_eq!(listed, "/: salt; ham");
    cook.pantry.0.set_timeout(Some(Duration::from_secs(5))).unwrap();
    drop(cook);
    daemon.finish();
    assert!(PantryClient::connect("unix:/nonexistent").is_err_and(|error| error.is_not_running()));
}
