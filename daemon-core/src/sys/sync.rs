//! Waking another process up, and being woken by it.
//!
//! The place of doorbells. Empty so far: the only process is the daemon itself.
