//! Daemons on a NATS server: Debian's server, and the client of the NATS project for Python.
//!
//! `DAEMON_PYTHON` names another Python than `python3`.

// A panic here fails the test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use daemon_core::Discovery;

use harness::{Authority, Daemon, Home, Piped, Process, is_root, program, python, run, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const BRIDGED: &str = env!("CARGO_BIN_EXE_bridged");

/// The programs that are not ours.
struct Tools {
    server: PathBuf,
    python: PathBuf,
}

impl Tools {
    fn find() -> Option<Tools> {
        let server = program("nats-server")
            .or_else(|| Some("/usr/sbin/nats-server".into()).filter(|path: &PathBuf| path.is_file()));
        match (server, python(&["nats"])) {
            (Some(server), Some(python)) => Some(Tools { server, python }),
            _ => {
                skip("nats-server or the Python package nats-py is not here");
                None
            }
        }
    }

    fn server(&self, arguments: &[&str]) -> Server {
        Server::start(Command::new(&self.server), arguments)
    }

    fn caller(&self, url: &str) -> Caller {
        Caller::start(Command::new(&self.python), url)
    }
}

/// A NATS server.
struct Server {
    program: Piped,
    /// Where it listens: host and port.
    address: String,
}

impl Server {
    fn start(mut command: Command, arguments: &[&str]) -> Server {
        command.args(arguments);
        if !arguments.contains(&"-a") {
            command.args(["-a", "127.0.0.1"]);
        }
        if !arguments.contains(&"-p") {
            command.args(["-p", "-1"]);
        }
        let program = Piped::start(command);
        let line = program.stderr().wait_for("Listening for client connections on");
        let (_, address) = line.rsplit_once(' ').unwrap();
        let address = address.trim().to_owned();
        program.stderr().wait_for("Server is ready");
        Server { program, address }
    }

    fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    /// Kills it.
    fn end(self) {
        drop(self.program);
    }
}

/// The client for Python.
struct Caller {
    program: Piped,
    answered: usize,
}

impl Caller {
    fn start(mut python: Command, url: &str) -> Caller {
        python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client.py")).arg(url);
        Caller { program: Piped::start(python), answered: 0 }
    }

    /// Gives it a command, and returns its answer.
    fn ask(&mut self, command: &str) -> Value {
        self.program.say(command);
        self.answer()
    }

    fn answer(&mut self) -> Value {
        self.answered += 1;
        let answered = self.answered;
        let lines = self.program.stdout().wait_for_all(answered, "");
        serde_json::from_str(&lines[answered - 1]).unwrap()
    }

    /// Calls a method, and returns the value of its result.
    fn call(&mut self, subject: &str, payload: &str) -> Value {
        let reply = self.ask(&format!("call {subject} {payload}"));
        let data = reply["data"].as_str().unwrap_or_else(|| panic!("{reply}"));
        serde_json::from_str(data).unwrap_or_else(|_| panic!("{reply}"))
    }

    /// Calls a method that fails, and returns the status and the fault.
    fn fault(&mut self, subject: &str, payload: &str) -> (String, Value) {
        let reply = self.ask(&format!("call {subject} {payload}"));
        let header =
            |name: &str| reply["headers"][name].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned();
        (header("Nats-Service-Error-Code"), serde_json::from_str(&header("Daemon-Fault")).unwrap())
    }
}

fn start(server: &Server, more: &[&str]) -> Daemon {
    start_in(&Home::new(BRIDGED), &server.url(), more)
}

fn start_in(home: &Home, url: &str, more: &[&str]) -> Daemon {
    let arguments = ["--nats", url].iter().chain(more).copied().collect::<Vec<_>>();
    let daemon = Daemon::start_at(home, &arguments);
    daemon.log().wait_for("connected to NATS");
    daemon
}

#[test]
fn a_public_client_discovers_a_daemon_and_calls_it() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let daemon = start(&server, &[]);
    let mut caller = tools.caller(&server.url());
    let ping = &caller.ask("ask $SRV.PING 1")[0];
    assert_eq!((&ping["name"], &ping["version"]), (&json!("adder"), &json!("0.1.0")), "{ping}");
    let info = &caller.ask("ask $SRV.INFO.adder 1")[0];
    assert_eq!(info["description"], "I add up.", "{info}");
    let endpoints = info["endpoints"].as_array().unwrap();
    let add = endpoints.iter().find(|endpoint| endpoint["subject"] == "adder.add").unwrap();
    let metadata = json!({ "method": "adder.add", "help": "Add two numbers.", "read_only": "true" });
    assert_eq!(
        (&add["name"], &add["queue_group"], &add["metadata"]),
        (&json!("adder_add"), &json!("q"), &metadata)
    );
    assert_eq!(caller.call("adder.add", "[1,2]"), 3);
    assert_eq!(caller.call("adder.add", r#"{"b":5,"a":-7}"#), -2);
    assert_eq!(caller.call("adder.my.echo", r#"["größer\n"]"#), "größer\n");
    // Calls are served side by side.
    assert_eq!(caller.call("adder.wait", "[0.01]"), 0.01);
    for (subject, payload, status, code) in [
        ("adder.add", "[1]", "400", -32602),
        ("adder.add", "{", "400", -32700),
        ("adder.add", "3", "400", -32600),
        ("adder.secret", "", "403", -32001),
        ("adder.text", "[9000000]", "500", -32603),
    ] {
        let (said, fault) = caller.fault(subject, payload);
        assert_eq!((&*said, &fault["code"]), (status, &json!(code)), "{subject} {payload}: {fault}");
    }
    let stats = &caller.ask("ask $SRV.STATS.adder 1")[0];
    let endpoints = stats["endpoints"].as_array().unwrap();
    let add = endpoints.iter().find(|endpoint| endpoint["subject"] == "adder.add").unwrap();
    assert_eq!((&add["num_requests"], &add["num_errors"]), (&json!(5), &json!(3)), "{add}");
    daemon.terminate();
}

#[test]
fn a_caller_on_nats_is_no_user() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let daemon = start(&server, &[]);
    let mut caller = tools.caller(&server.url());
    assert_eq!(caller.call("adder.caller", ""), Value::Null);
    assert_ne!(daemon.client().ask("adder.caller", json!([])), Value::Null);
    daemon.terminate();
}

#[test]
fn two_daemons_share_the_calls_and_one_that_is_killed_takes_none_along() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let (first, second) = (start(&server, &[]), start(&server, &[]));
    let mut caller = tools.caller(&server.url());
    assert_eq!(caller.ask("ask $SRV.PING.adder 2").as_array().unwrap().len(), 2);
    let shared = caller.ask("share adder.process 200");
    let pids = [&first, &second].map(|daemon| daemon.process().pid().to_string());
    for pid in &pids {
        assert!(shared["counts"][pid].as_u64() > Some(20), "{shared}");
    }
    assert_eq!(shared["failures"], json!({}));
    // One is killed while calls are under way. Those that it has taken fail at once; none hangs.
    caller.program.say("keep adder.process");
    assert_eq!(caller.answer(), "calling");
    let bridge = Process::open(first.process().children()[0]).unwrap();
    first.signal(Signal::SIGKILL);
    first.ended();
    bridge.wait();
    let kept = caller.ask("stop");
    let lost: u64 = kept["failures"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert!(lost <= 1, "{kept}");
    let shared = caller.ask("share adder.process 50");
    assert_eq!(shared, json!({ "counts": { (&*pids[1]): 50 }, "failures": {} }));
    second.terminate();
}

#[test]
fn a_client_of_ours_calls_a_daemon_wherever_it_is() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let adder = Discovery::nats(server.url()).timeout("5s").wait("20s").connect("adder").unwrap();
    let call = {
        let adder = adder.clone();
        thread::spawn(move || adder.call::<i64>("adder.add", &(1, 2)))
    };
    // It waits until there is one.
    let (first, second) = (start(&server, &[]), start(&server, &[]));
    assert_eq!(call.join().unwrap().unwrap(), 3);
    let refused = adder.call::<String>("adder.secret", &()).unwrap_err();
    assert_eq!(refused.fault().unwrap().code(), -32001, "{refused}");
    let wrong = adder.call::<i64>("adder.add", &("x",)).unwrap_err();
    assert_eq!(wrong.fault().unwrap().code(), -32602, "{wrong}");
    // Kills of an instance are not seen by those whose calls may be sent again.
    first.signal(Signal::SIGKILL);
    for _ in 0..200 {
        assert_eq!(adder.call_idempotent::<i64>("adder.add", &(20, 3)).unwrap(), 23);
    }
    first.ended();
    second.terminate();
    let quick = Discovery::nats(server.url()).wait("100ms").connect("adder").unwrap();
    assert!(quick.call::<i64>("adder.add", &(1, 2)).unwrap_err().is_not_running());
    server.end();
    let gone = Discovery::nats("nats://127.0.0.1:1").connect("adder").unwrap_err();
    assert!(gone.is_not_running(), "{gone}");
}

#[test]
fn a_lost_server_is_connected_again_and_the_daemon_serves_meanwhile() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let (url, port) = (server.url(), server.port().to_owned());
    let daemon = start(&server, &[]);
    server.end();
    daemon.log().wait_for("lost the connection to NATS");
    assert_eq!(daemon.client().ask("adder.add", json!([2, 2])), 4);
    let server = tools.server(&["-p", &port]);
    daemon.log().wait_for_all(2, "connected to NATS");
    let mut caller = tools.caller(&url);
    assert_eq!(caller.call("adder.add", "[20,3]"), 23);
    drop(server);
    daemon.terminate();
}

#[test]
fn a_server_that_is_not_there_yet_is_waited_for() {
    let Some(tools) = Tools::find() else { return };
    let free = tools.server(&[]);
    let (url, port) = (free.url(), free.port().to_owned());
    free.end();
    let daemon = Daemon::start(BRIDGED, &["--nats", &url]);
    assert_eq!(daemon.client().ask("adder.add", json!([2, 2])), 4);
    let _server = tools.server(&["-p", &port]);
    daemon.log().wait_for("connected to NATS");
    assert_eq!(tools.caller(&url).call("adder.add", "[20,3]"), 23);
    daemon.terminate();
}

#[test]
fn a_bridge_that_dies_is_started_again() {
    let Some(tools) = Tools::find() else { return };
    let server = tools.server(&[]);
    let daemon = start(&server, &[]);
    let bridge = Process::open(daemon.process().children()[0]).unwrap();
    bridge.signal(Signal::SIGKILL);
    bridge.wait();
    daemon.log().wait_for_all(2, "connected to NATS");
    assert_eq!(tools.caller(&server.url()).call("adder.add", "[1,1]"), 2);
    daemon.terminate();
}

#[test]
fn tls_and_passwords_of_a_server_are_settings() {
    let Some(tools) = Tools::find() else { return };
    let Some(authority) = Authority::new() else { return skip("openssl is not here") };
    let certificate = authority.sign("server");
    let text = |path: &Path| path.display().to_string();
    let (file, key, ca) = (text(&certificate.file), text(&certificate.key), text(&authority.file()));
    let server = tools.server(&[
        "--tls",
        "--tlsverify",
        "--tlscert",
        &file,
        "--tlskey",
        &key,
        "--tlscacert",
        &ca,
        "--user",
        "ann",
        "--pass",
        "s3cret",
    ]);
    let own = authority.sign("daemon");
    let url = format!("tls://ann:s3cret@{}", server.address);
    let (own_file, own_key) = (text(&own.file), text(&own.key));
    let tls = ["--nats-ca", &ca, "--nats-cert", &own_file, "--nats-key", &own_key];
    let daemon = start_in(&Home::new(BRIDGED), &url, &tls);
    assert!(!daemon.log().lines().join("\n").contains("s3cret"), "{}", daemon.log().lines().join("\n"));
    daemon.terminate();
    // The password is not among the arguments if the address comes from the environment.
    let home = Home::new(BRIDGED);
    let mut command = home.command(&[&["-f"], &tls[..]].concat());
    let daemon = Daemon::start_by(&home, {
        command.env("ADDER_NATS", &url);
        command
    });
    daemon.log().wait_for("connected to NATS");
    daemon.terminate();
    // A wrong password: the daemon serves, and its log says why nothing comes from NATS.
    let url = url.replace("s3cret", "wrong");
    let daemon = Daemon::start_at(&Home::new(BRIDGED), &[&["--nats", &url], &tls[..]].concat());
    daemon.log().wait_for("authorization violation");
    assert_eq!(daemon.client().ask("adder.add", json!([2, 2])), 4);
    daemon.terminate();
}

#[test]
fn options_that_do_not_fit_are_refused_at_the_start() {
    let cases: &[(&[&str], &str)] = &[
        (&["--nats-ca", "/x"], "of no use without --nats"),
        (&["--nats", "nats://127.0.0.1:1", "--nats-key", "/x"], "need each other"),
        (&["--nats", "nats://127.0.0.1:1", "--socket", "tcp://127.0.0.1:0"], "needs a unix socket"),
    ];
    for (arguments, expected) in cases {
        let home = Home::new(BRIDGED);
        let finished = run(home.command(&[&["-f"], *arguments].concat()));
        assert_eq!(finished.code, Some(2), "{finished:#?}");
        assert!(finished.stderr.contains(expected), "{finished:#?}");
    }
}

/// A machine of its own as far as the network goes: a network namespace.
struct Machine(String);

impl Machine {
    /// Runs a program there.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0]).arg(program.as_ref());
        command
    }
}

