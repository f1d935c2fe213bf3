//! Starting, watching, restarting and stopping child processes.
pub(crate) mod spec;
