//! TLS: what is between a socket and the plaintext of a connection.
//!
//! [`Session`] is the daemon's side. It behaves like a socket: the handshake happens inside its reads and writes, and
//! nothing blocks. [`Identity`] is what a daemon shows to its peers. [`ClientSession`] is the side of a client, which
//! blocks.

#[cfg(client)]
mod client;
#[cfg(daemon)]
mod identity;
mod pem;
#[cfg(daemon)]
mod session;

#[cfg(client)]
pub(crate) use self::client::{ClientSession, Handshake};
#[cfg(daemon)]
pub(crate) use self::identity::Identity;
#[cfg(daemon)]
pub(crate) use self::session::Session;
