//! The sub-command `mcp`: an assistant starts it, and its pipes are connected to the running daemon.
//!
//! It passes lines on, in both directions, so the daemon serves the protocol itself and knows the user that asks. While the
//! daemon does not run, it answers in its place; each message tries to connect again. Standard output has nothing but
//! messages of the protocol.

mod link;

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use clap_builder::Command;

use self::link::Link;
use super::connect::dial;
use super::failure;
use crate::context::Facts;
use crate::daemon::config::Config;
use crate::daemon::registry::Registry;
use crate::declare::Daemon;
use crate::dialect::mcp;
use crate::error::{Error, OrError, Result};
use crate::rpc::output::Output;
use crate::settings::limits::Limits;

/// The longest message, in bytes. The daemon has a limit of its own, and says so.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The sub-command.
pub(super) fn command() -> Option<Command> {
    Some(Command::new("mcp").about("Let an assistant call the methods, by MCP on standard input and output"))
}

/// What stands between an assistant and the daemon.
struct Bridge<'a, D: Daemon> {
    config: &'a Config,
    /// How the daemon is called on the command line.
    call: &'a str,
    registry: &'a Registry<D>,
    facts: Facts,
    limits: Limits,
    link: Option<Link>,
}

/// Passes messages until standard input ends.
pub(super) fn serve<D: Daemon>(config: &Config, call: &str, registry: &Registry<D>) -> Result<ExitCode> {
    let facts = Facts { doc: D::SPEC.doc, ..Facts::new(D::SPEC.name, D::SPEC.version) };
    let limits = config.settings.get().limits;
    let mut bridge = Bridge { config, call, registry, facts, limits, link: None };
    let mut input = io::stdin().lock();
    while let Some(line) = next_line(&mut input)? {
        bridge.pass(&line)?;
    }
    if let Some(link) = bridge.link {
        link.end();
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a line, with its end; `None` at the end of the input.
fn next_line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = input.take(LONGEST).read_until(b'\n', &mut line);
    read.or_error(|| "cannot read standard input".to_owned())?;
    match line.last() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) if line.len() as u64 == LONGEST => {
            return Err(Error::usage(format!("a message is longer than {LONGEST} bytes")));
        }
        Some(_) => line.push(b'\n'),
    }
    Ok(Some(line))
}

impl<D: Daemon> Bridge<'_, D> {
    /// Passes a message to the daemon, or answers it if that is impossible.
    fn pass(&mut self, line: &[u8]) -> Result<()> {
        if self.link.as_mut().is_some_and(|link| link.send(line)) {
            return Ok(());
        }
        self.link = None;
        match self.connect() {
            Ok(mut link) => {
                if !link.send(line) {
                    return self.answer(line, &Error::new("the daemon hung up"));
                }
                self.link = Some(link);
                Ok(())
            }
            Err(error) => self.answer(line, &error),
        }
    }

    fn connect(&self) -> Result<Link> {
        let client = dial(self.config)?;
        Link::new(client, self.facts.name.to_owned(), format!("`{} -d` starts it", self.call))
    }

    /// Answers a message in place of the daemon, which cannot be reached.
    fn answer(&self, line: &[u8], error: &Error) -> Result<()> {
        let why = format!("{}: {}", self.facts.name, failure::describe(error, self.call, [].into_iter()));
        let mut output = Output::new(self.limits.output_hard);
        let message = (line, self.limits.nesting);
        mcp::offline(&self.registry.methods, &self.facts, message, &why, &mut output);
        if output.is_empty() {
            return Ok(());
        }
        output.push("\n");
        say(output.bytes())
    }
}

/// Writes a message to the assistant.
fn say(message: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(message).and_then(|()| stdout.flush());
    written.or_error(|| "cannot write to standard output".to_owned())
}
