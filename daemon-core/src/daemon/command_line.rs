//! The command line: reading the arguments, and acting on a running daemon as its client.

pub(super) mod arguments;
mod connect;
mod control;
mod convert;
#[cfg(feature = "workers")]
mod workers_table;
#[cfg(not(feature = "workers"))]
#[path = "../without/workers_table.rs"]
mod workers_table;

pub(super) use self::control::run;
