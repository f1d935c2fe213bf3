//! Sockets: where to listen, which peers to accept, and the bytes of each connection.
//!
//! What the bytes mean is up to their [dialect](crate::dialect); when to move them, to the event loop.

mod connection;
pub(crate) mod dial;
mod endpoint;
mod life;
mod listening_socket;
mod table;

pub(crate) use connection::{Connection, Delivery, Overdue};
pub(crate) use endpoint::Endpoint;
pub(crate) use life::Phase;
pub(crate) use listening_socket::{Accepted, ListeningSocket};
pub(crate) use table::Connections;
