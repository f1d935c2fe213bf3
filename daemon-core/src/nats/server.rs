//! Connecting to a NATS server.

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;

use crate::error::{Error, OrError, Result};
use crate::settings::options::NatsOptions;

/// Returns the addresses of the servers, and how to connect to them. `name` is shown by the server.
///
/// # Errors
///
/// If an address is wrong, or a file can't be used.
pub(super) async fn options(name: &str, nats: &NatsOptions) -> Result<(Vec<ServerAddr>, ConnectOptions)> {
    let NatsOptions { servers, credentials, ca, certificate, key } = nats;
    // The address may have a password, so it is not part of the error.
    let wrong = |_| Error::usage("an address for NATS is wrong; write one such as `nats://host:4222`");
    let servers: Vec<ServerAddr> =
        servers.iter().map(|server| server.parse().map_err(wrong)).collect::<Result<_>>()?;
    let mut options = ConnectOptions::new().name(name);
    if let Some(server) = servers.iter().find(|server| server.has_user_pass()) {
        options = show(options, server);
    }
    if let Some(file) = credentials {
        let what = || format!("cannot use the credentials `{}` for NATS", file.display());
        options = options.credentials_file(file).await.or_error(what)?;
    }
    if let Some(file) = ca {
        options = options.add_root_certificates(file.clone());
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok((servers, options))
}

/// Shows the user and the password that an address has, or the token: a user without a password.
fn show(options: ConnectOptions, server: &ServerAddr) -> ConnectOptions {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = server.username().map(decoded).unwrap_or_default();
    match server.password().map(decoded) {
        Some(password) => options.user_and_password(user, password),
        None => options.token(user),
    }
}
