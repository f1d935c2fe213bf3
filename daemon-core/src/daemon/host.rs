//! The program that a daemon lives in: what it keeps for itself, and how its arguments lead to the daemon.

use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::iter;
use std::path::Path;

use crate::error::{Error, Result};
use crate::logs::TakesOver;

/// The program that a daemon lives in.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) takes_over: TakesOver,
    arguments: Arguments,
}

/// Whose the arguments of the process are.
#[derive(Debug)]
pub(super) enum Arguments {
    /// The daemon's: its command line is that of the program.
    Own,
    /// The program's, which passes these to the daemon.
    Given(Vec<OsString>),
    /// The program's, which has read them itself.
    OfProgram,
}

/// The options with a value that a sub-command has. Their value may look like its name.
const VALUED: [&str; 4] = ["--socket", "--pidfile", "--timeout", "--tls-ca"];

impl Host {
    pub(super) fn new(takes_over: TakesOver, arguments: Arguments) -> Self {
        Host { takes_over, arguments }
    }

    /// Returns the arguments to read, after the name of the program.
    pub(super) fn arguments(&self) -> impl Iterator<Item = OsString> {
        let arguments = match &self.arguments {
            Arguments::Own | Arguments::OfProgram => of_process().collect(),
            Arguments::Given(arguments) => arguments.clone(),
        };
        env::args_os().take(1).chain(arguments)
    }

    /// Returns the arguments that each worker is started with, which lead the program to its daemon. A program that is
    /// only the daemon finds out without them that it is a worker.
    pub(super) fn of_worker(&self) -> Vec<OsString> {
        match self.arguments {
            Arguments::Own => Vec::new(),
            Arguments::Given(_) | Arguments::OfProgram => of_process().collect(),
        }
    }

    /// Returns how the daemon is called on the command line, such as `echo` or `program daemon`, for a sub-command.
    pub(super) fn call<'a>(&self, daemon: &'a str, sub_command: &str) -> Cow<'a, str> {
        let arguments: Vec<OsString> = of_process().collect();
        let leading = match &self.arguments {
            Arguments::Own => return daemon.into(),
            Arguments::Given(given) => arguments.strip_suffix(&given[..]),
            Arguments::OfProgram => {
                arguments.iter().position(|argument| argument == sub_command).map(|end| &arguments[..end])
            }
        };
        let Some(leading) = leading else { return daemon.into() };
        let leading = leading.iter().map(|word| word.to_string_lossy().into_owned());
        let words: Vec<String> = iter::once(program()).chain(leading).collect();
        words.join(" ").into()
    }

    /// Returns the arguments that start the daemon, for a program that was called with `restart`: its own without it.
    ///
    /// # Errors
    ///
    /// If the program passes other arguments to the daemon than those at the end of its own.
    pub(super) fn without(&self, sub_command: &str) -> Result<Vec<OsString>> {
        let mut arguments: Vec<OsString> = of_process().collect();
        let own = match &self.arguments {
            Arguments::Own | Arguments::OfProgram => arguments.len(),
            Arguments::Given(given) if arguments.ends_with(given) => given.len(),
            Arguments::Given(_) => 0,
        };
        let first = arguments.len() - own;
        let is_value =
            |place: usize| place > first && VALUED.iter().any(|option| arguments[place - 1] == *option);
        let place = (first..arguments.len())
            .rfind(|place| arguments[*place] == sub_command && !is_value(*place))
            .ok_or_else(|| Error::new("it does not run, and its program passes it other arguments than its own; start it with -d"))?;
        arguments.remove(place);
        Ok(arguments)
    }
}

/// Returns the name that the program was called by.
pub(super) fn program() -> String {
    let path = env::args_os().next().unwrap_or_default();
    Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The arguments of the process, without its name.
fn of_process() -> impl Iterator<Item = OsString> {
    env::args_os().skip(1)
}
