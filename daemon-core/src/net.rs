//! Sockets: where to listen, which peers to accept, and the bytes of each connection.
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
mod table;

#[cfg(daemon)]
pub(crate) use connection::{Connection, Delivery};
pub(crate) use endpoint::Endpoint;
#[cfg(daemon)]
pub(crate) use life::Phase;
#[cfg(daemon)]
pub(crate) use listening_socket::{Accepted, ListeningSocket};
#[cfg(daemon)]
pub(crate) use overdue::Overdue;
#[cfg(daemon)]
pub(crate) use table::Connections;
