//! The commands: a table of names and functions.
//!
//! A function reads the fields of its command, checks them in order, and has its effect. What is missing or wrong is a
//! [`Reason`], which is reported to the controller and in the log.

mod ending;
mod flags;
mod general;
mod handles;
mod opening;
mod services;
mod sockets;

use crate::controllers::Id;
use crate::log::Level;
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::text::{Fields, Line, integer};

/// A command.
struct Command {
    name: &'static str,
    run: fn(&mut Proxy, Id, Fields<'_>) -> Result<(), Reason>,
}

const COMMANDS: [Command; 24] = [
    Command { name: "echo", run: general::echo },
    Command { name: "statedump", run: general::statedump },
    Command { name: "exit", run: general::exit },
    Command { name: "chdir", run: general::chdir },
    Command { name: "conn.event_timeout", run: general::event_timeout },
    Command { name: "service.args", run: services::args },
    Command { name: "service.tags", run: services::tags },
    Command { name: "service.fds", run: services::fds },
    Command { name: "service.auto_up", run: services::auto_up },
    Command { name: "service.start", run: services::start },
    Command { name: "service.signal", run: services::signal },
    Command { name: "service.delete", run: services::delete },
    Command { name: "fd.pipe", run: opening::pipe },
    Command { name: "fd.open", run: opening::open },
    Command { name: "fd.socket", run: sockets::socket },
    Command { name: "fd.take", run: handles::take },
    Command { name: "fd.delete", run: handles::delete },
    Command { name: "log.filter", run: general::log_filter },
    Command { name: "log.dest", run: handles::log_dest },
    Command { name: "signal.clear", run: general::signal_clear },
    Command { name: "socket.create", run: general::socket_create },
    Command { name: "socket.delete", run: general::socket_delete },
    Command { name: "terminate", run: ending::terminate },
    Command { name: "terminate.exec_args", run: ending::exec_args },
];

/// The command whose name begins like another one's.
const GUARD: Command = Command { name: "terminate.guard", run: ending::guard };

/// The bytes of a failed command that the controller is sent, and that the log has.
const QUOTED: usize = 30;
const LOGGED: usize = 90;

/// Carries out a line of a controller.
pub(crate) fn run(proxy: &mut Proxy, id: Id, line: &[u8]) {
    if line.first() == Some(&b'#') || line.iter().all(|byte| b" \t\r\0".contains(byte)) {
        return;
    }
    proxy.log.bytes(Level::Debug, format_args!("controller[{id}] command: "), line);
    let mut fields = Fields::new(line);
    let name = fields.next().unwrap_or_default();
    let Some(command) = COMMANDS.iter().chain([&GUARD]).find(|command| command.name.as_bytes() == name)
    else {
        return report_unknown(proxy, id, name);
    };
    if let Err(reason) = (command.run)(proxy, id, fields) {
        report_failed(proxy, id, line, &reason);
    }
}

fn report_unknown(proxy: &mut Proxy, id: Id, name: &[u8]) {
    let shown = &name[..name.len().min(256)];
    proxy.log.bytes(Level::Error, format_args!("controller[{id}] sent unknown command "), shown);
    let mut event = Line::of(b"error\tUnknown command: ");
    event.push(name);
    proxy.controllers.send(id, &event, &mut proxy.log);
}

fn report_failed(proxy: &mut Proxy, id: Id, line: &[u8], reason: &Reason) {
    let (shown, cut) = if line.len() > LOGGED { (&line[..LOGGED], &b"'..."[..]) } else { (line, &b"'"[..]) };
    let quoted = Line::of(shown).join(cut);
    proxy.log.bytes(Level::Error, format_args!("controller[{id}] command failed: '"), quoted.as_bytes());
    let quoted = Line::of(reason.as_bytes().trim_ascii_end()).join(b"'");
    proxy.log.bytes(Level::Error, format_args!("  with error: '"), quoted.as_bytes());
    let mut event = Line::of(b"error\t");
    event.push(reason.as_bytes()).push(b", for command \"");
    match line.len() < QUOTED {
        true => event.push(line),
        false => event.push(&line[..QUOTED]).push(b"..."),
    };
    event.push(b"\"");
    proxy.controllers.send(id, &event, &mut proxy.log);
}

/// Reads a field that is an integer.
fn expect_integer(field: Option<&[u8]>) -> Result<i64, Reason> {
    field.and_then(integer).ok_or(Reason::Fixed("Expected integer"))
}

/// Returns a field that is there and not empty.
fn expect<'l>(field: Option<&'l [u8]>, missing: &'static str) -> Result<&'l [u8], Reason> {
    field.filter(|field| !field.is_empty()).ok_or(Reason::Fixed(missing))
}
