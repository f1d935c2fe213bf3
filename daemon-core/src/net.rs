//! Sockets: where to listen, whom to let in, and the bytes of each connection.
//!
//! What the bytes mean, their [dialect](crate::dialect) knows; when to move them, the event loop.

#[cfg(daemon)]
mod connection;
pub(crate) mod dial;
mod endpoint;
#[cfg(daemon)]
mod life;
#[cfg(daemon)]
mod listening_socket;
#[cfg(daemon)]
mod table;

#[cfg(daemon)]
pub(crate) use connection::{Connection, Delivery, Overdue};
pub(crate) use endpoint::Endpoint;
#[cfg(daemon)]
pub(crate) use life::Phase;
#[cfg(daemon)]
pub(crate) use listening_socket::{Accepted, ListeningSocket};
#[cfg(daemon)]
pub(crate) use table::Connections;
