//! Sub-commands that the program adds to the command line of its daemon.

use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::command_line::COMMANDS;
use crate::error::{Error, Result};

/// A sub-command of the program.
pub(super) struct OwnCommand {
    command: Command,
    run: Box<Run>,
}

/// Runs a sub-command with what its command line has matched.
type Run = dyn FnOnce(&ArgMatches) -> Result<ExitCode>;

impl OwnCommand {
    pub(super) fn new(command: Command, run: impl FnOnce(&ArgMatches) -> Result<ExitCode> + 'static) -> Self {
        OwnCommand { command, run: Box::new(run) }
    }

    pub(super) fn command(&self) -> &Command {
        &self.command
    }

    pub(super) fn name(&self) -> &str {
        self.command.get_name()
    }
}

/// Adds sub-commands to a command line.
///
/// # Errors
///
/// If one of the names is taken.
pub(super) fn add(command: Command, own_commands: &[OwnCommand]) -> Result<Command> {
    own_commands.iter().map(|own| &own.command).try_fold(command, |command, own| {
        let name = own.get_name();
        if COMMANDS.contains(&name) || command.find_subcommand(name).is_some() {
            return Err(Error::new(format!(
                "the program's sub-command `{name}` has the name of another one, or of a method; give it another name"
            )));
        }
        Ok(command.subcommand(own.clone()))
    })
}

/// Runs the sub-command that the arguments name, if it is one of the program.
pub(super) fn run(own_commands: Vec<OwnCommand>, matches: &ArgMatches) -> Option<Result<ExitCode>> {
    let (name, matches) = matches.subcommand()?;
    run_named(own_commands, name, matches)
}

/// Runs the sub-command of this name, if there is one.
pub(super) fn run_named(
    own_commands: Vec<OwnCommand>,
    name: &str,
    matches: &ArgMatches,
) -> Option<Result<ExitCode>> {
    let own = own_commands.into_iter().find(|own| own.name() == name)?;
    Some((own.run)(matches))
}
