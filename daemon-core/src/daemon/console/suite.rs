//! A console on all members of a suite that run.

use std::process::ExitCode;
use std::time::Duration;

use super::Console;
use crate::client::Client;
use crate::daemon::command_line::output::Format;
use crate::directory::{Directory, MemberName};
use crate::error::{Error, Result};
use crate::net::Endpoint;

/// How long a member may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// Runs a console on all members that listen in the directory of a suite, but for the daemon `without`. A socket that a dead
/// member left is passed over. Members that start later are found before the next command.
///
/// # Errors
///
/// [`is_not_running`](Error::is_not_running) if no member runs.
pub(in crate::daemon) fn on_suite(
    suite: &str,
    directory: Directory,
    without: &'static str,
    timeout: Duration,
    batch: bool,
    format: Format,
) -> Result<ExitCode> {
    let members = members(&directory, |name| name.daemon != without, timeout)?;
    if members.is_empty() {
        let place = directory.path().display();
        return Err(Error::not_running(format!("no member of `{suite}` runs: none listens in `{place}`")));
    }
    let find = move |known: &[String]| {
        let is_new = |name: &MemberName| name.daemon != without && !known.contains(&name.to_string());
        // What cannot be looked at now can be later.
        self::members(&directory, is_new, timeout).unwrap_or_default()
    };
    Console::on_all(suite, members).find(find).batch(batch).format(format).try_run()
}

/// Connects to each of these members that runs.
fn members(
    directory: &Directory,
    wanted: impl Fn(&MemberName) -> bool,
    timeout: Duration,
) -> Result<Vec<(String, Client)>> {
    let mut members = Vec::new();
    for name in directory.sockets()?.into_iter().filter(wanted) {
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
