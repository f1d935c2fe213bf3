//! TLS: daemons that are called by OpenSSL, by Python's `ssl` module, and by their own command line.
//!
//! The program `openssl` makes the certificates; `DAEMON_PYTHON` names another Python than `python3`.

// A panic here fails the test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{
    Authority, Certificate, Daemon, Finished, Home, Piped, Session, program, python, run, skip, type_in,
};
use nix::sys::signal::Signal;

const SECURED: &str = env!("CARGO_BIN_EXE_secured");

/// A daemon with a TLS socket and a unix one, and what its callers need.
struct Secured {
    authority: Authority,
    certificate: Certificate,
    daemon: Daemon,
    /// Its TLS socket, without the scheme.
    address: String,
}

impl Secured {
    /// Starts a daemon; `None` if there is no `openssl` here.
    fn start(more: &[&str]) -> Option<Secured> {
        let Some(authority) = Authority::new() else {
            skip("openssl is not here");
            return None;
        };
        let certificate = authority.sign("daemon");
        Some(Secured::start_with(authority, certificate, more))
    }

    fn start_with(authority: Authority, certificate: Certificate, more: &[&str]) -> Secured {
        let home = Home::new(SECURED);
        let unix = format!("unix:{}", home.socket().display());
        let mut command = home.command(&["-f", "-vv", "--socket", &unix, "--socket", "tls://127.0.0.1:0"]);
        command.arg("--tls-cert").arg(&certificate.file).arg("--tls-key").arg(&certificate.key).args(more);
        let daemon = Daemon::start_by(&home, command);
        let ready = daemon.log().wait_for("ready on tls://");
        let (_, address) = ready.rsplit_once("tls://").unwrap();
        Secured { address: address.trim().to_owned(), authority, certificate, daemon }
    }

    fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    /// Returns `openssl s_client`, connected to the TLS socket.
    fn s_client(&self, ca: &Path, more: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-quiet",
            "-no_ign_eof",
            "-verify_return_error",
            "-connect",
            &self.address,
        ]);
        command.arg("-CAfile").arg(ca).args(more);
        command
    }

    /// Runs a scenario of `tls.py`; `None` if there is no Python here.
    fn scenario(&self, name: &str) -> Option<Command> {
        let Some(python) = python(&["ssl"]) else {
            skip("python3 with its ssl module is not here");
            return None;
        };
        let mut command = Command::new(python);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls.py");
        command.arg(script).arg(name).arg(self.port()).arg(self.authority.file());
        Some(command)
    }

    /// Runs the daemon's program with a sub-command on the TLS socket.
    fn call(&self, args: &[&str]) -> Finished {
        let mut command = self.daemon.home().command(args);
        command.arg("--socket").arg(format!("tls://{}", self.address));
        command.arg("--tls-ca").arg(self.authority.file());
        run(command)
    }
}

/// A call of the echo daemon, and its reply.
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"my.echo","params":["hi"]}"#;
const REPLY: &str = r#"{"jsonrpc":"2.0","id":1,"result":"hi"}"#;

/// Runs a scenario against a daemon, which must not notice anything bad.
fn assert_plays(scenario: &str, more: &[&str]) {
    let Some(secured) = Secured::start(more) else { return };
    let Some(command) = secured.scenario(scenario) else { return };
    let finished = run(command);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    secured.daemon.finish();
}

#[test]
fn openssl_gets_its_reply_in_both_versions() {
    let Some(secured) = Secured::start(&[]) else { return };
    for version in ["-tls1_2", "-tls1_3"] {
        for protocol in [&[][..], &["-alpn", "http/1.1"][..]] {
            let mut peer =
                Piped::start(secured.s_client(&secured.authority.file(), &[&[version], protocol].concat()));
            peer.say(CALL);
            peer.stdout().wait_for(REPLY);
            let finished = peer.finish();
            assert_eq!(finished.code, Some(0), "{finished:#?}");
        }
    }
    secured.daemon.finish();
}

#[test]
fn curl_speaks_https() {
    let Some(curl) = program("curl") else { return skip("curl is not here") };
    let Some(secured) = Secured::start(&[]) else { return };
    let mut command = Command::new(curl);
    command.arg("-sS").arg("--cacert").arg(secured.authority.file());
    command.args(["-H", "Content-Type: application/json", "-d", CALL]);
    // The second request comes on the same connection.
    command.args([format!("https://{}/", secured.address), format!("https://{}/", secured.address)]);
    let finished = run(command);
    assert_eq!(finished.stdout, format!("{REPLY}{REPLY}"), "{finished:#?}");
    secured.daemon.finish();
}

