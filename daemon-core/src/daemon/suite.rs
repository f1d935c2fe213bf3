//! Several daemons in one program: its first argument says which one is meant.

#[cfg(feature = "suite")]
mod plan;
#[cfg(feature = "suite")]
mod up;
#[cfg(feature = "suite")]
mod look;
#[cfg(feature = "suite")]
mod table;
#[cfg(feature = "suite")]
mod tail;
#[cfg(all(feature = "suite", feature = "console"))]
mod console;
#[cfg(all(feature = "suite", not(feature = "console")))]
#[path = "../without/suite_console.rs"]
mod console;
#[cfg(feature = "suite")]
mod commands;
#[cfg(not(feature = "suite"))]
#[path = "../without/suite_commands.rs"]
mod commands;

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::USAGE;
use super::builder::{Builder, builder};
use super::command_line::{marked_arguments, print};
use super::host::program;
use super::own_commands::{self, OwnCommand};
use crate::declare::Daemon;
use crate::directory::{MemberName, Membership};
use crate::error::Error;
use crate::printable::Lines;

/// Returns a program of several daemons, none so far: `shop users -d`, `shop front status`.
///
/// Each daemon has its own sub-command, by its name, with its own flags. The sockets, pid files and logs of all are in one
/// directory, that of a daemon with the name of the suite, such as `/run/shop`; so they find each other. A daemon may run more than
/// once, under names such as `users@blue`.
///
/// With the feature `suite`, `shop up` starts all of them, in the order of their needs, and looks after them; `down`, `ps`,
/// `logs`, `start`, `stop`, `restart` and `discover` are about all of them, too.
///
/// A worker belongs to each daemon that does not say which workers it has: write `#[daemon(workers(…))]` for each, or
/// `workers()` for one that has none.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I know the users.
/// #[daemon(name = "users", workers())]
/// #[derive(Default)]
/// struct Users {}
///
/// #[daemon]
/// impl Users {}
///
/// /// I am the front.
/// #[daemon(name = "front", workers(), needs(Users))]
/// #[derive(Default)]
/// struct Front {}
///
/// #[daemon]
/// impl Front {}
///
/// fn main() -> std::process::ExitCode {
///     daemon_core::suite("shop").add::<Users>().add::<Front>().main()
/// }
/// ```
pub fn suite(name: &'static str) -> Suite {
    Suite { name, members: Vec::new(), own_commands: Vec::new() }
}

/// A program of several daemons. [`suite`] returns one.
#[must_use = "a suite does nothing until its `main` is called"]
pub struct Suite {
    name: &'static str,
    members: Vec<Listed>,
    own_commands: Vec<OwnCommand>,
}

/// A daemon of a suite, and how `up` starts it.
struct Listed {
    daemon: Box<dyn Member>,
    starts: bool,
    instances: Vec<String>,
}

/// A daemon of a suite, whatever its type.
trait Member {
    fn name(&self) -> &'static str;
    fn needs(&self) -> &'static [&'static str];
    fn command(&self) -> Command;
    fn execute(self: Box<Self>, matches: &ArgMatches) -> ExitCode;
}

impl<D: Daemon> Member for Builder<D> {
    fn name(&self) -> &'static str {
        D::SPEC.name
    }

    fn needs(&self) -> &'static [&'static str] {
        D::SPEC.needs
    }

    fn command(&self) -> Command {
        Builder::command(self)
    }

    fn execute(self: Box<Self>, matches: &ArgMatches) -> ExitCode {
        Builder::execute(*self, matches)
    }
}

impl Suite {
    /// Adds a daemon, which `up` starts.
    ///
    /// # Panics
    ///
    /// If there is a daemon with this name already, or it has the name of a sub-command of the suite.
    pub fn add<D: Daemon>(self) -> Self {
        self.add_built(builder::<D>())
    }

    /// Adds a daemon that was built.
    ///
    /// # Panics
    ///
    /// As [`add`](Self::add).
    pub fn add_built<D: Daemon>(mut self, daemon: Builder<D>) -> Self {
        let name = D::SPEC.name;
        assert!(
            self.members.iter().all(|other| other.daemon.name() != name),
            "two daemons are called `{name}`"
        );
        assert!(
            !commands::NAMES.contains(&name),
            "`{name}` is a sub-command of every suite: give the daemon another name"
        );
        self.members.push(Listed { daemon: Box::new(daemon), starts: true, instances: Vec::new() });
        self
    }

    /// Has `up` leave out the daemon that was added last, unless it is named: `shop up imap`.
    pub fn optional(mut self) -> Self {
        if let Some(member) = self.members.last_mut() {
            member.starts = false;
        }
        self
    }