/// Machines that reach each other by a bridge in a network namespace, which has the first address.
struct Network {
    names: Vec<String>,
}

impl Network {
    /// Makes three machines; the last number of their addresses in 10.77.0.0/24 is their place, from 1 on.
    fn new() -> Option<(Network, [Machine; 3])> {
        let prefix = format!("dmn{}", std::process::id());
        let mut network = Network { names: Vec::new() };
        let hub = format!("{prefix}-hub");
        if !network.add(&hub) {
            return None;
        }
        network.set_up(&["-n", &hub, "link", "add", "hub", "type", "bridge"]);
        network.set_up(&["-n", &hub, "link", "set", "hub", "up"]);
        let machines = [1, 2, 3].map(|place| {
            let name = format!("{prefix}-{place}");
            assert!(network.add(&name));
            let port = format!("port{place}");
            network.set_up(&[
                "-n", &hub, "link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns", &name,
            ]);
            network.set_up(&["-n", &hub, "link", "set", &port, "master", "hub", "up"]);
            network.set_up(&["-n", &name, "address", "add", &format!("10.77.0.{place}/24"), "dev", "eth0"]);
            network.set_up(&["-n", &name, "link", "set", "eth0", "up"]);
            network.set_up(&["-n", &name, "link", "set", "lo", "up"]);
            Machine(name)
        });
        Some((network, machines))
    }