#[test]
fn older_versions_and_other_protocols_are_refused() {
    let Some(secured) = Secured::start(&[]) else { return };
    for refused in [&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..], &["-alpn", "h2"]] {
        let finished = Piped::start(secured.s_client(&secured.authority.file(), refused)).finish();
        assert_ne!(finished.code, Some(0), "{finished:#?}");
        assert!(finished.stderr.contains("alert"), "{finished:#?}");
    }
    secured.daemon.log().wait_for_all(2, "TLS failed: peer");
    secured.daemon.finish();
}

#[test]
fn a_caller_that_does_not_trust_the_authority_hangs_up() {
    let Some(secured) = Secured::start(&[]) else { return };
    let other = secured.authority.self_signed("other");
    let finished = Piped::start(secured.s_client(&other.file, &[])).finish();
    assert_ne!(finished.code, Some(0), "{finished:#?}");
    secured.daemon.log().wait_for("TLS failed: received fatal alert: ");
    secured.daemon.finish();
}

#[test]
fn a_caller_must_show_a_certificate_if_the_daemon_says_so() {
    let Some(authority) = Authority::new() else { return skip("openssl is not here") };
    let (certificate, alice) = (authority.sign("daemon"), authority.sign("alice"));
    let mallory = authority.self_signed("mallory");
    let ca = authority.file();
    let more = ["--tls-client-ca", ca.to_str().unwrap()];
    let secured = Secured::start_with(authority, certificate, &more);
    let show = |shown: &Certificate, version| {
        let shown = [shown.file.to_str().unwrap(), shown.key.to_str().unwrap()];
        Piped::start(secured.s_client(&ca, &["-cert", shown[0], "-key", shown[1], version]))
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let mut peer = show(&alice, version);
        peer.say(r#"{"jsonrpc":"2.0","id":1,"method":"my.whoami"}"#);
        let reply = peer.stdout().wait_for("result");
        let fingerprint = secured.authority.fingerprint(&alice);
        assert!(reply.contains(&format!(r#""result":"{fingerprint}""#)), "{reply}");
        peer.finish();
        // With TLS 1.3, they learn of it after their part of the handshake.
        show(&mallory, version).stderr().wait_for("alert");
        Piped::start(secured.s_client(&ca, &[version])).stderr().wait_for("alert");
    }
    let log = secured.daemon.log();
    log.wait_for_all(2, "TLS failed: peer sent no certificates");
    log.wait_for_all(2, "TLS failed: invalid peer certificate");
    secured.daemon.finish();
}

#[test]
fn many_calls_in_one_flight_are_answered_in_order() {
    assert_plays("pipelined", &[]);
}

#[test]
fn the_largest_messages_pass_in_both_directions() {
    assert_plays("large", &[]);
}

#[test]
fn records_of_one_byte_are_read() {
    assert_plays("records_of_one_byte", &[]);
}

#[test]
fn records_that_arrive_byte_by_byte_are_read() {
    assert_plays("packets_of_one_byte", &[]);
}

#[test]
fn a_slow_reader_gets_every_reply() {
    assert_plays("slow_reader", &[]);
}

#[test]
fn the_end_of_the_callers_side_completes_its_last_request() {
    assert_plays("half_close", &[]);
}

#[test]
fn a_request_that_was_cut_is_not_served() {
    assert_plays("cut", &[]);
}

#[test]
fn a_cut_that_comes_with_the_end_of_the_handshake_is_noticed() {
    let Some(secured) = Secured::start(&[]) else { return };
    let Some(mut command) = secured.scenario("hasty") else { return };
    command.arg(secured.daemon.process().pid().to_string());
    let finished = run(command);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    secured.daemon.finish();
}

#[test]
fn peers_that_vanish_leave_nothing() {
    assert_plays("gone", &[]);
}

#[test]
fn a_handshake_has_a_deadline() {
    assert_plays("silent", &["--limit", "half_frame=300ms"]);
}

#[test]
fn what_is_not_tls_is_answered_with_an_alert() {
    assert_plays("garbage", &[]);
}

#[test]
fn a_corrupted_record_ends_the_connection() {
    assert_plays("corrupt", &[]);
}

#[test]
fn a_caller_beyond_the_limit_of_connections_is_refused() {
    assert_plays("crowd", &["--limit", "connections=2"]);
}

#[test]
fn a_daemon_that_stops_says_so_to_its_callers() {
    let Some(secured) = Secured::start(&[]) else { return };
    let Some(command) = secured.scenario("stopped") else { return };
    let peer = Piped::start(command);
    peer.stdout().wait_for("connected");
    secured.daemon.terminate();
    let finished = peer.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
}

#[test]
fn a_reload_exchanges_the_certificate_for_new_connections() {
    let Some(secured) = Secured::start(&[]) else { return };
    let newer = secured.authority.sign("newer");
    let Some(mut command) = secured.scenario("renewed") else { return };
    command.arg(&newer.file);
    let mut peer = Piped::start(command);
    peer.stdout().wait_for("connected");
    let Certificate { file, key } = &secured.certificate;
    // A key that does not fit: everything stays as it is.
    fs::copy(&newer.file, file).unwrap();
    secured.daemon.signal(Signal::SIGHUP);
    secured.daemon.log().wait_for("the certificate stays as it is: cannot use the certificate");
    assert_eq!(secured.call(&["my.echo", "hi"]).stdout, "hi");
    let fault = secured.daemon.client().fault("daemon.reload", serde_json::json!([]));
    assert!(fault.to_string().contains("cannot use the certificate"), "{fault}");
    fs::copy(&newer.key, key).unwrap();
    secured.daemon.client().ask("daemon.reload", serde_json::json!([]));
    peer.say("go on");
    let finished = peer.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    secured.daemon.finish();
}

#[test]
fn the_command_line_calls_a_daemon_whose_only_socket_is_tls() {
    let Some(authority) = Authority::new() else { return skip("openssl is not here") };
    let certificate = authority.self_signed("daemon");
    let home = Home::new(SECURED);
    let mut command = home.command(&["-f", "--socket", "tls://[::1]:0"]);
    command.arg("--tls-cert").arg(&certificate.file).arg("--tls-key").arg(&certificate.key);
    let daemon = Daemon::start_by(&home, command);
    let ready = daemon.log().wait_for("ready on tls://");
    let (_, socket) = ready.rsplit_once("ready on ").unwrap();
    let call = |args: &[&str], ca: Option<&PathBuf>| {
        let mut command = home.command(args);
        command.args(["--socket", socket.trim()]).arg("--pidfile").arg(home.pid_file());
        ca.map(|ca| command.env("SECURED_TLS_CA", ca));
        run(command)
    };
    // Its own certificate is what it is recognised by.
    assert_eq!(call(&["my.echo", "hi"], Some(&certificate.file)).stdout, "hi");
    let status = call(&["status"], Some(&certificate.file));
    assert!(status.code == Some(0) && status.stdout.contains(socket.trim()), "{status:#?}");
    let unknown = call(&["my.echo", "hi"], Some(&authority.file()));
    assert!(unknown.stderr.contains("invalid peer certificate"), "{unknown:#?}");
    let without = call(&["my.echo", "hi"], None);
    assert!(without.code == Some(2) && without.stderr.contains("--tls-ca"), "{without:#?}");
    assert_eq!(call(&["stop"], None).code, Some(0));
    daemon.ends_well();
}

#[test]
fn files_that_cannot_be_used_prevent_the_start() {
    let Some(authority) = Authority::new() else { return skip("openssl is not here") };
    let (certificate, other) = (authority.sign("daemon"), authority.sign("other"));
    let file = certificate.file.to_str().unwrap();
    let (key, other) = (certificate.key.to_str().unwrap(), other.key.to_str().unwrap());
    let open = authority.path("open.key");
    fs::copy(&certificate.key, &open).unwrap();
    fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let home = Home::new(SECURED);
    for (given, code, said) in [
        (&["--tls-cert", file][..], 2, "--tls-key"),
        (&["--tls-cert", file, "--tls-key", other], 1, "cannot use the certificate"),
        (&["--tls-cert", file, "--tls-key", open.to_str().unwrap()], 1, "run `chmod o= "),
        (&["--tls-cert", key, "--tls-key", key], 1, "there is no certificate in"),
        (&["--tls-cert", file, "--tls-key", "/dev/null"], 1, "it must be a file"),
        (&["--tls-cert", "missing.pem", "--tls-key", key], 1, "missing.pem"),
        (&["--tls-cert", file, "--tls-key", key, "--tls-client-ca", key], 1, "there is no certificate in"),
    ] {
        for way in ["-f", "-d"] {
            let finished = home.run(&[&[way, "--socket", "tls://127.0.0.1:0"], given].concat());
            assert_eq!(finished.code, Some(code), "{finished:#?}");
            assert!(finished.stderr.contains(said), "{finished:#?}");
        }
    }
    let finished = home.run(&["-f", "--tls-cert", file, "--tls-key", key]);
    assert!(finished.code == Some(2) && finished.stderr.contains("tls://127.0.0.1"), "{finished:#?}");
    home.assert_empty();
}

#[test]
fn the_session_in_the_guide_is_what_a_user_sees() {
    if program("openssl").is_none() {
        return skip("openssl is not here");
    }
    let home = Home::new(SECURED);
    // The daemon of this package takes the place of the other one, and the port may be taken.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let own = |command: &str| command.replace("target/debug/echo", SECURED).replace("10443", &free);
    let session = Session::play("14-tls.md", |command| {
        let printed = type_in(&own(command), home.path(), SECURED);
        printed.replace(&free, "10443").replace("secured:", "echo:")
    });
    if !session.is_true() {
        // A daemon that was started must not be left.
        home.run(&["stop"]);
    }
    assert_eq!(session.seen, session.shown);
}
