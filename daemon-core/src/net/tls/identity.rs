//! What a daemon shows to its TLS peers: a certificate and its key, from files that can be exchanged while it runs.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::pem;
use crate::error::{OrError, Result};

/// What is spoken over TLS, for peers that ask (RFC 7301). One that does not ask may speak anything.
const PROTOCOL: &[u8] = b"http/1.1";

/// The certificate of a daemon. All its TLS sockets share it.
#[derive(Debug)]
pub(crate) struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
    /// Connections keep the one that they began with.
    config: RefCell<Arc<ServerConfig>>,
}

impl Identity {
    /// Reads a certificate and its key. With `client_ca`, a peer must show a certificate that is signed by one of those in
    /// that file.
    ///
    /// # Errors
    ///
    /// If a file can't be read or used, if the key is not that of the certificate, or if every user may read it.
    pub(crate) fn load(certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Identity> {
        Ok(Identity {
            config: RefCell::new(config(certificate, key, client_ca)?),
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            client_ca: client_ca.map(Path::to_owned),
        })
    }

    /// Reads the files again, for new connections.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Identity::load); then everything stays as it is.
    pub(crate) fn reload(&self) -> Result<()> {
        let config = config(&self.certificate, &self.key, self.client_ca.as_deref())?;
        *self.config.borrow_mut() = config;
        Ok(())
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.borrow())
    }
}

fn config(certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Arc<ServerConfig>> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .or_error(|| "cannot use TLS".to_owned())?;
    let builder = match client_ca {
        Some(path) => builder.with_client_cert_verifier(verifier(path)?),
        None => builder.with_no_client_auth(),
    };
    let both =
        || format!("cannot use the certificate `{}` with the key `{}`", certificate.display(), key.display());
    let chain = pem::certificates(certificate)?;
    let mut config = builder.with_single_cert(chain, pem::private_key(key)?).or_error(both)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}

/// Returns what accepts peers with a certificate that is signed by one of those in a file.
fn verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>> {
    let roots = Arc::new(pem::roots(path)?);
    WebPkiClientVerifier::builder_with_provider(roots, Arc::new(ring::default_provider()))
        .build()
        .or_error(|| format!("cannot use the certificates in `{}`", path.display()))
}
