//! A program that only calls.

use daemon_core::{Client, Result};

/// Asks an echo daemon.
///
/// # Errors
///
/// What [`Client::call`] has to say.
pub fn ask(address: &str) -> Result<String> {
    let mut client = Client::connect(address)?;
    client.call("my.echo", &["hello"]).inspect_err(|error| assert!(error.fault().is_none()))
}
