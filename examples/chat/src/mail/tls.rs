//! What is between a session and the wire: nothing, or TLS. No I/O here either.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// Reads a certificate and its key, both in PEM.
///
/// # Errors
///
/// If they cannot be read, or do not fit.
pub fn config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| failed(certificate, &error))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
        .map_err(|error| format!("cannot use the certificate `{}`: {error}", certificate.display()))?;
    Ok(Arc::new(config))
}

/// What turns the session's bytes into those of the wire, and back.
pub enum Transport {
    /// They are the same.
    Plain,
    /// They are encrypted.
    Tls(Box<ServerConnection>),
}

impl Transport {
    /// Returns a transport that begins with a handshake.
    ///
    /// # Errors
    ///
    /// If the configuration cannot be used.
    pub fn encrypted(config: &Arc<ServerConfig>) -> io::Result<Transport> {
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Transport::Tls(Box::new(connection)))
    }

    /// Takes bytes of the wire, and returns those of the session.
    ///
    /// # Errors
    ///
    /// If they are not TLS, as they should be. There may be an alert to send.
    pub fn receive(&mut self, wire: &[u8]) -> io::Result<Vec<u8>> {
        let Transport::Tls(connection) = self else { return Ok(wire.to_vec()) };
        let mut rest = wire;
        let mut plain = Vec::new();
        while !rest.is_empty() {
            connection.read_tls(&mut rest)?;
            let state = connection.process_new_packets().map_err(io::Error::other)?;
            let at = plain.len();
            plain.resize(at + state.plaintext_bytes_to_read(), 0);
            connection.reader().read_exact(&mut plain[at..])?;
        }
        Ok(plain)
    }

    /// Takes bytes of the session, and returns all that has to be sent.
    ///
    /// # Errors
    ///
    /// If they cannot be encrypted.
    pub fn send(&mut self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let Transport::Tls(connection) = self else { return Ok(plain.to_vec()) };
        let mut wire = Vec::new();
        connection.set_buffer_limit(None);
        connection.writer().write_all(plain)?;
        while connection.wants_write() {
            connection.write_tls(&mut wire)?;
        }
        Ok(wire)
    }
}
