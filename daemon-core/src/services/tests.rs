//! Services without a daemon.
