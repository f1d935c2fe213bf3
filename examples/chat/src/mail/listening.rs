//! What both daemons do at their start: read the certificate, open the password, listen.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use daemon_core::Result;

use super::password::PasswordFile;
use super::server::{Server, Service};
use super::session::{Opening, Password, Session};
use super::tls;
use crate::home;
use crate::mailbox::KernelMailbox;

/// What the settings of a daemon say.
pub(super) struct Offer {
    pub(super) address: SocketAddr,
    pub(super) kernel: Option<String>,
    pub(super) data: Option<PathBuf>,
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    pub(super) tls_at_once: bool,
    pub(super) most: usize,
    pub(super) patience: Option<Duration>,
}

/// Listens for mail programs.
pub(super) fn listen(
    offer: Offer,
    session: fn(Opening) -> Box<dyn Session>,
) -> Result<(TcpListener, Arc<PasswordFile>, Server)> {
    let tls = match &offer.certificate {
        Some((certificate, key)) => Some(tls::config(certificate, key)?),
        None => None,
    };
    if tls.is_none() && (offer.tls_at_once || !offer.address.ip().is_loopback()) {
        return Err("TLS, and any address but those of this machine, needs --certificate and --key".into());
    }
    let data = offer.data.unwrap_or_else(home::default_directory);
    let password = PasswordFile::open(&data).map_err(|error| {
        format!("cannot open the password in `{}`: {error}; start the kernel first", data.display())
    })?;
    let password = Arc::new(password);
    let listener = TcpListener::bind(offer.address)
        .map_err(|error| format!("cannot listen on {}: {error}; choose another --port", offer.address))?;
    listener.set_nonblocking(true)?;
    let kernel = offer.kernel;
    let server = Server::new(Service {
        session,
        mailbox: Box::new(move || Box::new(KernelMailbox::new(kernel.clone()))),
        password: Box::new(Arc::clone(&password)),
        tls,
        begins_with_tls: offer.tls_at_once,
        limit: offer.most,
        patience: offer.patience,
    });
    Ok((listener, password, server))
}

impl Password for Arc<PasswordFile> {
    fn is(&self, candidate: &[u8]) -> bool {
        self.as_ref().is(candidate)
    }
}
