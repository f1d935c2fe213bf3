//! The services as their users meet them: curl on the front, bare JSON on the sockets, kills, tokens, stops.

// A panic here fails the test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use harness::{Daemon, Finished, Home, Process, is_root, program, run, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_microservices");

/// All services, started by `up`.
struct Services {
    home: Home,
    up: Daemon,
    /// Where the front listens.
    front: String,
}

impl Services {
    fn start() -> Services {
        let home = Home::new(PROGRAM);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = home.command(&["up"]);
        command.env("FRONT_SOCKET", format!("tcp://127.0.0.1:{port}"));
        let up = Daemon::start_by(&home, command);
        let services = Services { home, up, front: format!("http://127.0.0.1:{port}") };
        services.wait_until_ready();
        services
    }

    fn wait_until_ready(&self) {
        until("the front serves", || self.get("/overview").0 == 200);
    }

    /// Calls the front with curl; returns the status and the body.
    fn curl(&self, path: &str, more: &[&str]) -> (u16, String) {
        let mut command = Command::new("curl");
        command.args(["--silent", "--max-time", "20", "--write-out", "\n%{http_code}"]);
        let finished = run({
            command.args(more).arg(format!("{}{path}", self.front));
            command
        });
        let (body, status) = finished.stdout.rsplit_once('\n').unwrap_or_else(|| panic!("{finished:#?}"));
        (status.parse().unwrap_or_else(|_| panic!("{finished:#?}")), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.curl(path, &[])
    }

    /// Runs the program on these services.
    fn run(&self, arguments: &[&str]) -> Finished {
        self.home.run(arguments)
    }

    /// Makes a token for the callers of a service.
    fn token(&self, service: &str, name: &str) -> String {
        let finished = self.run(&[service, "token", "add", name]);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        let token = finished.stdout.split_whitespace().find(|word| word.starts_with("dmn_"));
        token.unwrap_or_else(|| panic!("{finished:#?}")).to_owned()
    }

    fn connect(&self, service: &str) -> UnixStream {
        let stream = UnixStream::connect(self.home.path().join(format!("service_{service}.sock"))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends a request in bare JSON, and returns the answer.
    fn bare(&self, service: &str, request: &str) -> Value {
        let mut stream = self.connect(service);
        stream.write_all(request.as_bytes()).unwrap();
        answer(stream)
    }

    fn process(&self, service: &str) -> Process {
        let file = self.home.path().join(format!("{service}.pid"));
        let mut found = None;
        until("the service has a process", || {
            found = fs::read_to_string(&file).ok().and_then(|text| Process::open(text.trim().parse().ok()?));
            found.is_some()
        });
        found.unwrap()
    }

    fn end(self) {
        self.up.signal(Signal::SIGTERM);
        assert_eq!(self.up.ended().code, Some(0));
        let left = self.home.files();
        let kept = |file: &String| ["secret", "tokens"].iter().any(|kept| file.starts_with(kept));
        assert!(left.iter().all(kept), "{left:?}");
    }
}

fn answer(mut stream: UnixStream) -> Value {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text:?}"))
}

fn has_curl() -> bool {
    let has = program("curl").is_some();
    if !has {
        skip("curl is not here");
    }
    has
}

#[test]
fn curl_calls_the_services_through_the_front() {
    if !has_curl() {
        return;
    }
    let services = Services::start();
    assert_eq!(services.get("/"), (200, r#"{"message":"Hello World!"}"#.to_owned()));
    assert_eq!(services.get("/user"), (200, r#"[{"id":1,"name":"Zeki"}]"#.to_owned()));
    assert_eq!(services.get("/overview"), (200, r#"{"users":1,"products":1}"#.to_owned()));
    assert_eq!(services.get("/user/1").0, 200);
    assert_eq!(services.get("/user/7").0, 404);
    assert_eq!(services.get("/nothing").0, 404);
    assert_eq!(services.curl("/user", &["-X", "DELETE"]).0, 405);
    services.end();
}

#[test]
fn only_who_shows_a_token_may_add() {
    if !has_curl() {
        return;
    }
    let services = Services::start();
    let token = services.token("front", "ann");
    let json = ["-H", "Content-Type: application/json", "-d"];
    let add = |body: &str, bearer: Option<&str>| {
        let header = bearer.map(|token| format!("Authorization: Bearer {token}"));
        let more = header.iter().flat_map(|header| ["-H", header.as_str()]);
        services.curl("/user", &json.iter().copied().chain([body]).chain(more).collect::<Vec<_>>())
    };
    assert_eq!(add(r#"{"name":"Ann"}"#, None).0, 401);
    assert_eq!(add(r#"{"name":"Ann"}"#, Some("dmn_wrong")).0, 401);
    // What is wrong is found before the service is asked.
    assert_eq!(add(r#"{"name":""}"#, Some(&token)).0, 400);
    assert_eq!(add(r#"{"name":"Ann"}"#, Some(&token)), (200, r#"{"id":2,"name":"Ann"}"#.to_owned()));
    assert_eq!(services.get("/overview").1, r#"{"users":2,"products":1}"#);
    let revoked = services.run(&["front", "token", "revoke", "ann"]);
    assert_eq!(revoked.code, Some(0), "{revoked:#?}");
    assert_eq!(add(r#"{"name":"Ann"}"#, Some(&token)).0, 401);
    services.end();
}

#[test]
fn the_status_of_all_services_has_what_they_have_done() {
    if !has_curl() {
        return;
    }
    let services = Services::start();
    let token = services.token("front", "ann");
    let bearer = format!("Authorization: Bearer {token}");
    let (status, body) = services.curl("/status", &["-H", &bearer]);
    assert_eq!(status, 200, "{body}");
    let members: Value = serde_json::from_str(&body).unwrap();
    for name in ["users", "products", "home", "front"] {
        let member = members.as_array().unwrap().iter().find(|member| member["name"] == name);
        let member = member.unwrap_or_else(|| panic!("{members:#}"));
        assert_eq!(member["pid"], services.process(name).pid(), "{member:#}");
        assert!(member["uptime"].as_f64() > Some(0.0), "{member:#}");
        assert!(member["requests"].as_u64() > Some(0), "{member:#}");
    }
    services.end();
}

#[test]
fn requests_in_bare_json_get_bare_json() {
    let services = Services::start();
    let token = services.token("users", "old");
    let get = |path: &str| json!({ "path": path }).to_string();
    assert_eq!(services.bare("home", &get("/")), json!({ "message": "Hello World!" }));
    assert_eq!(services.bare("users", &get("/user")), json!([{ "id": 1, "name": "Zeki" }]));
    assert_eq!(services.bare("users", &get("/nothing")), json!({ "code": 404, "message": "Not found!" }));
    let delete = json!({ "path": "/user/1", "method": "DELETE" }).to_string();
    let refused = json!({ "code": 405, "message": "Method not allowed", "detail": "Allowed methods: GET" });
    let said = services.bare("users", &delete);
    assert_eq!((&said["code"], &said["message"]), (&refused["code"], &refused["message"]), "{said}");
    assert!(said["detail"].as_str().unwrap().starts_with("Allowed methods: GET"), "{said}");
    for wrong in ["{", "[]", "nonsense", r#"{"method":"GET"}"#] {
        let mut stream = services.connect("users");
        stream.write_all(wrong.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let said = answer(stream);
        assert_eq!((&said["status"], &said["code"]), (&json!("error"), &json!(400)), "{wrong}: {said}");
    }
    let add = |token: Option<&str>| {
        json!({ "path": "/user", "method": "POST", "data": { "name": "Ann" }, "auth_token": token })
            .to_string()
    };
    assert_eq!(services.bare("users", &add(None))["code"], 401);
    assert_eq!(services.bare("users", &add(Some("wrong")))["code"], 401);
    assert_eq!(services.bare("users", &add(Some(&token))), json!({ "id": 2, "name": "Ann" }));
    let socket = services.home.path().join("service_users.sock");
    assert_eq!(fs::metadata(socket).unwrap().permissions().mode() & 0o777, 0o770);
    services.end();
}

#[test]
fn no_request_harms_a_service() {
    let services = Services::start();
    let process = services.process("users");
    // Silent callers block nobody.
    let silent: Vec<UnixStream> = (0..20).map(|_| services.connect("users")).collect();
    assert_eq!(services.bare("users", r#"{"path":"/user/1"}"#)["name"], "Zeki");
    // One of 4096 bytes, one of 100,000, and one that comes byte by byte.
    for length in [4096, 100_000] {
        let request = |pad: usize| json!({ "path": "/user/1", "pad": "x".repeat(pad) }).to_string();
        let request = request(length - request(0).len());
        assert_eq!(request.len(), length);
        assert_eq!(services.bare("users", &request)["name"], "Zeki");
    }
    let mut slow = services.connect("users");
    for byte in br#"{"path":"/user/1"}"# {
        slow.write_all(&[*byte]).unwrap();
    }
    assert_eq!(answer(slow)["name"], "Zeki");
    // Some leave early.
    for request in ["", "{", r#"{"path":"/user"}"#] {
        let mut stream = services.connect("users");
        stream.write_all(request.as_bytes()).unwrap();
        drop(stream);
    }
    assert_eq!(services.bare("users", r#"{"path":"/user/1"}"#)["name"], "Zeki");
    drop(silent);
    assert!(process.is_running());
    services.end();
}

#[test]
fn no_request_fails_while_services_are_killed() {
    if !has_curl() {
        return;
    }
    let services = Services::start();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let load = || {
            let mut calls = 0;
            while !over.load(Ordering::Relaxed) {
                let (status, body) = services.get("/overview");
                assert_eq!((status, &*body), (200, r#"{"users":1,"products":1}"#), "after {calls} calls");
                calls += 1;
            }
            calls
        };
        let loads = [scope.spawn(load), scope.spawn(load)];
        for turn in 0..12 {
            let name = ["users", "products"][turn % 2];
            let process = services.process(name);
            process.signal(Signal::SIGKILL);
            process.wait();
            until("it is back", || services.process(name).pid() != process.pid());
            services.wait_until_ready();
        }
        over.store(true, Ordering::Relaxed);
        let calls: usize = loads.into_iter().map(|load| load.join().unwrap()).sum();
        assert!(calls > 12, "{calls}");
    });
    services.end();
}

#[test]
fn a_second_start_changes_nothing_and_a_killed_one_leaves_nothing() {
    let services = Services::start();
    let second = services.run(&["up", "-d"]);
    assert_ne!(second.code, Some(0), "{second:#?}");
    assert!(second.stderr.contains(&services.up.process().pid().to_string()), "{second:#?}");
    assert_eq!(services.bare("home", r#"{"path":"/"}"#)["message"], "Hello World!");
    let members = ["users", "products", "home", "front"].map(|name| services.process(name));
    services.up.signal(Signal::SIGKILL);
    for member in members {
        member.wait();
    }
    let again = Daemon::start_by(&services.home, services.home.command(&["up"]));
    let socket = services.home.path().join("service_home.sock");
    until("the home page serves", || served(&socket));
    assert_eq!(services.bare("home", r#"{"path":"/"}"#)["message"], "Hello World!");
    again.signal(Signal::SIGTERM);
    assert_eq!(again.ended().code, Some(0));
}

#[test]
fn down_stops_all() {
    let services = Services::start();
    let members = ["users", "products", "home", "front"].map(|name| services.process(name));
    let down = services.run(&["down"]);
    assert_eq!(down.code, Some(0), "{down:#?}");
    for member in members {
        assert!(!member.is_running());
    }
    services.up.ended();
}

#[test]
fn they_run_as_process_1_of_a_container() {
    if !is_root() || program("unshare").is_none() {
        return skip("only root can make a container, with the program `unshare`");
    }
    let home = Home::new(PROGRAM);
    let container = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let up = Daemon::start_by(&home, home.command_by(&container, &["up"]));
    let socket = home.path().join("service_home.sock");
    until("the home page serves", || served(&socket));
    up.process()
        .children()
        .into_iter()
        .filter_map(Process::open)
        .for_each(|process| process.signal(Signal::SIGTERM));
    assert_eq!(up.ended().code, Some(0));
}

fn served(socket: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    stream.write_all(br#"{"path":"/"}"#).is_ok() && answer(stream)["message"] == "Hello World!"
}
