//! Connecting to the daemon, and printing.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use crate::client::Client;
use crate::daemon::config::Config;
use crate::error::{Error, OrError, Result};
use crate::printable::Lines;

/// How long a daemon may take to reply about its status.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a method called from the command line may take.
const CALLING: Duration = Duration::from_secs(60);

/// Connects to the daemon, on the first of its sockets. A call may take as long as `--timeout` says, by default
/// [`PATIENCE`].
pub(super) fn connect(config: &Config) -> Result<Client> {
    connect_for(config, PATIENCE)
}

/// Connects for calls of user code, which may take longer.
pub(super) fn connect_to_call(config: &Config) -> Result<Client> {
    connect_for(config, CALLING)
}

fn connect_for(config: &Config, patience: Duration) -> Result<Client> {
    let Some(endpoint) = config.endpoints.first() else {
        return Err(Error::not_running("the daemon has no socket"));
    };
    let patience = config.timeout.unwrap_or(patience);
    let mut client = Client::to(endpoint, patience.min(PATIENCE))?;
    client.set_timeout(Some(patience))?;
    Ok(client)
}

/// Prints a text. On a terminal, control characters are escaped, as the text may come from a peer.
pub(super) fn say(text: &str) -> Result<ExitCode> {
    let mut out = io::stdout();
    let written = if out.is_terminal() { writeln!(out, "{}", Lines(text)) } else { writeln!(out, "{text}") };
    match written {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The reader closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error).or_error(|| "cannot write to standard output".to_owned()),
    }
}
