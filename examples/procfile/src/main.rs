//! A small foreman: it runs the programs that a file names, and shows what they write.
//!
//! The file is `Procfile.toml`, in the directory where it is started, unless `--file` names another one:
//!
//! ```toml
//! web = "python3 -m http.server 8000"
//!
//! [worker]
//! command = "./worker --queue mail"
//! needs = ["web"]
//! restart = "on-failure"
//! ```
//!
//! `procfile -f` runs them in the foreground until Ctrl-C: each line that a program writes has its name before it, in its
//! own colour. While it runs, `procfile service.status` and all other commands for services work from another terminal.

mod file;
mod lines;

use std::io::{IsTerminal, Write, pipe, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use daemon_core::Readiness;
use daemon_core::prelude::*;

use crate::lines::Lines;

/// The colours of names, one after the other: cyan, yellow, green, magenta, red, blue.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 31, 34];

/// I run the programs of a file, and show what they write.
#[daemon(name = "procfile", services)]
#[derive(Default)]
struct Foreman {
    /// The file that names the programs
    #[flag(default = "Procfile.toml")]
    file: PathBuf,
    /// The length of the longest name.
    width: usize,
}

#[daemon]
impl Foreman {
    fn setup(&mut self, daemon: &mut Context) -> Result<()> {
        let services = file::read(&self.file)?;
        self.width = services.keys().map(String::len).max().unwrap_or_default();
        let mut prepared = Vec::with_capacity(services.len());
        for ((name, service), colour) in services.into_iter().zip(COLOURS.into_iter().cycle()) {
            let (reader, writer) = pipe()?;
            let output = format!("{name}-output");
            daemon.services().hold(&output, writer)?.send();
            let (mut lines, label) = (Lines::default(), name.clone());
            daemon.watch(reader, Readiness::Read, move |foreman: &mut Foreman, reader, _| {
                lines.read(reader, |line| foreman.show(&label, Some(colour), line));
            })?;
            prepared.push((name, service.fd(1, &output)?.fd(2, &output)?));
        }
        daemon.services().add_all(prepared)?.then(|_: &mut Foreman, added: Result<bool, Fault>, daemon| {
            if let Err(fault) = added {
                daemon.fail(fault);
            }
        });
        Ok(())
    }

    /// Shows what happens to the programs.
    #[on(service)]
    fn report(&mut self, event: &Event) {
        if let Event::Service(change) = event {
            let reason = change.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            self.show(&change.service, None, &format!("is {}{reason}", change.state));
        }
    }

    /// Writes a line with a name before it. A terminal that is gone is no reason to end.
    fn show(&self, name: &str, colour: Option<u8>, line: &str) {
        let mut out = stdout().lock();
        let width = self.width;
        let _ = match colour.filter(|_| out.is_terminal()) {
            Some(colour) => writeln!(out, "\x1b[{colour}m{name:<width$} |\x1b[0m {line}"),
            None if colour.is_some() => writeln!(out, "{name:<width$} | {line}"),
            None => writeln!(out, "{name:<width$} * {line}"),
        };
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Foreman>()
}
