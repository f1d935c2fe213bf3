//! Mail programs that nobody here wrote, with a real kernel behind the daemons: Python's smtplib and imaplib, and curl.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use std::path::Path;
use std::process::Command;

use harness::{Daemon, Home};
use serde_json::json;
use support::{CHAT, Place};

/// Whether a program is there. Where all tools have to be, it is an error if it is not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{program} is missing");
    if !found {
        #[allow(clippy::print_stderr, reason = "the reader must know that nothing was tested")]
        {
            eprintln!("skipped: there is no {program}");
        }
    }
    found
}

/// Starts one of the two daemons, on any port; returns it with its address.
fn start(home: &Home, name: &str, data: &Path, kernel: &str, more: &[&str]) -> (Daemon, String) {
    let mut command = home.command(&[name, "-f", "-p", "0", "--kernel", kernel, "--data"]);
    command.arg(data).args(more);
    let daemon = Daemon::start_by(home, command);
    let address = daemon.client().ask(&format!("{name}.address"), json!([])).as_str().unwrap().to_owned();
    (daemon, address)
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn certificate(directory: &Path) -> (String, String) {
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("certificate.pem"), path("key.pem"));
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -out";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend([certificate.as_str(), "-keyout", &key]);
    run("openssl", &arguments);
    (certificate, key)
}

#[test]
fn python_and_curl_send_and_read_with_tls() {
    if !has("python3") || !has("curl") || !has("openssl") {
        return;
    }
    let mut place = Place::new();
    let node = place.start("ann");
    let data = place.data();
    let kernel = format!("unix:{}", place.home.socket().with_file_name("kernel.sock").display());
    let (certificate, key) = certificate(data.parent().unwrap());
    let tls = ["--certificate", &certificate, "--key", &key];
    let imap_home = Home::new(CHAT);
    let smtp_home = Home::new(CHAT);
    let (_imap, imap) = start(&imap_home, "imap", &data, &kernel, &tls);
    let (_smtp, smtp) = start(&smtp_home, "smtp", &data, &kernel, &tls);
    let password = std::fs::read_to_string(data.join("mail-password.txt")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail_programs.py");
    let said = run("python3", &[script, &imap, &smtp, &node.id, password.trim(), &certificate]);
    assert_eq!(said.lines().last(), Some("all fits"), "{said}");
    let user = format!("ann:{}", password.trim());
    let url = format!("imap://{imap}/INBOX;MAILINDEX=1");
    let mail = run("curl", &["-sS", "--ssl-reqd", "--cacert", &certificate, "-u", &user, &url]);
    assert!(mail.contains("Subject: ") && mail.contains("X-Status: "), "{mail}");
}