    fn add(&mut self, name: &str) -> bool {
        let made = ip(&["netns", "add", name]);
        if made {
            self.names.push(name.to_owned());
        }
        made
    }

    fn set_up(&self, arguments: &[&str]) {
        assert!(ip(arguments), "{arguments:?}");
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&["netns", "delete", name]);
        }
    }
}

fn ip(arguments: &[&str]) -> bool {
    let mut command = Command::new("ip");
    command.args(arguments);
    run(command).code == Some(0)
}

#[test]
fn three_machines_find_each_other_through_the_server() {
    let Some(tools) = Tools::find() else { return };
    if !is_root() || program("ip").is_none() {
        return skip("only root can make network namespaces, with the program `ip`");
    }
    let Some((_network, [of_server, first, second])) = Network::new() else {
        return skip("this system does not allow network namespaces");
    };
    let home = Home::new(BRIDGED);
    let settings = home.path().join("server.conf");
    // How soon it gives up a machine that says nothing.
    fs::write(&settings, "ping_interval: \"200ms\"\nping_max: 2\n").unwrap();
    let settings = settings.display().to_string();
    let server = Server::start(of_server.command(&tools.server), &["-a", "10.77.0.1", "-c", &settings]);
    let daemons = [&first, &second].map(|machine| {
        let home = Home::new(BRIDGED);
        let mut command = machine.command(BRIDGED);
        let socket = format!("unix:{}", home.socket().display());
        command.args(["-f", "--nats", &server.url(), "--socket", &socket]);
        command.arg("--pidfile").arg(home.pid_file());
        let daemon = Daemon::start_by(&home, command);
        daemon.log().wait_for("connected to NATS");
        daemon
    });
    let mut caller = Caller::start(of_server.command(&tools.python), &server.url());
    let shared = caller.ask("share adder.process 100");
    let served: BTreeSet<&str> = shared["counts"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((served.len(), &shared["failures"]), (2, &json!({})), "{shared}");
    // A machine that falls off the network is not waited for.
    assert!(ip(&["-n", &first.0, "link", "set", "eth0", "down"]));
    let pid = daemons[1].client().ask("adder.process", json!([])).to_string();
    until("the other machine serves alone", || {
        let shared = caller.ask("share adder.process 4");
        shared["counts"] == json!({ (&*pid): 4 })
    });
    for daemon in daemons {
        daemon.terminate();
    }
}
