//! Memory that is shared with another process.
//!
//! The place of segments and their mapping. Empty so far: nothing is shared yet.
