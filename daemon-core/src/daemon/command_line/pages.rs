//! What is generated from the whole command line: completions for shells, and the manual page.

use std::process::ExitCode;

use clap_builder::builder::PossibleValuesParser;
use clap_builder::{Arg, ArgMatches, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use super::output;
use crate::error::Result;

/// The sub-commands for pages.
pub(super) fn commands() -> [Command; 2] {
    let shell = Arg::new("SHELL").required(true).help("The shell that reads them");
    [
        Command::new("completions")
            .about("Print completions for a shell, to be sourced by it")
            .arg(shell.value_parser(PossibleValuesParser::new(["bash", "zsh", "fish"]))),
        Command::new("man").about("Print the manual page, for man(1)"),
    ]
}

/// Prints a page, if a sub-command asks for one.
pub(super) fn page(command: &Command, matches: &ArgMatches) -> Option<Result<ExitCode>> {
    let mut page = Vec::new();
    match matches.subcommand()? {
        ("completions", matches) => {
            let shell = matches.get_one::<String>("SHELL").and_then(|name| name.parse::<Shell>().ok())?;
            clap_complete::generate(shell, &mut command.clone(), program(command), &mut page);
        }
        // Writing to a vector cannot fail.
        ("man", _) => drop(Man::new(command.clone()).render(&mut page)),
        _ => return None,
    }
    Some(output::write(&page))
}

/// Returns the name that the user calls the program by: completions belong to it.
fn program(command: &Command) -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_name()?.to_str());
    name.unwrap_or(command.get_name()).to_owned()
}
