//! Several daemons in one program: its first argument says which one is meant.

use std::fmt;
use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::USAGE;
use super::builder::{Builder, builder};
use super::command_line::{marked_arguments, print};
use super::host::program;
use crate::declare::Daemon;

/// Returns a program of several daemons, none so far: `program echo -d`, `program counter status`.
///
/// Each daemon has its own sub-command, by its name, with its own flags; and its own socket, pid file and log.
///
/// A worker belongs to each daemon that does not say which workers it has: write `#[daemon(workers(…))]` for each, or
/// `workers()` for one that has none.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I reply your data.
/// #[daemon(name = "echo")]
/// #[derive(Default)]
/// struct Echo {}
///
/// #[daemon]
/// impl Echo {}
///
/// /// I count.
/// #[daemon(name = "counter")]
/// #[derive(Default)]
/// struct Counter {}
///
/// #[daemon]
/// impl Counter {}
///
/// fn main() -> std::process::ExitCode {
///     daemon_core::suite().add::<Echo>().add::<Counter>().main()
/// }
/// ```
pub fn suite() -> Suite {
    Suite { daemons: Vec::new() }
}

/// A program of several daemons. [`suite`] returns one.
#[must_use = "a suite does nothing until its `main` is called"]
pub struct Suite {
    daemons: Vec<Box<dyn Member>>,
}

/// A daemon of a suite, whatever its type.
trait Member {
    fn name(&self) -> &'static str;
    fn command(&self) -> Command;
    fn execute(self: Box<Self>, matches: &ArgMatches) -> ExitCode;
}

impl<D: Daemon> Member for Builder<D> {
    fn name(&self) -> &'static str {
        D::SPEC.name
    }

    fn command(&self) -> Command {
        Builder::command(self)
    }

    fn execute(self: Box<Self>, matches: &ArgMatches) -> ExitCode {
        Builder::execute(*self, matches)
    }
}

impl Suite {
    /// Adds a daemon.
    pub fn add<D: Daemon>(self) -> Self {
        self.add_built(builder::<D>())
    }

    /// Adds a daemon that was built.
    ///
    /// # Panics
    ///
    /// If there is a daemon with this name already.
    pub fn add_built<D: Daemon>(mut self, daemon: Builder<D>) -> Self {
        let name = D::SPEC.name;
        assert!(self.daemons.iter().all(|other| other.name() != name), "two daemons are called `{name}`");
        self.daemons.push(Box::new(daemon));
        self
    }

    /// Reads the arguments of the process, and does what they say.
    pub fn main(self) -> ExitCode {
        let mut command = Command::new(program())
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(self.daemons.iter().map(|daemon| daemon.command()));
        let matches = match command.try_get_matches_from_mut(marked_arguments()) {
            Ok(matches) => matches,
            Err(page) => return print(&page),
        };
        let chosen = matches.subcommand().and_then(|(name, matches)| {
            Some((self.daemons.into_iter().find(|daemon| daemon.name() == name)?, matches))
        });
        // clap accepts only the daemons' names, and its own `help`, which it handles itself.
        chosen.map_or(ExitCode::from(USAGE), |(daemon, matches)| daemon.execute(matches))
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.daemons.iter().map(|daemon| daemon.name())).finish()
    }
}
