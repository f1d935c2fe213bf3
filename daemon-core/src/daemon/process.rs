//! The daemon as a process: its start, detaching, and the lock that makes it the only one.

pub(super) mod pid_lock;
mod detach;
mod notify;
mod start;

pub(super) use self::start::start;
