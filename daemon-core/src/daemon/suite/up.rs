//! The daemon that looks after the others of its suite: they are its services.

use std::io::{ErrorKind, IsTerminal, Read, Write, pipe, stdout};
use std::sync::OnceLock;

use super::look::{self, MemberStatus};
use super::plan::{Plan, Planned};
use crate::context::Context;
use crate::daemon::builder::builder;
use crate::declare::worker::WorkerType;
use crate::declare::{Daemon, DaemonSpec, Describe, Listener, NoSettings, Setup, Timer};
use crate::directory::Directory;
use crate::error::Result;
use crate::event::{Event, EventKind};
use crate::fault::Fault;
use crate::poller::Readiness;
use crate::printable::OneLine;
use crate::rpc::Method;
use crate::rpc::method::{Handler, MethodSpec, Name};
use crate::rpc::signature::returns;

/// The name of this daemon.
pub(super) const NAME: &str = "up";
/// The colours of names, one after the other: cyan, yellow, green, magenta, red, blue.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 31, 34];
/// The longest line of a member that is shown; a longer one comes in pieces.
const LONGEST: usize = 4096;

/// What this process starts, once that is known.
static PLAN: OnceLock<Plan> = OnceLock::new();

/// The state of the daemon.
#[derive(Debug)]
pub(super) struct Up {
    /// The length of the longest name.
    width: usize,
}

impl Describe for Up {
    const SPEC: DaemonSpec = DaemonSpec {
        doc: "I look after the daemons of this suite.",
        services: Some(&[]),
        ..DaemonSpec::new(NAME, env!("CARGO_PKG_VERSION"))
    };
    const WORKERS: Option<&'static [&'static dyn WorkerType]> = Some(&[]);
}

impl Daemon for Up {
    type Settings = NoSettings;
    const METHODS: &'static [Method<Self, NoSettings>] = &[Method {
        spec: MethodSpec {
            doc: "What all daemons of the suite do.",
            read_only: true,
            result: returns::<Vec<MemberStatus>>(),
            ..MethodSpec::new(Name::Whole("suite.status"))
        },
        run: Handler::Here(|_, call| {
            call.params::<()>()?;
            let directory = Directory::current(NAME);
            call.in_thread(None, move || look::at(&directory).map_err(Fault::internal))
        }),
        check: None,
    }];
    const LISTENERS: &'static [Listener<Self>] = &[
        Listener { kind: EventKind::Reload, name: "reload", handle: |up, _, context| up.reload(context) },
        Listener { kind: EventKind::Service, name: "report", handle: |up, event, _| up.report(event) },
    ];
    const TIMERS: &'static [Timer<Self>] = &[];
    const SETUP: Setup<NoSettings, Self> = |_, context| match PLAN.get() {
        Some(plan) => Up::start(plan, context),
        None => Ok(Up { width: 0 }),
    };
    const TEARDOWN: Option<crate::declare::Hook<Self>> = None;
}

/// Runs the daemon, with these members.
pub(super) fn run(plan: Plan, arguments: Vec<String>) -> std::process::ExitCode {
    let _ = PLAN.set(plan);
    builder::<Up>().args(arguments).main()
}

/// Stops the daemon, if it runs, and waits until it has ended.
pub(super) fn stop() -> std::process::ExitCode {
    builder::<Up>().args(["stop"]).main()
}

impl Up {
    /// Adds all members to the services.
    fn start(plan: &Plan, context: &mut Context) -> Result<Self> {
        let directory = Directory::current(NAME);
        let width = plan.members.iter().map(|member| member.name.to_string().len()).max().unwrap_or_default();
        let mut services = Vec::with_capacity(plan.members.len());
        for (place, member) in plan.members.iter().enumerate() {
            let mut service = plan.service(member, &directory)?;
            if !plan.detached {
                let output = show(member, COLOURS[place % COLOURS.len()], context)?;
                service = service.fd(1, &output)?.fd(2, &output)?;
            }
            services.push((member.name.to_string(), service));
        }
        context.services().add_all(services)?.then(|_: &mut Up, added: Result<bool, Fault>, context| {
            if let Err(fault) = added {
                context.fail(fault);
            }
        });
        Ok(Up { width })
    }

    /// Has every member reload.
    #[allow(clippy::unnecessary_wraps)] // A listener may fail.
    fn reload(&mut self, context: &mut Context) -> Result<()> {
        // Those that do not run read everything when they start.
        context.services().signal("*", "SIGHUP")?.then(|_: &mut Up, _: Result<u64, Fault>, _| {});
        Ok(())
    }

    /// Shows what happens to the members.
    #[allow(clippy::unnecessary_wraps)]
    fn report(&mut self, event: &Event) -> Result<()> {
        if let (Event::Service(change), Some(Plan { detached: false, .. })) = (event, PLAN.get()) {
            let reason = change.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            // A terminal that is gone is no reason to end.
            let _ = writeln!(
                stdout().lock(),
                "{:<1$} * is {2}{reason}",
                change.service,
                self.width,
                change.state
            );
        }
        Ok(())
    }

    fn show(&self, name: &str, colour: u8, line: &str) {
        let (mut out, width, line) = (stdout().lock(), self.width, OneLine(line));
        let _ = match out.is_terminal() {
            true => writeln!(out, "\x1b[{colour}m{name:<width$} |\x1b[0m {line}"),
            false => writeln!(out, "{name:<width$} | {line}"),
        };
    }
}

/// Has what a member writes shown with its name; returns the name of the descriptor to write to.
fn show(member: &Planned, colour: u8, context: &mut Context) -> Result<String> {
    let (reader, writer) = pipe()?;
    let output = format!("{}-output", member.name);
    context.services().hold(&output, writer)?.send();
    let (mut begun, name) = (Vec::new(), member.name.to_string());
    context.watch(reader, Readiness::Read, move |up: &mut Up, reader, _| {
        read(reader, &mut begun);
        for line in lines(&mut begun) {
            up.show(&name, colour, &line);
        }
    })?;
    Ok(output)
}

/// Reads once.
fn read(mut from: impl Read, into: &mut Vec<u8>) {
    let mut bytes = [0; LONGEST];
    match from.read(&mut bytes) {
        Ok(count) => into.extend_from_slice(&bytes[..count]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
        Err(error) => into.extend_from_slice(format!("(cannot be read: {error})\n").as_bytes()),
    }
}

/// Takes the lines that are whole, and what is too long for a line.
fn lines(begun: &mut Vec<u8>) -> Vec<String> {
    let mut whole = Vec::new();
    while let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
        let line: Vec<u8> = begun.drain(..=end).collect();
        whole.push(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
    if begun.len() >= LONGEST {
        whole.push(String::from_utf8_lossy(&std::mem::take(begun)).into_owned());
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_when_they_are_whole() {
        let mut begun = Vec::new();
        let mut taken = Vec::new();
        for piece in ["one\ntw", "o\r\n\n", "the end"] {
            read(piece.as_bytes(), &mut begun);
            taken.extend(lines(&mut begun));
        }
        assert_eq!(taken, ["one", "two", ""]);
        read(vec![b'x'; LONGEST].as_slice(), &mut begun);
        assert!(lines(&mut begun)[0].starts_with("the endxxx"));
    }
}
