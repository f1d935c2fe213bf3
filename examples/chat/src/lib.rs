//! A peer-to-peer chat of several daemons in one program: the library of the program `chat`.
//!
//! The kernel owns all state and talks to other nodes; the others ask it.

pub mod kernel;
pub mod mail;
pub mod mailbox;
