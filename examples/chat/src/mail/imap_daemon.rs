//! The daemon `imap`: mail programs read messages.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use daemon_core::Readiness;
use daemon_core::prelude::*;

use super::imap::Imap;
use super::listening::{Offer, listen};
use super::password::PasswordFile;
use super::server::Server;
use crate::kernel::Kernel;

/// I let mail programs read messages.
#[daemon(name = "imap", workers(), needs(Kernel))]
#[derive(Default)]
pub struct ImapDaemon {
    /// Where to listen
    #[flag(short = 'a', default = "127.0.0.1")]
    address: String,
    /// The port to listen on
    #[flag(short = 'p', default = "21143")]
    port: u16,
    /// Where the kernel listens
    #[flag(value_name = "URI", env = "CHAT_KERNEL")]
    kernel: Option<String>,
    /// Where the password is kept, by default with the data of the chat
    #[flag(value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// The certificate for TLS, in PEM
    #[flag(value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[flag(value_name = "FILE")]
    key: Option<PathBuf>,
    /// Begin with TLS, instead of waiting for STARTTLS
    #[flag]
    tls_at_once: bool,
    /// The most connections
    #[flag(default = "32")]
    most: usize,
    /// How long a mail program may be silent, instead of what the protocol says
    #[flag]
    patience: Option<Duration>,
    listening: Option<SocketAddr>,
    password: Option<Arc<PasswordFile>>,
    server: Option<Server>,
}

#[daemon(client = ImapClient)]
impl ImapDaemon {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        let address: IpAddr = self.address.parse().map_err(|error| format!("--address: {error}"))?;
        let offer = Offer {
            address: SocketAddr::new(address, self.port),
            kernel: self.kernel.clone(),
            data: self.data.clone(),
            certificate: self.certificate.clone().zip(self.key.clone()),
            tls_at_once: self.tls_at_once,
            most: self.most,
            patience: self.patience,
        };
        let (listener, password, server) = listen(offer, |opening| Box::new(Imap::new(opening)))?;
        server.watch_mailbox()?;
        self.listening = Some(listener.local_addr()?);
        self.password = Some(password);
        self.server = Some(server);
        context.watch(
            listener,
            Readiness::Read,
            |daemon: &mut ImapDaemon, listener: &mut TcpListener, _| {
                if let (Ok((stream, _)), Some(server)) = (listener.accept(), &daemon.server)
                    && let Err(error) = server.serve(stream)
                {
                    tracing::warn!("cannot serve a mail program: {error}");
                }
            },
        )?;
        Ok(())
    }

    /// Where mail programs connect.
    #[rpc_method]
    fn address(&self) -> Option<String> {
        self.listening.map(|address| address.to_string())
    }

    /// How many mail programs are connected.
    #[rpc_method]
    fn connections(&self) -> usize {
        self.server.as_ref().map_or(0, Server::connections)
    }

    /// Make a new password for mail programs, and reply it. It is kept hashed; imap and smtp have the same.
    #[rpc_method(allow(owner))]
    fn password(&self) -> Result<String> {
        let file = self.password.as_ref().ok_or("the daemon has no password file")?;
        Ok(file.renew()?)
    }
}
