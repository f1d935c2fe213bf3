//! The ways in which a service says that it is ready.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

use crate::keeper::Keeper;
use harness::until;
use serde_json::json;

#[test]
fn a_service_is_ready_when_it_writes_a_line_to_its_descriptor() {
    let keeper = Keeper::start(
        r#"
        [service.s6]
        command = ["sh", "-c", "while ! test -e DIR/go; do sleep 0.01; done; echo >&3; exec 3>&-; exec sleep 1000"]
        ready = { fd = 3 }
        [service.silent]
        command = ["sh", "-c", "exec 3>&-; exec sleep 1000"]
        ready = "fd:3"
        start_timeout = "200ms"
        restart = "never"
        "#,
    );
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!(["s6", "starting", "20s"])), true);
    std::fs::write(keeper.path("go"), "").unwrap();
    assert_eq!(client.ask("service.wait", json!(["s6", "running", "20s"])), true);
    assert_eq!(client.ask("service.wait", json!(["silent", "failed", "20s"])), true);
    assert_eq!(keeper.info("silent")["reason"], "SIGKILL: not ready within 200ms");
    drop(client);
    keeper.finish();
}

/// Sends datagrams to NOTIFY_SOCKET: a name that begins with `@` is an abstract one.
const NOTIFY: &str = r"import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = os.environ['NOTIFY_SOCKET']
s.connect('\0' + name[1:] if name.startswith('@') else name)
s.send(sys.argv[1].encode())
";

#[test]
fn a_service_or_its_child_says_that_it_is_ready_and_nobody_else_can() {
    let Ok(python) = which("python3") else { return harness::tell_skipped("there is no python3") };
    let keeper = Keeper::start(&format!(
        r#"
        [service.direct]
        command = ["{python}", "DIR/serve.py"]
        ready = "notify"
        [service.child]
        command = ["sh", "-c", "setsid {python} DIR/notify.py READY=1; sleep 1000"]
        ready = "notify"
        [service.victim]
        command = ["sh", "-c", "echo $NOTIFY_SOCKET > DIR/name; exec sleep 1000"]
        ready = "notify"
        autostart = false
        "#
    ));
    std::fs::write(keeper.path("notify.py"), NOTIFY).unwrap();
    let serve = format!("{NOTIFY}s.send(b'STATUS=at work\\nREADY=1')\nimport time\ntime.sleep(1000)\n");
    std::fs::write(keeper.path("serve.py"), serve.replace("sys.argv[1].encode()", "b'STATUS=new'")).unwrap();
    let mut client = keeper.client();
    for name in ["direct", "child"] {
        // They may have started before their programs were there.
        assert_eq!(client.ask("service.restart", json!([name])), true);
    }
    assert_eq!(keeper.info("direct")["status"], "at work");

    client.send(r#"{"jsonrpc":"2.0","id":1,"method":"service.start","params":["victim"]}"#);
    let read = || std::fs::read_to_string(keeper.path("name")).unwrap_or_default();
    until("the victim has started", || read().ends_with('\n'));
    let name = read();
    let stranger = UnixDatagram::unbound().unwrap();
    let address = SocketAddr::from_abstract_name(&name.trim()[1..]).unwrap();
    stranger.send_to_addr(b"READY=1", &address).unwrap();
    // The message of another service comes later, so the stranger's was read.
    let mut other = keeper.client();
    assert_eq!(other.ask("service.restart", json!(["direct"])), true);
    assert_eq!(keeper.state("victim"), "starting");
    drop((client, other));
    keeper.finish();
}

fn which(name: &str) -> Result<String, ()> {
    let found = std::process::Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
    let path = String::from_utf8(found.map_err(drop)?.stdout).map_err(drop)?;
    if path.is_empty() { Err(()) } else { Ok(path.trim().to_owned()) }
}

#[test]
fn a_service_is_ready_when_its_socket_accepts_or_its_command_succeeds() {
    let keeper = Keeper::start(
        r#"
        [service.socket]
        command = "sleep 1000"
        ready = { socket = "unix:DIR/web.sock" }
        [service.command]
        command = "sleep 1000"
        ready = { command = ["test", "-e", "DIR/up"] }
        [service.after]
        command = "sleep 1000"
        needs = ["socket", "command"]
        "#,
    );
    let mut client = keeper.client();
    for name in ["socket", "command"] {
        assert_eq!(client.ask("service.wait", json!([name, "starting", "20s"])), true);
    }
    assert_eq!(keeper.state("after"), "waiting");
    let listener = UnixListener::bind(keeper.path("web.sock")).unwrap();
    assert_eq!(client.ask("service.wait", json!(["socket", "running", "20s"])), true);
    assert_eq!(keeper.info("after")["reason"], "it needs `command`, which is not ready");
    std::fs::write(keeper.path("up"), "").unwrap();
    assert_eq!(client.ask("service.wait", json!(["after", "running", "20s"])), true);
    drop((client, listener));
    keeper.finish();
}

#[test]
fn a_daemon_says_that_it_is_ready_and_that_it_stops() {
    let directory = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(harness::DEADLINE)).unwrap();
    let said = || {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let home = harness::Home::new(crate::keeper::KEEPER);
    let mut command = home.command(&["-f"]);
    command.env("NOTIFY_SOCKET", directory.path().join("notify"));
    let daemon = harness::Daemon::spawn(&home, command);
    assert_eq!(said(), "READY=1");
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(said(), "STOPPING=1");
    daemon.ends_well();
}

#[test]
fn a_daemon_is_a_service_that_says_when_it_is_ready() {
    let program = crate::keeper::KEEPER;
    let keeper = Keeper::start(&format!(
        r#"
        [service.inner]
        command = "{program} -f --socket unix:DIR/inner.sock --pidfile DIR/inner.pid"
        ready = "notify"
        "#
    ));
    let mut client = keeper.client();
    assert_eq!(client.ask("service.wait", json!(["inner", "running", "20s"])), true);
    drop(client);
    keeper.finish();
}
