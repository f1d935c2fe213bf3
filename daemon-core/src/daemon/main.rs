//! The whole program: its command line decides what it does. Or the other way round: a program with a command line of
//! its own, in which the daemon's is nested.

use std::mem;
use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::builder::{Builder, builder};
use super::command_line::arguments::{self, Intent, Refusal};
use super::command_line::{self, Place};
use super::host::{Arguments, Host};
use super::own_commands::{self, OwnCommand};
use super::registry::Registry;
use super::{print_error, process, run_child};
use crate::declare::Daemon;
use crate::error::{Error, Result};

/// Runs a daemon's program: reads the command line and does what it says.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I do nothing.
/// #[daemon(name = "idle")]
/// #[derive(Default)]
/// struct Idle {}
///
/// #[daemon]
/// impl Idle {}
///
/// fn main() -> std::process::ExitCode {
///     daemon_core::main::<Idle>()
/// }
/// ```
pub fn main<D: Daemon>() -> ExitCode {
    builder::<D>().main()
}

/// Returns the command line of a daemon, for a program with a `clap` command line of its own; [`execute`] acts on what it
/// matches.
///
/// It is called like the daemon; `name` gives it another name. The types are those of `clap_builder`, which `clap` 4
/// re-exports. A global option of the program must not have the name of an option of the daemon.
///
/// ```no_run
/// use daemon_core::clap_builder::Command;
/// use daemon_core::prelude::*;
///
/// /// I do nothing.
/// #[daemon(name = "idle")]
/// #[derive(Default)]
/// struct Idle {}
///
/// #[daemon]
/// impl Idle {}
///
/// fn main() -> std::process::ExitCode {
///     let line = Command::new("program")
///         .subcommand_required(true)
///         .subcommand(Command::new("work"))
///         .subcommand(daemon_core::command::<Idle>().name("daemon"));
///     match line.get_matches().subcommand() {
///         Some(("daemon", matches)) => daemon_core::execute::<Idle>(matches),
///         _ => std::process::ExitCode::SUCCESS,
///     }
/// }
/// ```
#[must_use]
pub fn command<D: Daemon>() -> Command {
    builder::<D>().command()
}

/// Does what the command line of a daemon says, as matched by the [`command`] of the same daemon in that of the program.
///
/// A worker is this program, started again with the same arguments, so they must lead to this call there, too. The guide's
/// [page on embedding](crate::guide::embedding) says what a program may do before.
#[must_use]
pub fn execute<D: Daemon>(matches: &ArgMatches) -> ExitCode {
    builder::<D>().execute(matches)
}

/// These need the feature `cli`.
impl<D: Daemon> Builder<D> {
    /// Adds a sub-command of the program to the command line, and to its help page. An error that it returns is printed
    /// like those of the daemon's sub-commands.
    ///
    /// ```no_run
    /// # use daemon_core::prelude::*;
    /// use std::process::ExitCode;
    ///
    /// use daemon_core::clap_builder::{Arg, Command};
    /// #
    /// # /// I keep notes.
    /// # #[daemon(name = "notes")]
    /// # #[derive(Default)]
    /// # struct Notes {}
    /// #
    /// # #[daemon]
    /// # impl Notes {}
    ///
    /// fn main() -> ExitCode {
    ///     let import = Command::new("import").about("Read notes from a file").arg(Arg::new("FILE").required(true));
    ///     daemon_core::builder::<Notes>()
    ///         .subcommand(import, |matches| {
    ///             let file = matches.get_one::<String>("FILE").map(String::as_str).unwrap_or_default();
    ///             println!("{}", std::fs::read_to_string(file)?);
    ///             Ok(ExitCode::SUCCESS)
    ///         })
    ///         .main()
    /// }
    /// ```
    pub fn subcommand(
        mut self,
        command: Command,
        run: impl FnOnce(&ArgMatches) -> Result<ExitCode> + 'static,
    ) -> Self {
        self.own_commands.push(OwnCommand::new(command, run));
        self
    }

    /// Reads the command line and does what it says, as [`main`] does.
    #[must_use]
    pub fn main(mut self) -> ExitCode {
        let arguments = self.arguments.take().map_or(Arguments::Own, Arguments::Given);
        let host = Host::new(self.takes_over, arguments);
        self.act(&host, Place::Top, |command| arguments::parse(command, host.arguments()))
    }

    /// Returns the command line of this daemon, to nest in that of the program, as [`command`](command()) does.
    #[must_use]
    pub fn command(&self) -> Command {
        let command =
            Registry::<D>::collect().and_then(|registry| self.command_line(&registry, Place::Nested));
        // What is wrong with the daemon is said when it is called.
        command.unwrap_or_else(|_| command_line::of_anything(D::SPEC.name))
    }

    /// Does what the nested command line says, as [`execute`] does.
    #[must_use]
    pub fn execute(self, matches: &ArgMatches) -> ExitCode {
        let host = Host::new(self.takes_over, Arguments::OfProgram);
        self.act(&host, Place::Nested, |command| {
            // Messages show how the program calls the daemon.
            let sub_command = matches.subcommand_name().unwrap_or_default();
            *command = mem::take(command).bin_name(host.call(D::SPEC.name, sub_command));
            command.build();
            Ok(matches.clone())
        })
    }

    fn command_line(&self, registry: &Registry<D>, place: Place) -> Result<Command> {
        own_commands::add(arguments::command_line(registry, place)?, &self.own_commands)
    }

    /// Runs the child of a daemon that this process is, or does what the arguments say.
    fn act(
        self,
        host: &Host,
        place: Place,
        matches: impl FnOnce(&mut Command) -> Result<ArgMatches, Refusal>,
    ) -> ExitCode {
        if let Some(status) = run_child::<D>(host) {
            return status;
        }
        let collected = Registry::<D>::collect()
            .and_then(|registry| Ok((self.command_line(&registry, place)?, registry)));
        let (mut command, registry) = match collected {
            Ok(collected) => collected,
            Err(error) => return print_error::<D>(&error),
        };
        let matches = match matches(&mut command) {
            Ok(matches) => matches,
            Err(refusal) => return refuse::<D>(refusal),
        };
        let sub_command = matches.subcommand_name().unwrap_or_default();
        let fail =
            |error: &Error| command_line::fail(error, &host.call(D::SPEC.name, sub_command), &registry);
        if let Some(ended) = own_commands::run(self.own_commands, &matches) {
            return ended.unwrap_or_else(|error| fail(&error));
        }
        match arguments::read(&mut command, &matches, &registry) {
            Ok(Intent::Done(status)) => status,
            Ok(Intent::Control(config, order)) => {
                command_line::run(&config, host, &order, &registry).unwrap_or_else(|error| fail(&error))
            }
            Ok(Intent::Start(config, own)) => {
                let is_cycle = config.cycle.is_some();
                process::start(&config, host, *own, registry).unwrap_or_else(|error| {
                    let status = print_error::<D>(&error);
                    // cron may try again; nothing is wrong with the timers.
                    if is_cycle && error.is_already_running() { ExitCode::from(TRY_AGAIN) } else { status }
                })
            }
            Err(refusal) => refuse::<D>(refusal),
        }
    }
}

/// Exit status of a cycle while the daemon runs, or another cycle of it: that of sysexits.h for what may succeed later.
const TRY_AGAIN: u8 = 75;

/// Prints why the program does nothing, and returns its exit status.
fn refuse<D: Daemon>(refusal: Refusal) -> ExitCode {
    match refusal {
        Refusal::Page(page) => command_line::print(&page),
        Refusal::Error(error) => print_error::<D>(&error),
    }
}
