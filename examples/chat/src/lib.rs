//! A peer-to-peer chat of several daemons in one program: the library of the program `chat`.
//!
//! The kernel owns all state and talks to other nodes; the others ask it.

pub mod api;
pub mod console;
pub mod cronjob;
pub mod home;
pub mod identity;
pub mod info;
pub mod kernel;
pub mod kernel_address;
pub mod letter;
pub mod mailbox;
pub mod mail;
pub mod message;
pub mod node;
pub mod stamp;
pub mod store;
pub mod table;
