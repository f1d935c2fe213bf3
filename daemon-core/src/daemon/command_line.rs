//! The command line: reading the arguments, and acting on a running daemon as its client.

pub(super) mod arguments;
mod connect;
mod control;
mod convert;
mod workers_table;

pub(super) use self::control::run;
