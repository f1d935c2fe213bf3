//! A program that only calls.

use daemon_core::{Client, Result};

/// Calls an echo daemon.
///
/// # Errors
///
/// The error of [`Client::call`].
pub fn ask(address: &str) -> Result<String> {
    let mut client = Client::connect(address)?;
    client.call("my.echo", &["hello"]).inspect_err(|error| assert!(error.fault().is_none()))
}
