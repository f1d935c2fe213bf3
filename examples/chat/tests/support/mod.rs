//! Nodes for the tests: kernels with a data directory of their own, on ports of this machine.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses some of it, and a panic fails it"
)]

pub mod mail;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use chat::stamp;
use harness::{Client, Daemon, Home, until};
use serde_json::{Value, json};

pub const CHAT: &str = env!("CARGO_BIN_EXE_chat");

/// A node that runs.
pub struct Node {
    pub kernel: Daemon,
    pub client: Client,
    pub id: String,
    /// The port where it listens for other nodes.
    pub port: u16,
}

/// A place where a node can be started again and again.
pub struct Place {
    pub home: Home,
    data: tempfile::TempDir,
    /// The port, once it was started.
    port: u16,
}

impl Place {
    pub fn new() -> Self {
        Place { home: Home::new(CHAT), data: tempfile::tempdir().unwrap(), port: 0 }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.data.path().join("data")
    }

    /// The command line of its kernel.
    pub fn line(&self) -> Vec<String> {
        let (data, port) = (self.data().display().to_string(), self.port.to_string());
        let line =
            ["kernel", "-f", "--address", "127.0.0.1", "--port", &port, "--tick", "50ms", "--data", &data];
        line.map(str::to_owned).to_vec()
    }

    /// Starts the node at a port.
    pub fn start_at(&mut self, nick: &str, port: u16) -> Node {
        self.port = port;
        self.start(nick)
    }

    /// Starts the node, always at the same port.
    pub fn start(&mut self, nick: &str) -> Node {
        self.start_with(nick, &[])
    }

    pub fn start_with(&mut self, nick: &str, more: &[&str]) -> Node {
        let mut command = self.home.command(&self.line());
        command.args(more);
        let kernel = Daemon::start_by(&self.home, command);
        let mut client = kernel.client();
        let info = client.ask("info", json!([]));
        let id = info["id"].as_str().unwrap().to_owned();
        self.port = info["listens"].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
        if info["nick"] != nick {
            client.ask("nick", json!([nick]));
        }
        Node { kernel, client, id, port: self.port }
    }
}

impl Node {
    /// Gives the node stamps to pay with.
    pub fn pay(&mut self, count: usize) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let id = self.id.parse().unwrap();
        let stamps: Vec<String> = (0..count).map(|_| stamp::mint(id, stamp::FEWEST_BITS, now)).collect();
        self.client.ask("stamps.add", json!([stamps]));
    }

    /// Connects it to another one.
    pub fn connect(&mut self, other: &Node) {
        assert_eq!(self.client.ask("connect", json!(["127.0.0.1", other.port])), other.id.as_str());
    }

    /// Writes a message, and returns its id.
    pub fn write(&mut self, to: &str, subject: &str, body: &str) -> String {
        let ids = self.client.ask("messages.new", json!([[to], subject, body]));
        ids[0].as_str().unwrap().to_owned()
    }

    pub fn messages(&mut self) -> Vec<Value> {
        self.client.ask("messages.list", json!([])).as_array().unwrap().clone()
    }

    /// The status of a message, by its id.
    pub fn status(&mut self, id: &str) -> String {
        self.client.ask("messages.find", json!([id]))["status"].as_str().unwrap_or("-").to_owned()
    }

    /// Waits until a message has a status.
    pub fn wait_for_status(&mut self, id: &str, status: &str) {
        until(&format!("message {id} is {status}"), || self.status(id) == status);
    }

    /// Waits until it is connected to another node.
    pub fn wait_for_node(&mut self, id: &str) {
        until("the nodes are connected", || self.is_connected_to(id));
    }

    pub fn is_connected_to(&mut self, id: &str) -> bool {
        let links = self.client.ask("connections", json!([]));
        links.as_array().unwrap().iter().any(|link| link["node"] == id && link["state"] != "opening")
    }

    /// Kills it.
    pub fn kill(self) {
        self.kernel.signal(nix::sys::signal::Signal::SIGKILL);
        self.kernel.ended();
    }

    pub fn stop(self) {
        drop(self.client);
        self.kernel.terminate();
    }
}

/// Whether a path has these permission bits.
pub fn has_mode(path: &Path, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777 == mode
}
