//! A console on all members of a suite that run.

use std::process::ExitCode;
use std::time::Duration;

use super::Console;
use crate::client::Client;
use crate::daemon::command_line::output::Format;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::net::Endpoint;

/// How long a member may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// Runs a console on all members that listen in the directory of a suite. A socket that a dead member left is passed over.
///
/// # Errors
///
/// [`is_not_running`](Error::is_not_running) if no member runs.
#[allow(dead_code, reason = "for the command line of a suite")]
pub(in crate::daemon) fn on_suite(
    suite: &str,
    directory: &Directory,
    timeout: Duration,
    batch: bool,
    format: Format,
) -> Result<ExitCode> {
    let members = members(directory, timeout)?;
    if members.is_empty() {
        let place = directory.path().display();
        return Err(Error::not_running(format!("no member of `{suite}` runs: none listens in `{place}`")));
    }
    Console::on_all(suite, members).batch(batch).format(format).try_run()
}

/// Connects to each member that runs.
fn members(directory: &Directory, timeout: Duration) -> Result<Vec<(String, Client)>> {
    let mut members = Vec::new();
    for name in directory.sockets()? {
        match Client::to(&Endpoint::Unix(directory.socket(&name)), None, CONNECTING) {
            Ok(mut client) => {
                client.set_timeout(Some(timeout))?;
                members.push((name.to_string(), client));
            }
            Err(error) if error.is_not_running() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(members)
}
