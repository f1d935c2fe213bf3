//! Sockets: where to listen, which peers to accept, the bytes of each connection, and TLS around them.
//!
//! The [dialect](crate::dialect) decides what the bytes mean, the event loop when to move them.

#[cfg(daemon)]
mod backlog;
#[cfg(daemon)]
mod connection;
pub(crate) mod dial;
mod endpoint;
#[cfg(daemon)]
mod life;
#[cfg(daemon)]
mod listening_socket;
#[cfg(daemon)]
mod overdue;
#[cfg(daemon)]
mod stream;
#[cfg(daemon)]
mod table;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "without/tls.rs"]
mod tls;

/// What a use of TLS is answered with where it is off.
pub(crate) const TLS_OFF: &str =
    "this program was built without TLS: add `\"tls\"` to the `features` of daemon-core in its Cargo.toml";

#[cfg(daemon)]
#[cfg_attr(not(feature = "metrics"), expect(unused_imports))]
pub(crate) use connection::{Connection, Delivery, Traffic};
pub(crate) use endpoint::Endpoint;
#[cfg(daemon)]
pub(crate) use life::Phase;
#[cfg(daemon)]
pub(crate) use listening_socket::{Accepted, ListeningSocket};
#[cfg(daemon)]
pub(crate) use overdue::Overdue;
#[cfg(daemon)]
pub(crate) use table::Connections;
#[cfg(daemon)]
pub(crate) use tls::Identity;

#[cfg(client)]
pub(crate) use tls::{ClientSession, Handshake};
