//! A stand-in for NATS without the feature `nats`: there is no option that asks for it.

use std::process::ExitCode;

use super::config::Config;
use super::host::Host;
use crate::declare::Daemon;
use crate::error::Result;
use crate::net::ListeningSocket;
use crate::services::ServicesConfig;

#[allow(clippy::extra_unused_type_parameters)] // As with the feature.
pub(super) fn run_bridge<D: Daemon>(_: &Host) -> Option<ExitCode> {
    None
}

#[allow(clippy::extra_unused_type_parameters)]
pub(super) fn add<D: Daemon>(
    _: &Config,
    _: &Host,
    _: &[ListeningSocket],
    _: &mut ServicesConfig,
) -> Result<()> {
    Ok(())
}
