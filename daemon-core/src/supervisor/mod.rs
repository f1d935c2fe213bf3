//! The supervisor: the one place that starts, watches, reaps and restarts children.
//!
//! The place of the state machine, the restart policy and the child's specification. Empty so far: a daemon has no
//! children.
