//! System calls, and nearly all of the crate's unsafe code.
//!
//! Each function does one thing and is safe to call: its requirements are in its signature, or it checks them.

#[cfg(children)]
pub(crate) mod code;
pub(crate) mod descriptor;
pub(crate) mod exit;
#[cfg(daemon)]
pub(crate) mod lock;
#[cfg(daemon)]
pub(crate) mod memory;
pub(crate) mod process;
#[cfg(children)]
pub(crate) mod spawn;
#[cfg(daemon)]
pub(crate) mod sync;
