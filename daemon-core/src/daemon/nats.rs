//! The bridge between a daemon and NATS: the daemon starts it as one of its services, and this program becomes it.

use std::process::ExitCode;

use super::config::Config;
use super::host::Host;
use super::print_error;
use super::registry::Registry;
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::nats::{Assignment, Method, serve};
use crate::net::{Endpoint, ListeningSocket};
use crate::rpc::method::help;
use crate::services::ServicesConfig;

/// Runs the bridge that this process was started as, and returns its exit status; `None` if it is not a bridge.
pub(super) fn run_bridge<D: Daemon>(host: &Host) -> Option<ExitCode> {
    let assignment = Assignment::read()?;
    let done = assignment.and_then(|assignment| serve(&assignment, methods::<D>()?, host.takes_over));
    Some(done.unwrap_or_else(|error| print_error::<D>(&error)))
}

/// Returns what is offered: all that introspection shows, but methods that send items.
fn methods<D: Daemon>() -> Result<Vec<Method>> {
    let registry = Registry::<D>::collect()?;
    let offered = registry.methods.visible().filter(|entry| entry.spec.items.is_none());
    Ok(offered
        .map(|entry| Method {
            name: entry.name.clone(),
            help: help(entry.spec.doc).0.to_owned(),
            read_only: entry.spec.read_only,
        })
        .collect())
}

/// Adds the bridge to the services, if there is a server to offer the methods on.
///
/// # Errors
///
/// [`is_usage`](Error::is_usage) if the options do not fit together, or NATS would not take the daemon.
pub(super) fn add<D: Daemon>(
    config: &Config,
    host: &Host,
    listeners: &[ListeningSocket],
    services: &mut ServicesConfig,
) -> Result<()> {
    let nats = &config.nats;
    if nats.servers.is_empty() {
        let others = [&nats.credentials, &nats.ca, &nats.certificate, &nats.key];
        return match others.into_iter().flatten().next() {
            None => Ok(()),
            Some(_) => Err(Error::usage(
                "--nats-creds, --nats-ca, --nats-cert and --nats-key are of no use without --nats",
            )),
        };
    }
    if nats.certificate.is_some() != nats.key.is_some() {
        return Err(Error::usage("--nats-cert and --nats-key need each other: name both files"));
    }
    let socket = listeners
        .iter()
        .map(|listener| listener.endpoint())
        .find(|endpoint| matches!(endpoint, Endpoint::Unix(_)))
        .ok_or_else(|| Error::usage("--nats needs a unix socket of the daemon; add `--socket unix:/path`"))?;
    let assignment = Assignment {
        daemon: D::SPEC.name.to_owned(),
        version: D::SPEC.version.to_owned(),
        doc: help(D::SPEC.doc).0.to_owned(),
        socket: socket.to_string(),
        log: config.log.to_string(),
        verbosity: config.verbosity,
        nats: nats.clone(),
    };
    let (name, service) = assignment.service(host.of_worker())?;
    services.add(name, service)
}
