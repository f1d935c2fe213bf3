//! Connecting to the daemon.

use std::env;
use std::time::Duration;

use crate::client::Client;
use crate::daemon::config::Config;
use crate::error::{Error, Result};

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

/// Connects to the daemon, on the first of its sockets.
pub(super) fn dial(config: &Config) -> Result<Client> {
    dial_for(config, PATIENCE)
}

fn dial_for(config: &Config, patience: Duration) -> Result<Client> {
    let Some(endpoint) = config.endpoints.first() else {
        return Err(Error::not_running("the daemon has no socket"));
    };
    Client::to(endpoint, config.tls.ca.as_deref(), patience.min(PATIENCE))
}

fn connect_for(config: &Config, patience: Duration) -> Result<Client> {
    let patience = config.timeout.unwrap_or(patience);
    let mut client = dial_for(config, patience)?;
    client.set_timeout(Some(patience))?;
    if let Some(token) = config.token()? {
        client.authenticate(&token)?;
    }
    client.set_trace(env::var("TRACEPARENT").ok().and_then(|trace| trace.parse().ok()));
    Ok(client)
}
