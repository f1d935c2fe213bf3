//! Workers: processes of the daemon's own program, reached over shared memory.
//!
//! The place of the ring, the channel and the loop that a worker runs. Empty so far: every method runs on the daemon's
//! own loop.
