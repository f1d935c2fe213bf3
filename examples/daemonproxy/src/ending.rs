//! Every way out of the program: the end that was asked for, faults, and the program that takes the place of this one.

use std::fmt;
use std::process;

use crate::controllers::Connection;
use crate::handles::Handles;
use crate::log::{Level, Log};
use crate::proxy::Proxy;
use crate::services::Services;
use crate::sys::{self, successor};
use crate::text::Text;

/// What is reported as the reason of an end that was asked for.
const NORMAL: &str = "terminated normally";

/// Why the program cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Bad options, or a pool that is too small.
    Usage,
    /// A file, a socket or the system does not allow it.
    Surroundings,
    /// A fatal signal was received.
    Signal,
    /// A mistake of this program.
    Internal,
    /// Signals cannot be handled.
    SignalSetup,
}

impl Fault {
    pub(crate) fn exit_code(self) -> i32 {
        match self {
            Fault::Usage => 2,
            Fault::Surroundings => 3,
            Fault::Signal | Fault::Internal => sys::fatal::EXIT_CODE,
            Fault::SignalSetup => 5,
        }
    }
}

/// The parts that an end needs. At the start, there are neither handles nor services yet.
pub(crate) struct Ending<'p> {
    pub(crate) log: &'p mut Log,
    pub(crate) handles: Option<&'p Handles>,
    pub(crate) services: Option<&'p Services>,
}

impl Ending<'_> {
    /// Ends with this code, or runs the program that takes the place of this one, and passes it the reason. Returns only if
    /// there is such a program and it cannot be run.
    pub(crate) fn leave(&mut self, code: i32, reason: &[u8]) {
        let Some(name) = successor::name().map(Text::<255>::of) else { self.exit(code) };
        let name = name.as_bytes();
        self.log.bytes(
            Level::Warning,
            format_args!("daemonproxy exec_on_exit to "),
            quoted(name, b"'").as_bytes(),
        );
        self.list_services();
        self.log.finish(self.handles);
        if let Some(error) = successor::run(code, reason) {
            let mut text = Text::<400>::of(quoted(name, b"\"").as_bytes());
            text.push(b": ").push(sys::describe(error).as_bytes());
            self.log.bytes(Level::Error, format_args!("Unable to exec "), text.as_bytes());
        }
    }

    /// Ends with this code.
    pub(crate) fn exit(&mut self, code: i32) -> ! {
        self.list_services();
        self.log.finish(self.handles);
        process::exit(code & 0xff)
    }

    /// Deals with a fault. Returns if the guard does not let the program end.
    pub(crate) fn fatal(&mut self, guard: i64, fault: Fault, text: fmt::Arguments<'_>) {
        let text = Text::<256>::format(text);
        if successor::name().is_some() {
            self.leave(fault.exit_code(), text.as_bytes());
        }
        if guard != 0 {
            self.log.bytes(Level::Fatal, format_args!("(attempting to continue) "), text.as_bytes());
            return;
        }
        self.log.bytes(Level::Fatal, format_args!(""), text.as_bytes());
        self.exit(fault.exit_code())
    }

    /// Reports the services that are left running.
    fn list_services(&mut self) {
        for service in self.services.iter().flat_map(|services| services.iter()) {
            if let Some(run) = service.run() {
                let text = format_args!("service '{}' running as pid {}", service.name, run.pid);
                self.log.line(Level::Warning, text);
            }
        }
        self.services = None;
    }
}

impl Proxy {
    fn ending(&mut self) -> Ending<'_> {
        Ending { log: &mut self.log, handles: Some(&self.handles), services: Some(&self.services) }
    }

    /// Deals with a fault. Returns if the guard does not let the program end.
    pub(crate) fn fatal(&mut self, fault: Fault, text: fmt::Arguments<'_>) {
        let guard = self.guard;
        self.ending().fatal(guard, fault, text);
    }

    /// Ends because that was asked for.
    pub(crate) fn terminate(&mut self, code: i32) -> ! {
        self.controllers.flush_all();
        if successor::name().is_none() {
            self.log.line(Level::Info, format_args!("daemonproxy exiting"));
        }
        let mut ending = self.ending();
        ending.leave(code, NORMAL.as_bytes());
        ending.log.line(Level::Fatal, format_args!("{NORMAL}"));
        ending.exit(code)
    }

    /// Ends because the interactive controller has, unless the guard does not allow it.
    pub(crate) fn interactive_ended(&mut self, connection: &Connection) {
        if self.guard != 0 {
            let text = format_args!("interactive session ended, but not exiting due to terminate-guard");
            return self.log.line(Level::Warning, text);
        }
        self.log.line(Level::Info, format_args!("interactive session ended"));
        connection.set_blocking();
        self.terminate(0)
    }
}

fn quoted(text: &[u8], mark: &[u8]) -> Text<260> {
    let mut quoted = Text::of(mark);
    quoted.push(text).push(mark);
    quoted
}
