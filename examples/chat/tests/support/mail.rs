//! The mail daemons of a node, and programs that talk to them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::{DEADLINE, Daemon, Home};
use serde_json::json;

use super::{CHAT, Place};

/// One of the two daemons, on any port.
pub struct Mail {
    pub daemon: Daemon,
    pub address: String,
    pub password: String,
}

impl Mail {
    pub fn start(place: &Place, name: &str, more: &[&str]) -> Mail {
        let kernel = format!("unix:{}", place.home.socket().with_file_name("kernel.sock").display());
        let home = Home::new(CHAT);
        let mut command = home.command(&[name, "-f", "-p", "0", "--kernel", &kernel, "--data"]);
        command.arg(place.data()).args(more);
        let daemon = Daemon::start_by(&home, command);
        let address = daemon.client().ask(&format!("{name}.address"), json!([])).as_str().unwrap().to_owned();
        let password = std::fs::read_to_string(place.data().join("mail-password.txt")).unwrap();
        Mail { daemon, address, password: password.trim().to_owned() }
    }

    pub fn connect(&self) -> Dialogue {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Dialogue(BufReader::new(stream))
    }

    /// What SASL's mechanism PLAIN says.
    pub fn credentials(&self) -> String {
        BASE64_STANDARD.encode(format!("\0ann\0{}", self.password))
    }
}

/// A connection that is driven line by line.
pub struct Dialogue(BufReader<TcpStream>);

impl Dialogue {
    /// The next line, without its end; empty at the end of the connection.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        let read = self.0.read_until(b'\n', &mut line);
        let has_ended = read.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
        assert!(read.is_ok() || has_ended, "no line: {read:?}");
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Sends a line, and reads until one begins with the text; returns what was read.
    pub fn ask(&mut self, line: &str, end: &str) -> String {
        self.send(&format!("{line}\r\n"));
        let mut all = String::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the connection has ended: {all}");
            all = all + &line + "\n";
            if line.starts_with(end) {
                return all;
            }
        }
    }
}

/// Whether a program is there. Where all tools have to be, it is an error if it is not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{program} is missing");
    if !found {
        #[allow(clippy::print_stderr, reason = "the reader must know that nothing was tested")]
        {
            eprintln!("skipped: there is no {program}");
        }
    }
    found
}

/// Runs a program that must succeed; returns what it says.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Makes a certificate for 127.0.0.1, and its key; returns their files.
pub fn certificate(directory: &Path) -> (String, String) {
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("certificate.pem"), path("key.pem"));
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -out";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend([certificate.as_str(), "-keyout", &key]);
    run("openssl", &arguments);
    (certificate, key)
}
