//! The page at `/`, in a real browser: Chromium, driven by selenium over WebDriver.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use harness::{
    Daemon, Endpoint, Finished, Home, NO_NODE, Piped, node_modules, program, python, run_within, skip,
};
use nix::sys::socket::{Shutdown, shutdown};
use serde_json::json;

const GALLERY: &str = env!("CARGO_BIN_EXE_gallery");
const CANTEEN: &str = env!("CARGO_BIN_EXE_canteen");
/// How long a browser may take.
const TIME: Duration = Duration::from_secs(180);

/// Starts a daemon with a page, at this inet address too.
fn start(home: &Home, address: &str) -> (Daemon, String) {
    let unix = format!("unix:{}", home.socket().display());
    let daemon = Daemon::start_at(home, &["--socket", &unix, "--socket", &format!("tcp://{address}")]);
    let Endpoint::Tcp(address) = daemon.endpoints()[1].clone() else { panic!("no inet socket") };
    (daemon, address)
}

/// Returns a command that drives a browser with the page at this address; `None` if something is missing.
fn browser(scenario: &str, address: &str) -> Option<Command> {
    let tools = program("chromium").and(program("chromedriver")).and(python(&["selenium"]));
    let Some(python) = tools else {
        skip("chromium, chromium-driver (Debian) and selenium (PyPI) are needed");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/page.py");
    let mut command = Command::new(python);
    command.arg(script).arg(scenario).arg(format!("http://{address}/"));
    Some(command)
}

#[track_caller]
fn assert_well(finished: &Finished) {
    assert!(finished.stdout.ends_with("all is well"), "{}\n{}", finished.stdout, finished.stderr);
}

/// Tries something in a browser with the page of the gallery.
#[track_caller]
fn try_out(scenario: &str) {
    let (daemon, address) = start(&Home::new(GALLERY), "127.0.0.1:0");
    if let Some(command) = browser(scenario, &address) {
        assert_well(&run_within(command, TIME));
    }
    daemon.terminate();
}

/// Passes what comes to an inet address on to a unix socket, as `ssh -L` does; returns the address.
fn forward(socket: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = UnixStream::connect(&socket) else { continue };
            let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || pass(near, far_too));
            thread::spawn(move || pass(far, near_too));
        }
    });
    address
}

/// Copies until either end is closed, and closes both.
fn pass<From: Read + AsFd, To: Write + AsFd>(mut from: From, mut to: To) {
    let _ = io::copy(&mut from, &mut to);
    let _ = shutdown(from.as_fd().as_raw_fd(), Shutdown::Both);
    let _ = shutdown(to.as_fd().as_raw_fd(), Shutdown::Both);
}

/// Sends a request to the unix socket, and returns the answer with its headers in lower case.
fn exchange(daemon: &Daemon, method: &str, accept: &str) -> String {
    let mut stream = UnixStream::connect(daemon.home().socket()).unwrap();
    write!(stream, "{method} / HTTP/1.1\r\nHost: x\r\n{accept}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_browser_gets_the_page_and_others_get_what_they_had() {
    let daemon = Daemon::start(GALLERY, &[]);
    let page = exchange(&daemon, "GET", "Accept: text/html,*/*;q=0.8\r\n");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("</script>\n"), "{page}");
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; script-src 'sha256-",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(page.split("\r\n\r\n").next().unwrap().contains(header), "{header}");
    }
    assert!(exchange(&daemon, "GET", "").starts_with("HTTP/1.1 200 OK\r\n"));
    let head = exchange(&daemon, "HEAD", "");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    for (method, accept) in [("GET", "Accept: application/json\r\n"), ("DELETE", "")] {
        assert!(exchange(&daemon, method, accept).starts_with("HTTP/1.1 405 "), "{method} {accept}");
    }
    let options = exchange(&daemon, "OPTIONS", "");
    assert!(options.contains("allow: GET, HEAD, POST, OPTIONS\r\n"), "{options}");
    daemon.terminate();
}

#[test]
fn the_page_shows_the_daemon_and_asks_nobody_else() {
    try_out("loads");
}

#[test]
fn every_method_has_a_form() {
    let home = Home::new(CANTEEN);
    let daemon = Daemon::start_at(&home, &["--socket", &format!("unix:{}", home.socket().display())]);
    if let Some(command) = browser("forms", &forward(daemon.home().socket())) {
        assert_well(&run_within(command, TIME));
    }
    daemon.terminate();
}

#[test]
fn a_method_is_called_by_the_keyboard_alone() {
    try_out("keyboard");
}

#[test]
fn faults_and_mistakes_are_shown_where_they_belong() {
    try_out("faults");
}

#[test]
fn items_come_until_they_are_stopped() {
    try_out("streams");
}

#[test]
fn events_are_shown_as_they_happen_to_the_owner() {
    let daemon = Daemon::start(GALLERY, &[]);
    if let Some(command) = browser("events", &forward(daemon.home().socket())) {
        assert_well(&run_within(command, TIME));
    }
    daemon.terminate();
}

#[test]
fn the_page_fits_light_and_dark_and_any_width() {
    try_out("looks");
}

#[test]
fn axe_finds_no_obstacle() {
    if node_modules().is_none_or(|modules| !modules.join("axe-core").is_dir()) {
        return skip(NO_NODE);
    }
    try_out("accessible");
}

#[test]
fn the_page_waits_for_a_daemon_that_is_away() {
    let home = Home::new(GALLERY);
    let (daemon, address) = start(&home, "127.0.0.1:0");
    let Some(command) = browser("returns", &address) else { return };
    let mut browser = Piped::start(command);
    browser.stdout().wait_for("stop the daemon");
    daemon.terminate();
    browser.say("done");
    browser.stdout().wait_for("start the daemon");
    let (daemon, _) = start(&home, &address);
    browser.say("done");
    browser.stdout().wait_for("all is well");
    assert_well(&browser.finish());
    daemon.terminate();
}

#[test]
fn a_hidden_page_asks_nothing() {
    try_out("hidden");
}

#[test]
fn texts_of_the_daemon_do_no_harm() {
    try_out("hostile");
}

#[test]
fn a_page_of_another_origin_calls_nothing() {
    let (daemon, inet) = start(&Home::new(GALLERY), "127.0.0.1:0");
    for address in [inet, forward(daemon.home().socket())] {
        let Some(mut command) = browser("foreign", &address) else { return };
        command.env("METHOD", "gallery.order").env("PARAMS", r#"["stolen"]"#);
        assert_well(&run_within(command, TIME));
        assert_eq!(daemon.client().ask("gallery.orders", json!([])), 0);
    }
    daemon.terminate();
}
