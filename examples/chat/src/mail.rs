//! Mail programs read and send messages of the chat: the daemons `imap` and `smtp`.
//!
//! A protocol is a [`session::Session`], a state machine without I/O: bytes in, bytes out, and a [`Mailbox`](crate::mailbox::Mailbox)
//! that it asks. [`server`] has the sockets and threads, and knows no protocol.

pub mod address;
pub mod letter;
pub mod content;
pub mod session;
pub mod smtp;
pub mod imap;
pub mod tls;
pub mod password;
pub mod server;
mod listening;
pub mod smtp_daemon;
pub mod imap_daemon;
pub mod memory;