    /// Has `up` start these instances of the daemon that was added last, such as `users@blue`, instead of a single one.
    ///
    /// # Panics
    ///
    /// If one of them can't be the name of an instance.
    pub fn instances<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        if let Some(member) = self.members.last_mut() {
            member.instances.extend(names.into_iter().map(str::to_owned));
            let daemon = member.daemon.name();
            let is_wrong = |name: &String| format!("{daemon}@{name}").parse::<MemberName>().is_err();
            let wrong = member.instances.iter().find(|name| is_wrong(name));
            assert!(
                wrong.is_none(),
                "`{}` can't be the name of an instance",
                wrong.map_or("", String::as_str)
            );
        }
        self
    }

    /// Adds a sub-command of the program. It takes the place of one that every suite has, such as `console`. An error that `run`
    /// returns is printed like those of the others.
    ///
    /// # Panics
    ///
    /// If [`main`](Self::main) finds a daemon with this name.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    ///
    /// use daemon_core::clap_builder::Command;
    ///
    /// fn main() -> ExitCode {
    ///     let about = Command::new("about").about("Say what this is");
    ///     daemon_core::suite("shop")
    ///         .subcommand(about, |_| {
    ///             println!("a shop");
    ///             Ok(ExitCode::SUCCESS)
    ///         })
    ///         .main()
    /// }
    /// ```
    pub fn subcommand(
        mut self,
        command: Command,
        run: impl FnOnce(&ArgMatches) -> Result<ExitCode, Error> + 'static,
    ) -> Self {
        self.own_commands.push(OwnCommand::new(command, run));
        self
    }

    /// Reads the arguments of the process, and does what they say.
    pub fn main(self) -> ExitCode {
        let (arguments, instance) = match self.arguments() {
            Ok(arguments) => arguments,
            Err(error) => return self.fail(&error),
        };
        let is_taken = |member: &&Listed| self.has(member.daemon.name());
        let taken = self.members.iter().find(is_taken).map_or("", |member| member.daemon.name());
        assert!(taken.is_empty(), "`{taken}` is both a daemon and a sub-command of the program");
        Membership::join(self.name, instance.as_deref());
        let mut command = Command::new(program())
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(self.members.iter().map(|member| member.daemon.command()))
            .subcommands(commands::commands().into_iter().filter(|command| !self.has(command.get_name())))
            .subcommands(self.own_commands.iter().map(|own| own.command().clone()));
        let matches = match command.try_get_matches_from_mut(arguments) {
            Ok(matches) => matches,
            Err(page) => return print(&page),
        };
        // clap accepts only these names, and its own `help`, which it handles itself.
        let Some((name, matches)) = matches.subcommand() else { return ExitCode::from(USAGE) };
        if self.has(name) {
            let suite = self.name;
            let own =
                own_commands::run_named(self.own_commands, name, matches).unwrap_or(Ok(ExitCode::SUCCESS));
            return own.unwrap_or_else(|error| fail(suite, &error));
        }
        if commands::NAMES.contains(&name) {
            let done = commands::run(&self, name, matches);
            return done.unwrap_or_else(|error| self.fail(&error));
        }
        let chosen = self.members.into_iter().find(|member| member.daemon.name() == name);
        chosen.map_or(ExitCode::from(USAGE), |member| member.daemon.execute(matches))
    }

    /// Returns the arguments of the process as the command line knows them, and which instance they are about: that of
    /// `users@blue` is `blue`.
    fn arguments(&self) -> Result<(Vec<OsString>, Option<String>), Error> {
        let mut arguments: Vec<OsString> = marked_arguments().collect();
        let named = arguments.get(1).and_then(|first| first.to_str()).filter(|first| first.contains('@'));
        let Some(named) = named.map(str::to_owned) else { return Ok((arguments, None)) };
        let is_member = |name: &str| self.members.iter().any(|member| member.daemon.name() == name);
        if !named.split_once('@').is_some_and(|(name, _)| is_member(name)) {
            return Ok((arguments, None));
        }
        let member: MemberName = named.parse()?;
        arguments[1] = member.daemon.into();
        Ok((arguments, member.instance))
    }

    /// Whether the program has added a sub-command of this name.
    fn has(&self, name: &str) -> bool {
        self.own_commands.iter().any(|own| own.name() == name)
    }

    fn fail(&self, error: &Error) -> ExitCode {
        fail(self.name, error)
    }
}

fn fail(suite: &str, error: &Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{suite}: {}", Lines(&error.report()));
    if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members.iter().map(|member| member.daemon.name())).finish()
    }
}
