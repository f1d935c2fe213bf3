//! Who is measured: how each program is started, and the exact bytes of a call to it.

use std::path::Path;
use std::process::Command;

/// The name of every contender's socket in its directory.
pub(crate) const SOCKET: &str = "echo.sock";

/// The connections that a daemon holds without being told to hold more.
const USUAL_CONNECTIONS: usize = 1000;

/// A program that answers echo calls on a unix socket.
pub(crate) struct Contender {
    /// What the tables call it.
    pub(crate) name: &'static str,
    /// The command that serves `SOCKET` in the directory, to at least so many connections.
    pub(crate) command: fn(&Path, usize) -> Command,
    /// What its output says once it serves.
    pub(crate) ready: &'static str,
    /// The bytes of the call with this id.
    pub(crate) request: fn(usize) -> String,
    /// The bytes that answer it.
    pub(crate) reply: fn(usize) -> String,
}

/// The limit: the same bytes as the daemon gets, echoed without a look at them.
pub(crate) const BARE: Contender = Contender {
    name: "bare",
    command: |directory, _| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bare-echo"));
        command.arg(directory.join(SOCKET));
        command
    },
    ready: "ready on",
    request: call,
    reply: call,
};

/// A daemon that echoes, in the foreground.
pub(crate) const ECHO: Contender = Contender {
    name: "echo",
    command: |directory, connections| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plain-echo"));
        command.arg("--foreground");
        command.arg("--socket").arg(format!("unix:{}", directory.join(SOCKET).display()));
        command.arg("--pidfile").arg(directory.join("echo.pid"));
        if connections > USUAL_CONNECTIONS {
            command.arg("--limit").arg(format!("connections={}", 2 * connections));
        }
        command
    },
    ready: "ready on",
    request: call,
    reply: |id| format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":\"hello, world\"}}\n"),
};

fn call(id: usize) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"my.echo\",\"params\":[\"hello, world\"]}}\n")
}
