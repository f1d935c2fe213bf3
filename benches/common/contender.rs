//! The contenders: how each program is started, and the exact bytes of a call to it.

use std::path::Path;
use std::process::Command;

/// The name of every contender's socket in its directory.
pub(crate) const SOCKET: &str = "echo.sock";

/// The connections that a daemon holds by default.
const USUAL_CONNECTIONS: usize = 1000;

/// A program that answers echo calls on a unix socket.
pub(crate) struct Contender {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// The command that serves `SOCKET` in the directory, for at least this many connections.
    pub(crate) command: fn(&Path, usize) -> Command,
    /// A part of its output that shows that it serves.
    pub(crate) ready: &'static str,
    /// The bytes of the call with this id.
    pub(crate) request: fn(usize) -> String,
    /// The bytes of the reply with this id.
    pub(crate) reply: fn(usize) -> String,
}

/// The baseline: the same bytes as the daemon gets, echoed without parsing.
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

/// The same daemon, called by XML-RPC, in the words of Python's client.
#[allow(dead_code, reason = "only `load` calls it")]
pub(crate) const XML: Contender = Contender {
    name: "xml",
    request: |_| {
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>my.echo</methodName>\n<params>\n<param>\n\
         <value><string>hello, world</string></value>\n</param>\n</params>\n</methodCall>\n"
            .to_owned()
    },
    reply: |_| {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><methodResponse><params><param><value><string>hello, world</string>\
         </value></param></params></methodResponse>\n"
            .to_owned()
    },
    ..ECHO
};

fn call(id: usize) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"my.echo\",\"params\":[\"hello, world\"]}}\n")
}
