//! Redis, as an independent reference for the ratios: its ECHO of the same text with the same client.

use std::path::Path;
use std::process::Command;

use crate::common::contender::{Contender, SOCKET};

const PROGRAM: &str = "redis-server";

/// Redis on a unix socket only, without persistence.
pub(crate) const REDIS: Contender = Contender {
    name: "redis",
    command,
    // Versions differ in the case of its first letter.
    ready: "eady to accept connections",
    request,
    reply,
};

/// Whether the PATH has a Redis server.
pub(crate) fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(PROGRAM).is_file())
}

fn command(directory: &Path, connections: usize) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(directory);
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no", "--unixsocket"]);
    command.arg(directory.join(SOCKET));
    command.arg("--maxclients").arg((2 * connections).max(1000).to_string());
    command
}

fn request(_: usize) -> String {
    "*2\r\n$4\r\nECHO\r\n$12\r\nhello, world\r\n".to_owned()
}

fn reply(_: usize) -> String {
    "$12\r\nhello, world\r\n".to_owned()
}
